"""How much of what a reader finds in the sample projects is found, for every application."""

import json
from pathlib import Path

import pytest

from webapp.context.facts import find_applications
from webapp.context.folder import read_directory
from webapp.domain.project import FactName, Facts
from webapp.settings import ROOT

PROJECTS = ROOT / "tests" / "projects"
TRUTH = Path(__file__).parent / "truth"
NAMES = sorted(path.stem for path in TRUTH.glob("*.json"))
SHARE = 0.95  # of all facts, those that a project does not tell among them


def truth(name: str) -> dict[str, dict[str, list[str]]]:
    """The facts of each folder with an application, as a reader wrote them down."""
    said: dict[str, dict[str, list[str]]] = json.loads((TRUTH / f"{name}.json").read_text())
    return said


def judged(name: str) -> list[tuple[bool, str]]:
    """Whether each fact of a project is right, with a sentence that says what it should be."""
    found = {
        one.folder: one.facts for one in find_applications(read_directory(PROJECTS / name).files)
    }
    said = truth(name)
    verdicts = [
        (False, f"{name}: “{folder}” is no application") for folder in found if folder not in said
    ]
    for folder, facts in said.items():
        for fact in FactName:
            values = sorted(found.get(folder, Facts()).values(fact))
            sentence = f"{name}/{folder}: {fact} is {facts[fact]}, found {values}"
            verdicts.append((values == sorted(facts[fact]), sentence))
    return verdicts


def wrong(verdicts: list[tuple[bool, str]]) -> list[str]:
    return [sentence for is_right, sentence in verdicts if not is_right]


def test_every_sample_has_its_truth() -> None:
    folders = {path.name for path in PROJECTS.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == {*NAMES}


def test_the_samples_are_many_and_of_every_language() -> None:
    applications = [facts for name in NAMES for facts in truth(name).values()]
    assert len(NAMES) >= 10
    assert len({facts["language"][0] for facts in applications}) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_what_a_reader_finds_in_a_sample_is_found(name: str) -> None:
    assert wrong(judged(name)) == []


def test_nearly_all_facts_of_all_samples_are_right() -> None:
    verdicts = [verdict for name in NAMES for verdict in judged(name)]
    share = sum(is_right for is_right, _ in verdicts) / len(verdicts)
    print(f"{share:.1%} of {len(verdicts)} facts are right.", *wrong(verdicts), sep="\n")
    assert share >= SHARE


@pytest.mark.parametrize("name", NAMES)
def test_each_fact_stands_at_its_place(name: str) -> None:
    files = read_directory(PROJECTS / name).files
    lines = {file.path: file.content.split("\n") for file in files}
    for application in find_applications(files):
        for fact in application.facts.found:
            line = lines[fact.path][fact.line - 1].lower()
            # A setting may be written in small letters, and a key with other marks between.
            if fact.name == FactName.ENV:
                assert fact.value.lower().rpartition("__")[2] in line, fact
