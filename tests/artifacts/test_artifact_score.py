"""The score: what moves it, in which direction, and that its formula says so."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.artifacts.score import BEST, score
from webapp.domain.artifact import SCORE_FORMULA, Finding, Severity

FINDINGS = st.lists(
    st.builds(
        Finding,
        st.sampled_from(("hadolint/DL3008", "checkov/CKV_1", "consistency/port", "facts/port")),
        st.sampled_from(Severity),
        st.just("Dockerfile"),
        st.none(),
        st.just("A sentence."),
    ),
    max_size=30,
)
HONOURED = st.dictionaries(st.sampled_from(("port", "health", "env", "start")), st.booleans())
COUNTS = st.integers(0, 50)


def warnings(number: int) -> list[Finding]:
    return [Finding("hadolint/DL3008", Severity.WARNING, "", None, "A sentence.")] * number


def error(rule: str = "yaml/syntax") -> Finding:
    return Finding(rule, Severity.ERROR, "", None, "A sentence.")


@pytest.mark.parametrize(
    ("findings", "disagreements", "honoured", "is_whole", "expected"),
    [
        ([], 0, {}, True, 100),
        ([], 0, {"port": True, "env": False}, True, 90),
        ([], 0, {"port": False}, True, 80),
        ([], 1, {}, True, 92),
        (warnings(4), 0, {}, True, 92),
        (warnings(4), 1, {"port": False}, True, 65),
        ([error()], 0, {}, True, 25),
        ([error(), error("yaml/tab")], 0, {}, True, 16),
        ([], 0, {}, False, 25),
        ([error()], 0, {}, False, 16),
    ],
)
def test_the_score_follows_its_formula(
    findings: list[Finding],
    disagreements: int,
    honoured: dict[str, bool],
    is_whole: bool,
    expected: int,
) -> None:
    assert score(findings, disagreements, honoured, is_whole) == expected


def test_the_formula_names_the_weights() -> None:
    assert re.findall(r"\d+", SCORE_FORMULA) == ["50", "1", "20", "15", "1", "15", "1", "4", "50"]
    assert "weigh nothing" in SCORE_FORMULA


@given(FINDINGS, FINDINGS, COUNTS, HONOURED, st.booleans())
def test_a_further_finding_never_raises_it(
    findings: list[Finding],
    further: list[Finding],
    disagreements: int,
    honoured: dict[str, bool],
    is_whole: bool,
) -> None:
    before = score(findings, disagreements, honoured, is_whole)
    assert 0 <= before <= BEST
    assert score([*findings, *further], disagreements, honoured, is_whole) <= before
    assert score(findings, disagreements + 1, honoured, is_whole) <= before
    assert score(findings, disagreements, honoured, False) <= before


@given(FINDINGS, COUNTS, HONOURED, st.booleans())
def test_honouring_more_never_lowers_it(
    findings: list[Finding], disagreements: int, honoured: dict[str, bool], is_whole: bool
) -> None:
    before = score(findings, disagreements, honoured, is_whole)
    for name in honoured:
        assert score(findings, disagreements, honoured | {name: True}, is_whole) >= before
    assert score(findings, disagreements, honoured | {"another": True}, is_whole) >= before


@given(FINDINGS, COUNTS, HONOURED)
def test_what_has_an_error_is_below_all_that_has_none(
    findings: list[Finding], disagreements: int, honoured: dict[str, bool]
) -> None:
    sound = [each for each in findings if each.severity is not Severity.ERROR]
    assert score(sound, disagreements, honoured, True) >= 50
    assert score([*findings, error()], 0, {}, True) < 50


@given(FINDINGS, st.integers(0, 20))
def test_notes_weigh_nothing(findings: list[Finding], number: int) -> None:
    notes = [Finding("blueprint/unknown", Severity.NOTE, "", None, "Open.")] * number
    assert score([*findings, *notes], 0, {}, True) == score(findings, 0, {}, True)
