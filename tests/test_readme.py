import re
from pathlib import Path

import pytest

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.checking import Unit, check_unit
from webapp.artifacts.recognise import recognise
from webapp.cli import COMMANDS
from webapp.domain.artifact import ArtifactFile
from webapp.settings import ROOT, Settings, load_settings, variable_name

README = (ROOT / "README.md").read_text()
PAGES = (
    *("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
)
VARIABLES = {variable_name(field): field for field in Settings.model_fields}


def section(title: str) -> str:
    """The text under a heading, up to the next one."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def as_shown(value: object) -> str:
    """A default as the table shows it."""
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}`"
    return f"`{value}`"


def test_the_readme_has_every_setting_with_its_default() -> None:
    documented = {row[0].strip("`"): row[1] for row in rows("Settings")}
    defaults = {name: Settings.model_fields[field].default for name, field in VARIABLES.items()}
    assert documented == {name: as_shown(value) for name, value in defaults.items()}


def test_the_example_file_has_every_setting() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert {line[1:].split("=")[0] for line in lines if "=" in line} == VARIABLES.keys()


def test_the_example_file_shows_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    uncommented = re.sub(r"^#(\w+=)", r"\1", (ROOT / ".env.example").read_text(), flags=re.M)
    (tmp_path / "env").write_text(uncommented)
    assert load_settings(tmp_path / "env") == Settings(_env_file=None)


def test_the_readme_has_every_kind() -> None:
    assert [row[0].strip("`") for row in rows("Artifacts")] == list(KINDS)


def test_the_readme_has_every_provider() -> None:
    endpoints = Settings(_env_file=None).endpoints
    assert [row[0].strip("`") for row in rows("Providers")] == [each.name for each in endpoints]


def test_the_readme_has_every_command() -> None:
    assert [row[0].split()[1].strip("`") for row in rows("Command line")] == list(COMMANDS)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_tells_to_type_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"(?:^|`)omni ([a-z][a-z-]+)", text, re.M)) <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES)
def test_the_files_that_a_page_names_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    named = re.findall(r"`((?:webapp|tests|templates|static|scripts|bench|docs)/[\w./-]*)`", text)
    places = [(ROOT / page).parent / path for path in linked] + [ROOT / path for path in named]
    assert [str(place) for place in places if not place.exists()] == []


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", section("In your CI"), re.S))
def test_the_examples_for_ci_pass_the_check_they_run(example: str) -> None:
    kind = recognise("-", example)
    assert kind in ("github-actions", "gitlab-ci")
    assert check_unit(Unit(kind, (ArtifactFile("README.md", example),))) == []
