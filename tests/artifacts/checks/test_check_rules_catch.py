"""Each rule of ours has an answer it must catch and one close to it that it must spare."""

import importlib
import pkgutil

import pytest

from tests.artifacts.checks import rules
from tests.artifacts.checks.faulty import errors
from tests.artifacts.checks.rule_table import rules as all_rules
from tests.artifacts.checks.rules.pair import Answer
from webapp.domain.artifact import ArtifactFile, Finding

MODULES = [
    importlib.import_module(f"{rules.__name__}.{module.name}")
    for module in pkgutil.iter_modules(rules.__path__)
]
TABLES = [module for module in MODULES if hasattr(module, "PAIRS")]
PAIRS = {rule: (table.CHECK, pair) for table in TABLES for rule, pair in table.PAIRS.items()}


def found(rule: str, answer: Answer) -> list[Finding]:
    check, _ = PAIRS[rule]
    return list(check([ArtifactFile(path, text) for path, text in answer.items()]))


def test_each_rule_has_one_pair_and_each_pair_a_rule() -> None:
    assert sum(len(table.PAIRS) for table in TABLES) == len(PAIRS)
    assert sorted(PAIRS) == sorted(all_rules())


@pytest.mark.parametrize("rule", PAIRS)
def test_a_rule_catches_what_it_must(rule: str) -> None:
    _, pair = PAIRS[rule]
    assert rule in {finding.rule for finding in found(rule, pair.caught)}


@pytest.mark.parametrize("rule", PAIRS)
def test_a_rule_spares_what_is_only_close_to_it(rule: str) -> None:
    _, pair = PAIRS[rule]
    findings = found(rule, pair.spared)
    assert rule not in {finding.rule for finding in findings}
    # An error would have kept the later stages, and so perhaps this rule, from looking.
    assert not errors(findings)
