"""docs/reliability.md is what the long run found, and names tests that exist."""

import ast
from pathlib import Path

import pytest

from tests.faults.publish import PAGE, faults, page
from tests.faults.record import load
from tests.faults.table import FAULTS
from webapp.settings import ROOT

TESTS = sorted({name for _, _, names in FAULTS for name in names})


def test_the_page_is_that_of_the_run_that_was_kept() -> None:
    assert page(load()) == PAGE.read_text(), "run `python -m tests.faults.publish`"


def test_the_run_that_was_kept_held_every_promise() -> None:
    assert faults(load()) == []


def test_the_run_that_was_kept_is_a_long_one() -> None:
    kept = load()
    assert sum(each.kills for each in kept.kills) >= 500
    assert sum(each.jobs for each in kept.kills) >= 100_000
    assert {each.deaths for each in kept.points} == {20}
    assert kept.submits.submits >= 50


@pytest.mark.parametrize("name", TESTS)
def test_each_test_that_the_page_names_is_there(name: str) -> None:
    file, _, function = name.partition("::")
    path = ROOT / file if "/" in file else Path(__file__).with_name(file)
    tree = ast.parse(path.read_text())
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
