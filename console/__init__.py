"""What people see and touch: the API, the feed, the page and the command line."""
