"""Pairs for the facts of a project that an artifact honours or ignores."""

from collections.abc import Sequence

from tests.artifacts.checks.faulty import faulty
from tests.artifacts.checks.rules.pair import texts
from tests.artifacts.test_artifact_consistency import ALL
from tests.artifacts.test_artifact_honoured import IGNORED, SHOP, text_of
from webapp.artifacts.honoured import honoured
from webapp.domain.artifact import ArtifactFile, Finding

KINDS = {path: kind for kind, (path, _) in ALL.items()}


def check(files: Sequence[ArtifactFile]) -> Sequence[Finding]:
    return honoured(KINDS[files[0].path], files, SHOP).findings


CHECK = check
PAIRS = {
    f"facts/{fact}": texts(ALL[kind][0], faulty(text_of(kind), old, new), text_of(kind))
    for kind, old, new, fact in IGNORED
}
