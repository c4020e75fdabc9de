"""Helm charts: Chart.yaml and values as YAML, templates as Go reads them, then what links them.

Nothing is rendered: a template can ask for more memory than there is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.helm_chart import Chart, ChartFiles, chart_files, chart_validator
from webapp.artifacts.checks.helm_links import links
from webapp.artifacts.checks.helm_manifests import manifests
from webapp.artifacts.checks.helm_risks import risks
from webapp.artifacts.checks.helm_template import Template, read_template
from webapp.artifacts.checks.schema import faults
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import MAX_BYTES, Document, YamlMap, read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "helm/no-chart": Severity.ERROR,
    "helm/no-template": Severity.ERROR,
    "helm/too-large": Severity.ERROR,
    "helm/one-document": Severity.ERROR,
    "helm/missing-field": Severity.ERROR,
    "helm/wrong-type": Severity.ERROR,
    "helm/wrong-value": Severity.ERROR,
    "helm/syntax": Severity.ERROR,
    "helm/unclosed": Severity.ERROR,
    "helm/unbalanced": Severity.ERROR,
    "helm/unknown-function": Severity.ERROR,
    "helm/unknown-variable": Severity.ERROR,
    "helm/unknown-field": Severity.WARNING,  # Helm reads over it
    "helm/no-values": Severity.WARNING,
    "helm/not-checked": Severity.NOTE,
}


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the chart of an answer; of several the outermost is looked at.

    Other files, those of charts inside of it too, are only looked at for leftovers, and a note says
    so. What values come to in the templates is not checked.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    found = chart_files(files)
    yield _files(found)
    templates = [read_template(file) for file in found.templates]
    yield leftovers(list(_as_texts(files, templates)))
    sources = [file for file in (found.chart, found.values) if file and file.content.strip()]
    documents, unreadable = read(sources, YAML_1_1)
    yield unreadable
    yield _documents(found, documents)
    by_path = {document.path: document for document in documents}
    yield (*_metadata(found, by_path), *_broken(templates))
    chart = _chart(found, by_path, templates)
    yield (*links(chart), *manifests(templates))
    yield risks(chart)


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"helm/{rule}", path, line, message)


def _files(found: ChartFiles) -> Iterator[Finding]:
    if found.chart is None:
        message = "There is no Chart.yaml in the answer: a chart is a folder with that file."
        yield _finding("no-chart", "", None, message)
        return
    path = found.chart.path
    if not found.templates:
        message = "The chart has no templates: they lie in templates/ beside Chart.yaml."
        yield _finding("no-template", path, None, message)
    if found.values is None:
        message = "The chart has no values.yaml: it should hold what users may set."
        yield _finding("no-values", path, None, message)
    if sum(len(file.content.encode("utf-8", "replace")) for file in found.templates) > MAX_BYTES:
        message = f"Templates of more than {MAX_BYTES // 1024} KB together are not checked."
        yield _finding("too-large", found.templates[0].path, None, message)
    for file in found.others:
        message = "This is not a part of the chart that is looked at: it was not checked."
        yield _finding("not-checked", file.path, None, message)


def _as_texts(
    files: Sequence[ArtifactFile], templates: Sequence[Template]
) -> Iterator[ArtifactFile]:
    """The files to look for leftovers in: without comments, which may say what they like.

    What a template prints for its user is prose, and so left out.
    """
    plain = {template.path: template.plain for template in templates}
    for file in files:
        text = plain.get(file.path, file.content)
        is_empty_template = file.path in plain and not file.content.strip()
        if (text.strip() or is_empty_template) and not file.path.endswith("/NOTES.txt"):
            yield replace(file, content=text)


def _documents(found: ChartFiles, documents: Sequence[Document]) -> Iterator[Finding]:
    for file in (found.chart, found.values):
        own = [document.value for document in documents if file and document.path == file.path]
        is_empty = file is found.values and own in ([], [None])
        if file and not is_empty and (len(own) != 1 or not isinstance(own[0], YamlMap)):
            message = "The file holds one YAML document, and that is a mapping."
            yield _finding("one-document", file.path, None, message)


def _metadata(found: ChartFiles, by_path: dict[str, Document]) -> Iterator[Finding]:
    path = found.chart.path if found.chart else ""
    for fault in faults(chart_validator(), by_path[path]):
        yield _finding(fault.rule, path, fault.line, fault.message)


def _broken(templates: Sequence[Template]) -> Iterator[Finding]:
    for template in templates:
        if broken := template.broken:
            yield _finding(broken.rule, template.path, broken.line, str(broken))


def _chart(found: ChartFiles, by_path: dict[str, Document], templates: Sequence[Template]) -> Chart:
    values_path = found.values.path if found.values else ""
    values = by_path[values_path].value if values_path in by_path else None
    return Chart(
        metadata=by_path[found.chart.path if found.chart else ""].value,
        values=values if isinstance(values, YamlMap) else YamlMap(1),
        values_path=values_path,
        templates=tuple(templates),
        has_subcharts=found.has_subcharts,
    )
