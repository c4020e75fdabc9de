"""The command line: `omni`. A command's module is imported when the command is called."""

import importlib
from typing import Any

import click

from webapp.domain.errors import OmniError

COMMANDS = {
    "serve": "Start the workbench: web pages and runner.",
    "runner": "Start a runner alone, beside a web server of your own.",
    "submit": "Submit a batch, wait for it, and save its files.",
    "check": "Check files of a repository; no server, no database, no settings needed.",
    "eval": "Measure how good the artifacts of models are, on sample projects.",
    "continue": "Put the parked jobs of a batch back, and wait for it.",
    "stale": "Mark results that would be asked otherwise by now.",
    "doctor": "Look whether all is well, and say what to do where it is not.",
    "db": "Make the tables of a PostgreSQL, or back up the file.",
    "cache": "Look at the cached results, or delete them.",
    "fake-provider": "Start a provider that answers without a model, for trying things out.",
}


class LazyGroup(click.Group):
    """Finds commands by name: `omni fake-provider` is `command` in `cli/fake_provider.py`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"webapp.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a fault that has a sentence is told by it, with exit code 1."""
        try:
            return super().invoke(ctx)
        except OmniError as error:
            raise click.ClickException(error.sentence) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="omni-architect", prog_name="omni")
def main() -> None:
    """Omni-Architect: from a brief and a project to checked infrastructure files."""
