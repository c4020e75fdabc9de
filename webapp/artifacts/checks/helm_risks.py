"""What a chart may hold, but should not: images that change, secrets written out."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.helm_chart import Chart
from webapp.artifacts.checks.helm_template import Template
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

MAX_EACH = 20

SEVERITY = {
    "helm/unpinned-image": Severity.WARNING,
    "helm/literal-secret": Severity.WARNING,
}
_IMAGE = re.compile(r"^[ \t]*+(?:-[ \t]++)?image:[ \t]*+([^\s#]++)", re.MULTILINE)
_VARIABLE = re.compile(
    r"^[ \t]*+-?[ \t]*+name:[ \t]*+([^\s#]++)[ \t]*+\n[ \t]*+value:[ \t]*+([^\n#]++)", re.MULTILINE
)
# `dbPassword` is a password; `passwordSecretKey` and `existingSecret` only name one.
_CAMEL_CASE = re.compile(r".*[a-z0-9](?:Password|Passphrase|Token)")


def risks(chart: Chart) -> Iterator[Finding]:
    """Images without a fixed tag, and passwords or tokens that stand in the values or templates."""
    yield from islice(_of_values(chart.values_path, chart.values), MAX_EACH)
    for template in chart.templates:
        yield from islice(_of_template(template), MAX_EACH)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"helm/{rule}", path, line, message)


def _of_values(path: str, node: Any) -> Iterator[Finding]:
    if isinstance(node, YamlList):
        for item in node:
            yield from _of_values(path, item)
    elif isinstance(node, YamlMap):
        for key, value in node.items():
            yield from _of_value(path, key, value, node.lines[key])
            if not key.lower().endswith("secretkeys"):  # names of keys within a Secret
                yield from _of_values(path, value)


def _of_value(path: str, key: str, value: Any, line: int) -> Iterator[Finding]:
    if key == "tag" and value == "latest":
        message = "The tag “latest” can be another image tomorrow."
        yield _finding("unpinned-image", path, line, message)
    elif key == "image" and isinstance(value, str) and value and (why := why_unpinned(value)):
        yield _finding("unpinned-image", path, line, f"The image {shortened(value)} {why}.")
    elif _is_secret(key, value):
        message = f"The value of {shortened(key)} is written out: name a Secret made outside."
        yield _finding("literal-secret", path, line, message)


def _is_secret(key: str, value: Any) -> bool:
    if key.lower().startswith("existing"):
        return False
    name = "PASSWORD" if _CAMEL_CASE.fullmatch(key[-100:]) else key
    return is_literal_secret(name, value)


def _of_template(template: Template) -> Iterator[Finding]:
    for line, image, _ in _matches(_IMAGE, template.plain):
        if "$" not in image or image.endswith(":latest"):
            why = why_unpinned(image.replace("$", "any"))
            if why:
                message = f"The image {shortened(image)} {why}."
                yield _finding("unpinned-image", template.path, line, message)
    for line, name, value in _matches(_VARIABLE, template.plain):
        if is_literal_secret(name, value):
            message = f"The value of {shortened(name)} is written out: take it from a Secret."
            yield _finding("literal-secret", template.path, line + 1, message)


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str, str]]:
    """Line and first two groups of each match, without the quotes around them."""
    line, seen = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        first, *more = (group.strip(" \t\"'") for group in match.groups())
        yield line, first, more[0] if more else ""
