"""One number for an artifact, from what is known of it, by a formula that stands on the page."""

from collections.abc import Mapping, Sequence

from webapp.domain.artifact import Finding, Severity, count_severities

BEST = 100
_OF_VALID = 50
_OF_FACTS = 20
_OF_CONSISTENCY = 15
_OF_WARNINGS = 15
_HALVED_BY = 4  # warnings
_COUNTED_APART = ("consistency/", "facts/")


def score(
    findings: Sequence[Finding], disagreements: int, honoured: Mapping[str, bool], is_whole: bool
) -> int:
    """The score by `SCORE_FORMULA`, 0 to 100: at least 50 without an error, at most 25 with one.

    `disagreements` is their number, `honoured` says of each fact asked for whether it shows, and
    `is_whole` that the answer was not cut off. Findings on consistency and facts are not counted a
    second time among the warnings. A further finding never raises it.
    """
    counts = count_severities([one for one in findings if not one.rule.startswith(_COUNTED_APART)])
    errors = counts[Severity.ERROR] + (not is_whole)
    share = sum(honoured.values()) / len(honoured) if honoured else 1
    quality = (
        _OF_FACTS * share
        + _OF_CONSISTENCY / (1 + disagreements)
        + _OF_WARNINGS / (1 + counts[Severity.WARNING] / _HALVED_BY)
    )
    return int(quality / (1 + errors) if errors else _OF_VALID + quality)
