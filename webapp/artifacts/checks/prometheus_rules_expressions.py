"""The expressions of rules."""

from collections.abc import Iterable, Iterator

from webapp.artifacts.checks import findings, promql
from webapp.artifacts.checks.prometheus_rules_file import Rule
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "prometheus-rules/expression": Severity.ERROR,
    "prometheus-rules/not-checked": Severity.ERROR,
}


def faults(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Expressions that are none; see `promql.refused`."""
    told = [rule for rule in rules if _has_expression(rule)]
    texts = (promql.Expression(rule.name, str(rule.fields["expr"])) for rule in told)
    for each in promql.refused(texts):
        rule, name = told[each.number], "expression" if each.was_checked else "not-checked"
        line = rule.line_of("expr")
        yield findings.make(SEVERITY, f"prometheus-rules/{name}", rule.path, line, each.message)


def _has_expression(rule: Rule) -> bool:
    expr = rule.fields.get("expr")
    return isinstance(expr, bool | int | float | str) and expr != ""
