"""Pairs for the facts of a project that an artifact honours or ignores."""

from collections.abc import Sequence

from tests.artifacts.checks.rules.pair import Pair, texts
from tests.artifacts.test_artifact_honoured import FILES, IGNORED, SHOP
from webapp.artifacts.honoured import honoured
from webapp.domain.artifact import ArtifactFile, Finding

KINDS = {path: kind for kind, (path, _) in FILES.items()}


def check(files: Sequence[ArtifactFile]) -> Sequence[Finding]:
    return honoured(KINDS[files[0].path], files, SHOP).findings


def pair(kind: str, old: str, new: str) -> Pair:
    """A file that shows every fact, and the same where one does not show."""
    path, text = FILES[kind]
    return texts(path, text.replace(old, new), text)


CHECK = check
PAIRS = {
    f"facts/{fact.replace('_', '-')}": pair(kind, old, new) for kind, old, new, fact in IGNORED
} | {
    "facts/language": pair(
        "dockerfile", "python:3.13\nCOPY pyproject.toml ./\nRUN poetry", "a\nRUN x"
    )
}
