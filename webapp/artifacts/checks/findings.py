"""What every check does with its findings."""

import re
from collections.abc import Iterable, Mapping

from webapp.artifacts.checks.same_faults import told_once
from webapp.domain.artifact import Finding, Severity


def make(
    severities: Mapping[str, Severity], rule: str, path: str, line: int | None, message: str
) -> Finding:
    """A finding with the severity that a module's table gives its rule.

    The message is cut off at 500 characters: names out of a file have no end that one could trust.
    """
    return Finding(rule, severities[rule], path, line, shortened(message, MAX_MESSAGE_CHARS))


# What no page shows and no database takes, but the ends of lines.
_UNSHOWN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
MAX_ERRORS = 100
MAX_REMARKS = 200  # warnings and notes
MAX_MESSAGE_CHARS = 500


def staged(stages: Iterable[Iterable[Finding]]) -> list[Finding]:
    """The findings of all stages up to the first that has an error, each fault once.

    They are ordered by path, line and rule; those of a whole file come before those of its lines.
    A later stage is not even begun: it would only repeat, in other words, what is known. There are
    at most 100 errors and 200 others.
    """
    errors: dict[Finding, None] = {}
    remarks: dict[Finding, None] = {}
    for stage in stages:
        for finding in stage:
            if finding.severity is Severity.ERROR:
                errors[finding] = None
            elif len(remarks) < MAX_REMARKS:
                remarks[finding] = None
            if len(errors) == MAX_ERRORS:
                break
        if errors:
            break
    return sorted(told_once(errors | remarks), key=_place)


def _place(finding: Finding) -> tuple[str, int, str, str]:
    return finding.path, finding.line or 0, finding.rule, finding.message


def shortened(text: str, limit: int = 80) -> str:
    """A piece of a file fit to stand in a sentence: one line, at most `limit` characters."""
    line = " ".join(_UNSHOWN.sub("\ufffd", text[: 2 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
