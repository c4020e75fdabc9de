"""Checks of generated files: pure functions, files in, findings out; nothing in a file is run."""
