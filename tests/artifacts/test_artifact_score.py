"""How good an artifact is, as one number."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from webapp.artifacts.score import score
from webapp.domain.artifact import Finding, Severity

findings = st.lists(
    st.builds(
        Finding,
        st.sampled_from(["hadolint/DL3007", "facts/port", "consistency/port", "blueprint/unknown"]),
        st.sampled_from(list(Severity)),
        st.just("Dockerfile"),
        st.none(),
        st.just("It is so."),
    ),
    max_size=12,
)
facts = st.dictionaries(st.sampled_from(["port", "health", "env", "start"]), st.booleans())
NOTE = Finding("checkov/CKV_1", Severity.NOTE, "Dockerfile", 1, "It could be better.")
WARNING = replace(NOTE, rule="hadolint/DL3007", severity=Severity.WARNING)
ERROR = replace(NOTE, rule="text/fence", severity=Severity.ERROR)


def test_the_formula_counts_as_it_says() -> None:
    assert score([], {}) == 100
    assert score([NOTE] * 9, {}) == 100
    assert score([WARNING], {}) == 95
    assert score([WARNING] * 9, {}) == 75
    assert score([], {}, 1) == 95
    assert score([], {}, 9) == 90
    assert score([], {"port": True, "env": False, "health": True}) == 95
    assert score([], {"port": False}) == 85
    assert score([ERROR], {"port": True}) == 49
    assert score([ERROR] * 3, {}) == 29
    assert score([ERROR] * 30, {}) == 0


@given(findings, facts, st.integers(0, 9), findings)
def test_more_findings_never_give_more_points(
    some: list[Finding], honoured: dict[str, bool], apart: int, more: list[Finding]
) -> None:
    assert score([*some, *more], honoured, apart) <= score(some, honoured, apart)
    assert score(some, honoured, apart + 1) <= score(some, honoured, apart)


@given(findings, facts, st.integers(0, 9))
def test_to_honour_more_never_gives_fewer_points(
    some: list[Finding], honoured: dict[str, bool], apart: int
) -> None:
    assert score(some, honoured, apart) <= score(some, dict.fromkeys(honoured, True), apart)


@given(findings, facts, st.integers(0, 9))
def test_an_error_is_worse_than_anything_else(
    some: list[Finding], honoured: dict[str, bool], apart: int
) -> None:
    has_error = any(each.severity is Severity.ERROR for each in some)
    assert (score(some, honoured, apart) < 50) == has_error
    assert 0 <= score(some, honoured, apart) <= 100
