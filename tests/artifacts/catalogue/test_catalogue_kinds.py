import subprocess
import sys

import pytest

from webapp.artifacts.base import Kind
from webapp.artifacts.catalogue import KINDS, UnknownKind, find
from webapp.artifacts.names import is_expected, why_refused

HEAVY = {"jsonschema", "promql_parser", "flask", "sqlalchemy", "httpx", "aiohttp"}
EACH_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def test_every_kind_is_listed_under_its_own_name() -> None:
    assert all(kind.name == name for name, kind in KINDS.items())


def test_a_kind_is_found_by_its_name() -> None:
    assert find("compose", None) is KINDS["compose"]


def test_an_unknown_kind_is_refused_with_a_sentence_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownKind) as caught:
        find("cobol", None)
    known = ", ".join(KINDS)
    assert caught.value.sentence == f"There is no kind “cobol”: choose from {known}."


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(UnknownKind) as caught:
        find("kubernetes", "moon")
    assert caught.value.sentence == (
        "kubernetes has no target “moon”: choose from minikube, kind, gke, eks, aks, iks."
    )


@EACH_KIND
def test_a_kind_is_complete(kind: Kind) -> None:
    assert kind.title
    assert kind.expected
    assert 1_000 <= kind.max_tokens <= 32_000
    assert kind.is_checked == bool(kind.instructions) == (kind.blueprint is not None)


@EACH_KIND
def test_the_paths_a_kind_expects_may_be_used(kind: Kind) -> None:
    for pattern in kind.expected:
        path = pattern.replace("*", "name")
        assert is_expected(path, kind.expected)
        assert why_refused(path, kind.expected) is None


def test_a_program_that_imports_the_catalogue_stays_light() -> None:
    command = "import sys, webapp.artifacts.catalogue; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    assert HEAVY & set(run.stdout.split()) == set()
