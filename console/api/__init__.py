"""The HTTP API and the feed's socket: thin routes over the service; docs/protocols.md is their contract."""
