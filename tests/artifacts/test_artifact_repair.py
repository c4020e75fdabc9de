"""Which of two versions of an artifact is the better."""

import pytest

from webapp.artifacts.repair import is_better
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity


def version(*rules: str, files: tuple[str, ...] = ("a.yaml",), warnings: int = 0) -> Artifact:
    errors = [Finding(rule, Severity.ERROR, "a.yaml", 1, "It is wrong.") for rule in rules]
    remarks = [Finding("a/b", Severity.WARNING, "a.yaml", 1, "It is odd.")] * warnings
    return Artifact(tuple(ArtifactFile(path, "") for path in files), (), (*errors, *remarks))


def test_fewer_errors_are_better_then_fewer_warnings() -> None:
    assert is_better(version("a/b", warnings=9), version("a/b", "a/c"))
    assert not is_better(version("a/b", "a/c"), version("a/b", warnings=9))
    assert is_better(version("a/b", warnings=1), version("a/c", warnings=2))
    assert not is_better(version("a/b", warnings=2), version("a/c", warnings=1))
    assert is_better(version("a/b"), version("a/b"))


@pytest.mark.parametrize(
    "unread",
    ["answer/no-files", "yaml/syntax", "json/too-deep", "hadolint/DL1000", "shellcheck/SC1073"],
)
def test_errors_that_are_seen_only_now_were_not_added(unread: str) -> None:
    seen = version("kubernetes/unknown-field", "kubernetes/wrong-type")
    assert is_better(seen, version(unread))
    assert not is_better(version(unread), seen)
    assert not is_better(version(unread, unread), version(unread))


def test_a_file_taken_away_counts_as_an_error() -> None:
    both = ("a.yaml", "b.yaml")
    assert not is_better(version(), version(files=both, warnings=3))
    assert is_better(version(), version("a/b", "a/c", files=both))
    assert not is_better(version("a/b"), version("yaml/syntax", files=both))


def test_an_order_to_a_linter_counts_as_an_error() -> None:
    order = Finding("text/suppression", Severity.WARNING, "a.yaml", 1, "It is to be silent.")
    silenced = Artifact((ArtifactFile("a.yaml", ""),), (), (order,))
    assert not is_better(silenced, version(warnings=2))
    assert is_better(silenced, silenced)
