"""Device protocols: bytes in, fixes and replies out; no I/O."""
