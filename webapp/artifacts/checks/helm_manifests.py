"""What the templates of a chart show of their manifests without being rendered."""

import re
from collections.abc import Iterator, Sequence

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.helm_template import VALUE, Template
from webapp.artifacts.checks.kubernetes_apis import is_custom, sentence, validator, why_unknown
from webapp.artifacts.checks.kubernetes_objects import unfolded, without_empty
from webapp.artifacts.checks.schema import faults
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import Document, YamlMap, read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "helm/manifest-type": Severity.ERROR,
    "helm/manifest-field": Severity.ERROR,
    "helm/not-yaml": Severity.WARNING,
}
_ONLY_VALUES = re.compile(rf"^[ \t]*+(?:{VALUE}[ \t]*+)++$", re.MULTILINE)
_PARSE = "The YAML does not parse: "


def manifests(templates: Sequence[Template]) -> Iterator[Finding]:
    """Templates that are no YAML, types that Kubernetes does not have, fields it does not know.

    Values are unknown here, and so not looked at. Templates of which two branches give the same key
    are left out.
    """
    outlines = [_outline(template) for template in templates if _is_manifest(template)]
    documents, unreadable = read(outlines, YAML_1_1)
    unsure = {finding.path for finding in unreadable}
    for finding in unreadable:
        if finding.rule in ("yaml/syntax", "yaml/tab"):
            why = finding.message.removeprefix(_PARSE)
            message = f"Without its actions the template is no YAML: {why}"
            yield _finding("not-yaml", finding.path, finding.line, message)
    for document in documents:
        if document.path not in unsure:
            yield from (one for part in unfolded(document) for one in _typed(part))


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"helm/{rule}", path, line, message)


def _is_manifest(template: Template) -> bool:
    name = template.path.rpartition("/")[2]
    is_yaml = name.endswith((".yaml", ".yml")) and not name.startswith("_")
    return is_yaml and not any(action.word in ("define", "block") for action in template.actions)


def _outline(template: Template) -> ArtifactFile:
    # A line of values alone mostly stands for several lines.
    return ArtifactFile(template.path, _ONLY_VALUES.sub("", template.outline))


def _typed(document: Document) -> Iterator[Finding]:
    value = document.value
    if not isinstance(value, YamlMap):
        return
    api_version, kind = value.get("apiVersion"), value.get("kind")
    if not (_is_literal(api_version) and _is_literal(kind)) or is_custom(str(api_version)):
        return
    known = validator(str(api_version), str(kind))
    if known is None:
        message = why_unknown(str(api_version), str(kind))[1]
        yield _finding("manifest-type", document.path, value.lines["apiVersion"], message)
        return
    filled = Document(document.path, document.line, without_empty(value))
    for fault in faults(known, filled):
        if fault.rule == "unknown-field" and VALUE not in fault.message:
            yield _finding("manifest-field", document.path, fault.line, sentence(fault))


def _is_literal(value: object) -> bool:
    return isinstance(value, str) and VALUE not in value
