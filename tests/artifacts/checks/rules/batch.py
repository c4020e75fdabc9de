"""Pairs for what artifacts of one batch say of each other; two of them are one answer here."""

from collections.abc import Sequence

from tests.artifacts.checks.rules.pair import Pair
from tests.artifacts.test_artifact_consistency import APART, SET, member
from webapp.artifacts.consistency import disagreements
from webapp.domain.artifact import ArtifactFile, Finding

KINDS = {path: kind for kind, (path, _) in SET.items()}


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    members = {file.path: member(KINDS[file.path], file.content) for file in files}
    return [finding for found in disagreements(members).values() for finding in found]


def pair(kinds: str, old: str, new: str) -> Pair:
    """Two kinds that agree, and the same where the first one says something else."""
    good = dict(SET[kind] for kind in kinds.split())
    path, text = SET[kinds.split()[0]]
    return Pair(good | {path: text.replace(old, new)}, good)


CHECK = check
PAIRS = {f"consistency/{rule}": pair(kinds, *changed) for kinds, changed, rule, _ in APART if rule}
