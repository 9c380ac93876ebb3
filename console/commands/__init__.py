"""The subcommands of `skoraya`; each imports only what it uses."""
