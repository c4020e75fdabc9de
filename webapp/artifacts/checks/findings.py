"""What every check does with its findings."""

from collections.abc import Iterable, Mapping

from webapp.domain.artifact import Finding, Severity


def make(
    severities: Mapping[str, Severity], rule: str, path: str, line: int | None, message: str
) -> Finding:
    """A finding with the severity that a module's table gives its rule."""
    return Finding(rule, severities[rule], path, line, message)


def staged(stages: Iterable[Iterable[Finding]]) -> list[Finding]:
    """The findings of all stages up to the first that has an error, each once.

    They are ordered by path, line and rule; those of a whole file come before those of its lines.
    A later stage is not even begun: it would only repeat, in other words, what is known.
    """
    found: dict[Finding, None] = {}
    for stage in stages:
        found |= dict.fromkeys(stage)
        if any(finding.severity is Severity.ERROR for finding in found):
            break
    return sorted(found, key=_place)


def _place(finding: Finding) -> tuple[str, int, str, str]:
    return finding.path, finding.line or 0, finding.rule, finding.message


def shortened(text: str, limit: int = 80) -> str:
    """A piece of a file fit to stand in a sentence: one line, at most `limit` characters."""
    line = " ".join(text[: 2 * limit].split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
