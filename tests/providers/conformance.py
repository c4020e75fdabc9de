"""The cases as the table of `docs/providers.md`: `python -m tests.providers.conformance`."""

from pathlib import Path

from tests.providers.cases import CASES, SPEAKERS, Case

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
START, END = "<!-- conformance -->\n", "<!-- /conformance -->"
_HEAD = (
    "| provider | what | status | code | comes to | then |\n| --- | --- | --- | --- | --- | --- |"
)


def table() -> str:
    """One row a case."""
    return "\n".join([_HEAD, *map(_row, CASES)]) + "\n"


def _row(case: Case) -> str:
    who = "all" if case.speakers == SPEAKERS else ", ".join(case.speakers)
    code = f"`{case.code}`" if case.code else ""
    if case.kind is None:
        kind, then = "an answer", ""
    else:
        kind, then = case.kind.value, "retried" if case.kind.is_retryable else "final"
    return f"| {who} | {case.what} | {case.status} | {code} | {kind} | {then} |"


def main() -> None:
    """Write the table anew between its marks."""
    before, _, rest = PAGE.read_text().partition(START)
    PAGE.write_text(before + START + table() + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
