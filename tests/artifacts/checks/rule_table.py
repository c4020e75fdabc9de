"""The tables of all rules in `docs/checks.md`: `python -m tests.artifacts.checks.rule_table`.

Rules and severities are those of the code; the sentences are written by hand, in the page.
"""

import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from webapp.domain.artifact import Severity
from webapp.settings import ROOT

PAGE = ROOT / "docs" / "checks.md"
START, END = "<!-- rules -->\n", "<!-- /rules -->"
_HEAD = "| rule | severity | what it finds |\n| --- | --- | --- |\n"
_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| (.+) \|$", re.MULTILINE)


def rules() -> dict[str, str]:
    """Every rule of ours in alphabetical order, with its severity, or with those it may have."""
    found: defaultdict[str, set[Severity]] = defaultdict(set)
    for name in _modules():
        severities = getattr(importlib.import_module(name), "SEVERITY", {})
        for rule, severity in severities.items():
            found[rule].add(severity)
    return {
        rule: " or ".join(each for each in Severity if each in severities)
        for rule, severities in sorted(found.items())
    }


def _modules() -> Iterator[str]:
    """The modules that have a table of severities; no other one is imported."""
    places = [ROOT / "webapp/artifacts", ROOT / "webapp/cli"]
    for path in (path for place in places for path in place.rglob("*.py")):
        if "\nSEVERITY = {" in path.read_text(encoding="utf-8"):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def sentences(page: str) -> dict[str, str]:
    """What the page says that a rule finds."""
    return {rule: sentence for rule, _, sentence in _ROW.findall(page)}


def tables(page: str) -> str:
    """A table for each kind, with the sentences of the page; “…” stands where one is missing."""
    known, written = rules(), sentences(page)
    parts = []
    for kind, listed in groupby(known, key=lambda rule: rule.partition("/")[0]):
        rows = (f"| `{rule}` | {known[rule]} | {written.get(rule, '…')} |\n" for rule in listed)
        parts.append(f"### {kind}\n\n{_HEAD}{''.join(rows)}")
    return "\n" + "\n".join(parts) + "\n"


def main() -> None:
    """Write the tables anew between their marks, and say which sentences are missing."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    new = before + START + tables(page) + END + rest.partition(END)[2]
    PAGE.write_text(new, encoding="utf-8")
    for rule, sentence in sentences(new).items():
        if sentence == "…":
            print(f"{PAGE}: say what {rule} finds")


if __name__ == "__main__":
    main()
