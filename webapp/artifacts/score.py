"""How good an artifact is, as one number that anybody can work out again."""

from collections.abc import Mapping, Sequence

from webapp.domain.artifact import Finding, Severity

VALID, INVALID = 50, 49
_BY_FACTS = ("facts/", "consistency/")  # these warnings count by their own part of the formula


def score(findings: Sequence[Finding], honoured: Mapping[str, bool], disagreements: int = 0) -> int:
    """From 0 to 100, by `SCORE_FORMULA`; one with an error never has as much as one without."""
    errors = sum(each.severity is Severity.ERROR for each in findings)
    if errors:
        return max(0, INVALID - 10 * (errors - 1))
    warnings = sum(
        each.severity is Severity.WARNING and not each.rule.startswith(_BY_FACTS)
        for each in findings
    )
    share = sum(honoured.values()) / len(honoured) if honoured else 1.0
    return VALID + max(0, 25 - 5 * warnings) + max(0, 10 - 5 * disagreements) + round(15 * share)
