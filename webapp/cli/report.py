"""Findings as people and programs read them: text, JSON, SARIF."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from webapp.domain.artifact import Finding, Severity, count_severities

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
STANDARD_INPUT = "stdin"  # a SARIF viewer takes “-” for a file of this name


def as_text(findings: Sequence[Finding], files: int) -> str:
    """A line for each finding, and how many there are; what cannot be shown is escaped."""
    lines = [_shown(_line(finding)) for finding in findings]
    return "\n".join([*lines, _summary(findings, files), ""])


def as_json(findings: Sequence[Finding], files: int) -> str:
    """One object; `line` is null where a finding concerns a whole file."""
    listed = [
        {
            "rule": finding.rule,
            "severity": str(finding.severity),
            "path": finding.path,
            "line": finding.line,
            "message": finding.message,
        }
        for finding in findings
    ]
    return json.dumps({"findings": listed}, indent=2) + "\n"


def as_sarif(findings: Sequence[Finding], files: int) -> str:
    """A SARIF 2.1.0 log of one run."""
    from importlib.metadata import version  # 10 ms, which the others do without

    rules = sorted({finding.rule for finding in findings})
    numbers = {rule: number for number, rule in enumerate(rules)}
    driver = {
        "name": "omni",
        "version": version("omni-architect"),
        "rules": [{"id": rule} for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, numbers) for finding in findings],
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Finding], int], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
}


def _line(finding: Finding) -> str:
    place = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
    return f"{place}: {finding.severity}: {finding.message} [{finding.rule}]"


def _shown(line: str) -> str:
    # Names and texts come from the files: no line of theirs, and no orders to a terminal.
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)


def _summary(findings: Sequence[Finding], files: int) -> str:
    counts = count_severities(findings)
    checked = f"{files:,} file{'s' * (files != 1)} checked"
    told = (f"{counts[each]:,} {each}{'s' * (counts[each] != 1)}" for each in Severity)
    return f"{checked}: {', '.join(told)}."


def _result(finding: Finding, numbers: Mapping[str, int]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path)}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": str(finding.severity),
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
    }


def _uri(path: str) -> str:
    """A relative reference, or that of a file; “:” would make a scheme of a first folder."""
    if path == "-":
        return STANDARD_INPUT
    encoded = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded
