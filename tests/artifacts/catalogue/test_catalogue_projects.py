"""From the files of a project to checked files: every kind and target for every application."""

from functools import cache

import pytest

from tests.artifacts.catalogue.built import PROJECTS, SAMPLES, TEMPLATES
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.examine import examine
from webapp.artifacts.prompt import blueprint_prompt, render_blueprint
from webapp.context import read_directory
from webapp.domain.artifact import Artifact, Severity
from webapp.domain.batch import BLUEPRINT
from webapp.domain.project import FactName, Facts

BRIEF = "Make it ready for production."
CHOICES = [
    (name, target)
    for name in TEMPLATES
    for target in (*([] if KINDS[name].needs_target else [None]), *KINDS[name].targets)
]


@cache
def found(project: str) -> tuple[Facts, ...]:
    """What is found in each application of a project in tests/projects."""
    return tuple(each.facts for each in read_directory(PROJECTS / project).applications)


def artifacts(name: str, target: str | None, project: str) -> list[Artifact]:
    """What the blueprint makes of a project, as a batch asks for it."""
    kind, known = KINDS[name], found(project)
    asked = [(known[0], known[1:])] if kind.takes_all else [(facts, ()) for facts in known]
    prompts = [blueprint_prompt(kind, target, BRIEF, *facts) for facts in asked]
    return [examine(name, BLUEPRINT, render_blueprint(part.text)) for (part,) in prompts]


def test_the_samples_are_ten_projects_and_more_in_eight_languages_and_more() -> None:
    languages = {facts.value(FactName.LANGUAGE) for project in SAMPLES for facts in found(project)}
    assert len(SAMPLES) >= 10
    assert len(languages) >= 8
    assert all(found(project) for project in SAMPLES)


def test_there_are_twelve_kinds_and_more_and_eleven_targets_of_them() -> None:
    assert len(TEMPLATES) >= 12
    assert len({target for _, target in CHOICES if target}) == 11


@pytest.mark.parametrize("project", SAMPLES)
@pytest.mark.parametrize(("kind", "target"), CHOICES)
def test_no_template_has_an_error(kind: str, target: str | None, project: str) -> None:
    errors = [
        f"{finding.path}:{finding.line} {finding.rule} {finding.message}"
        for artifact in artifacts(kind, target, project)
        for finding in artifact.findings
        if finding.severity is Severity.ERROR
    ]
    assert errors == []
