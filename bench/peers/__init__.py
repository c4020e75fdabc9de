"""Others' client libraries in the rows of ours: `make bench-peers`."""
