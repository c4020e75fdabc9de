import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from webapp.cli import COMMANDS, main
from webapp.settings import ROOT

Omni = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"])
    assert shown.exit_code == 0
    assert COMMANDS[name] in shown.output


def test_an_unknown_command_is_one_sentence() -> None:
    refused = CliRunner().invoke(main, ["sevre"])
    assert refused.exit_code == 2
    assert "No such command 'sevre'" in refused.output


def test_the_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from webapp.cli import main; main(['--help'], standalone_mode=False); "
        "print({name.partition('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    loaded = shown.splitlines()[-1]
    assert "'click'" in loaded
    for heavy in ("asyncio", "pydantic", "sqlalchemy", "flask", "httpx", "yaml"):
        assert f"'{heavy}'" not in loaded


@pytest.mark.parametrize("words", [["serve"], ["runner"], ["cache", "stats"]])
def test_a_bad_setting_is_one_sentence(words: list[str], omni: Omni) -> None:
    refused = omni(*words, OMNI_PORT="high", OMNI_CACHE_TLL="1")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        "Error: OMNI_CACHE_TLL is not a setting: did you mean OMNI_CACHE_TTL?",
        "OMNI_PORT must be a valid integer, unable to parse string as an integer.",
    ]
