"""A default install under load: `make bench-load`."""
