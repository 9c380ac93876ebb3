"""Who goes where, and what happened: commands, events, the journal, recommendations and responses."""
