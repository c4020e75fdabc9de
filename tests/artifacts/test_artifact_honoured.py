"""Whether artifacts do what the facts of the project say."""

import pytest

from tests.artifacts.catalogue.built import SAMPLES, TEMPLATES, applications, build, facts
from tests.artifacts.test_artifact_consistency import ALL, COMPOSE, DOCKERFILE
from webapp.artifacts.honoured import SEVERITY, honoured
from webapp.domain.artifact import ArtifactFile
from webapp.domain.project import Facts

SHOP = facts(
    language="python", version="3.12", framework="flask", installer="pip",
    entry="app:app", start="gunicorn --bind 0.0.0.0:8000 app:app", port="8000", health="/healthz",
    env=("DATABASE_URL",), service=("postgresql",),
)  # fmt: skip
RUN = "RUN pip install -r requirements.txt\n"
SHARE = 0.95
# Which artifact, what is changed in it, and which fact it then ignores.
IGNORED = [
    ("dockerfile", "EXPOSE 8000", "EXPOSE 80", "port"),
    ("dockerfile", "8000/healthz", "8000/", "health"),
    ("dockerfile", "python:3.12", "python:3.9", "version"),
    ("dockerfile", '"gunicorn", "--bind", "0.0.0.0:8000", "app:app"', '"flask", "run"', "start"),
    ("dockerfile", '"gunicorn", "--bind", "0.0.0.0:8000", "app:app"', '"flask", "run"', "entry"),
    ("dockerfile", RUN, "", "installer"),
    ("compose", ':8000"', ':80"', "port"),
    ("compose", "DATABASE_URL:", "DATABASE:", "env"),
    ("compose", "image: postgres", "image: mysql", "service"),
    ("kubernetes", "containerPort: 8000", "containerPort: 80", "port"),
    ("kubernetes", "path: /healthz", "path: /", "health"),
    ("github-actions", '"3.12"', '"3.9"', "version"),
]


def text_of(kind: str) -> str:
    return DOCKERFILE.replace("EXPOSE", f"{RUN}EXPOSE") if kind == "dockerfile" else ALL[kind][1]


def missed(kind: str, text: str, known: Facts = SHOP) -> set[str]:
    found = honoured(kind, [ArtifactFile(ALL[kind][0], text)], known)
    told = {each.rule.removeprefix("facts/") for each in found.findings}
    assert told == {name for name, is_honoured in found.checked.items() if not is_honoured}
    return told


@pytest.mark.parametrize("kind", ["dockerfile", "compose", "kubernetes", "github-actions"])
def test_what_does_as_the_project_says_has_no_findings(kind: str) -> None:
    text = text_of(kind).replace("steps:", "steps:\n      - run: pip install .")
    assert missed(kind, text) == set()


@pytest.mark.parametrize(("kind", "old", "new", "fact"), IGNORED)
def test_a_fact_that_is_ignored_is_a_finding(kind: str, old: str, new: str, fact: str) -> None:
    text = text_of(kind)
    assert text.count(old) == 1
    assert fact in missed(kind, text.replace(old, new))


def test_every_rule_is_tried() -> None:
    assert {f"facts/{fact}" for *_, fact in IGNORED} == set(SEVERITY)


def test_what_the_project_does_not_say_is_not_asked_for() -> None:
    assert honoured("dockerfile", [ArtifactFile("Dockerfile", "FROM x\n")], Facts()).checked == {}


def test_a_finding_names_the_place_of_the_fact() -> None:
    text = COMPOSE.replace(':8000"', ':80"')
    (one,) = [
        each
        for each in honoured("compose", [ArtifactFile("compose.yaml", text)], SHOP).findings
        if each.rule == "facts/port"
    ]
    assert (one.line, one.message) == (
        9,
        "The project says in somewhere:1 that it listens on 8000, and the port here is 80.",
    )


def test_the_blueprint_honours_the_facts_of_the_sample_projects() -> None:
    verdicts = [
        (is_honoured, f"{project} {kind} {fact}")
        for project in SAMPLES
        for known in applications(project)
        for kind in TEMPLATES
        for fact, is_honoured in honoured(kind, build(kind, known).files, known).checked.items()
    ]
    misses = [sentence for is_honoured, sentence in verdicts if not is_honoured]
    assert 1 - len(misses) / len(verdicts) >= SHARE, misses
