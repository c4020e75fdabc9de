"""`python -m webapp.cli` is `omni`."""

from webapp.cli import main

main(prog_name="omni")
