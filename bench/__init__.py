"""The figures of the README, reproducible: `make bench`."""
