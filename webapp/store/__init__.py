"""The truth: every table, every transaction, every read."""
