"""PromQL in rules, read by a parser that is kept from what would exhaust it."""

import re
from collections.abc import Iterable, Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.prometheus_rules_file import Rule
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "prometheus-rules/expression": Severity.ERROR,
    "prometheus-rules/not-checked": Severity.ERROR,
}
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


def faults(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Expressions that do not parse, or give what no rule can keep.

    An expression may have 300 operators, brackets and the like, all together 10,000; what has more
    is an error that says so.
    """
    all_parts = 0
    for rule in rules:
        expr = rule.fields.get("expr")
        if isinstance(expr, bool | int | float | str) and expr != "":
            text = str(expr)
            parts = _parts(text)
            all_parts += parts
            if parts > MAX_PARTS or all_parts > MAX_ALL_PARTS:
                message = f"The expression of {rule.name} is too large to be checked."
                yield _finding("not-checked", rule, message)
            elif why := _why_refused(text):
                yield _finding("expression", rule, f"The expression of {rule.name} {why}.")


def _finding(name: str, rule: Rule, message: str) -> Finding:
    line = rule.line_of("expr")
    return findings.make(SEVERITY, f"prometheus-rules/{name}", rule.path, line, message)


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
