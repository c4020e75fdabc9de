import re

from tests.artifacts.checks.rule_table import END, PAGE, START, rules, sentences, tables
from webapp.artifacts.catalogue import KINDS
from webapp.domain.artifact import Severity


def test_the_page_has_every_rule_with_its_severity() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = page.partition(START)[2].partition(END)[0]
    assert shown == tables(page), "run python -m tests.artifacts.checks.rule_table"


def test_each_rule_is_explained_in_a_sentence() -> None:
    written = sentences(PAGE.read_text(encoding="utf-8"))
    assert [rule for rule in rules() if not re.fullmatch(r"\S.{8,}\.", written[rule])] == []


def test_a_rule_is_named_by_its_kind_and_what_it_finds() -> None:
    shared = {"answer", "consistency", "facts", "file", "json", "text", "yaml"}
    odd = [rule for rule in rules() if not re.fullmatch(r"[a-z-]+/[a-z0-9-]+", rule)]
    assert odd == []
    assert {rule.partition("/")[0] for rule in rules()} <= {*KINDS, *shared}


def test_every_severity_is_one_of_three() -> None:
    known = {word for shown in rules().values() for word in shown.split(" or ")}
    assert known == {str(each) for each in Severity}
