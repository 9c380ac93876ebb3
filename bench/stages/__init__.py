"""What benches look at, each in a process of its own."""
