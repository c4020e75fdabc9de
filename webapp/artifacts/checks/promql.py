"""PromQL, read by a parser that is kept from what would exhaust it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from webapp.artifacts.checks import findings

MAX_CHARS = 10_000
# The parser recurses over each operator and bracket: some thousands end the process, and its time
# grows with their square. What takes long to compile in a regular expression counts several times.
MAX_PARTS = 300
MAX_ALL_PARTS = 10_000
_SLOW = 50
_PARTS = (
    (1, re.compile(r"[-+*/%^=!<>(\[{@]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)),
    (5, re.compile(r"\\\\[a-zA-Z]")),  # \w has hundreds of ranges
    (_SLOW, re.compile(r"\{[0-9]|\\[xuU0-7]")),  # a repetition, or an escape that hides one
)
_FLAGS = re.compile(r"\(\?[a-zA-Z-]")  # with “(?i)” each “[” is slow


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression; `name` begins a sentence about whose it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The number of an expression, from 0, and why it is none, or why it was not looked at."""

    number: int
    message: str
    was_checked: bool = True


def refused(expressions: Iterable[Expression]) -> Iterator[Refused]:
    """Expressions that do not parse, or give what neither a rule nor a panel can take.

    One may have 300 operators, brackets and the like, all together 10,000; what has more is refused
    unchecked.
    """
    all_parts = 0
    for number, expression in enumerate(expressions):
        parts = _parts(expression.text)
        all_parts += parts
        if parts > MAX_PARTS or all_parts > MAX_ALL_PARTS:
            message = f"The expression of {expression.name} is too large to be checked."
            yield Refused(number, message, was_checked=False)
        elif why := _why_refused(expression.text):
            yield Refused(number, f"The expression of {expression.name} {why}.")


def _parts(expr: str) -> int:
    if len(expr) > MAX_CHARS:
        return MAX_PARTS + 1
    parts = sum(weight * len(pattern.findall(expr)) for weight, pattern in _PARTS)
    return parts + (_SLOW * expr.count("[") if _FLAGS.search(expr) else 0)


def _why_refused(expr: str) -> str | None:
    import promql_parser  # here: most processes never need it

    try:
        parsed = promql_parser.parse(expr)
    except ValueError as error:
        return f"does not parse: {findings.shortened(str(error), 200)}"
    except BaseException as error:
        # A panic in Rust, as “offset Inf” causes, is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        return f"cannot be read: {findings.shortened(str(error), 200)}"
    if isinstance(parsed, promql_parser.MatrixSelector | promql_parser.SubqueryExpr):
        return "gives a range of values: put a function like rate() around it"
    return "is only a text" if isinstance(parsed, promql_parser.StringLiteral) else None
