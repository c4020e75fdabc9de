"""Pairs for what artifacts of one batch say of each other; all of them are one answer here."""

from collections.abc import Sequence

from tests.artifacts.checks.faulty import faulty
from tests.artifacts.checks.rules.pair import Pair
from tests.artifacts.test_artifact_consistency import ALL, APART, KUBERNETES
from webapp.artifacts.consistency import Part, disagreements
from webapp.domain.artifact import ArtifactFile, Finding

KINDS = {path: kind for kind, (path, _) in ALL.items()}
GOOD = dict(ALL.values())
OVERLAY = "kustomize/base/a.yaml"


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    parts = {file.path: Part(KINDS.get(file.path, "kustomize"), [file]) for file in files}
    return [finding for found in disagreements(parts).values() for finding in found]


def pair(kind: str, old: str, new: str) -> Pair:
    path, text = ALL[kind]
    return Pair(GOOD | {path: faulty(text, old, new)}, GOOD)


OTHER_SECRET = faulty(KUBERNETES, "{name: shop, key", "{name: shop-secrets, key")
CHECK = check
PAIRS = {f"consistency/{rule}": pair(kind, old, new) for kind, old, new, rule, _ in APART} | {
    "consistency/secret": Pair(GOOD | {OVERLAY: OTHER_SECRET}, GOOD | {OVERLAY: KUBERNETES}),
}
