"""Grafana dashboards: their JSON, their panels and the grid, their queries and variables."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from webapp.artifacts.checks import (
    findings,
    grafana_dashboard_fields,
    grafana_dashboard_grid,
    grafana_dashboard_json,
    grafana_dashboard_queries,
    grafana_dashboard_variables,
)
from webapp.artifacts.checks.grafana_dashboard_file import Dashboard, dashboard
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_source import Document
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "grafana-dashboard/no-file": Severity.ERROR,
    "grafana-dashboard/no-dashboard": Severity.ERROR,
    "grafana-dashboard/new-layout": Severity.ERROR,
    "grafana-dashboard/other-file": Severity.NOTE,
}


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the dashboards of an answer, those in the wrappers of Grafana's API too.

    A file that is not called .json is only looked at for leftovers, and a note says so.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if file.path.endswith(".json")]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    documents, unreadable = grafana_dashboard_json.read(chosen)
    yield unreadable
    yield _documents(documents)
    found = [one for document in documents if (one := dashboard(document)) is not None]
    yield chain(*(grafana_dashboard_fields.faults(one) for one in found))
    yield chain(*(_content(one) for one in found))


def _content(one: Dashboard) -> Iterator[Finding]:
    yield from grafana_dashboard_grid.faults(one)
    yield from grafana_dashboard_variables.faults(one)
    yield from grafana_dashboard_queries.faults(one)


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, line, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no dashboard in the answer: it should be called dashboards/app.json."
        yield _finding("grafana-dashboard/no-file", "", None, message)
    for file in others:
        message = "This is not a dashboard: its content was not checked."
        yield _finding("grafana-dashboard/other-file", file.path, None, message)


def _documents(documents: Sequence[Document]) -> Iterator[Finding]:
    for document in documents:
        found = dashboard(document)
        if found is None:
            message = "A dashboard is one JSON object."
            yield _finding("grafana-dashboard/no-dashboard", document.path, 1, message)
        elif "elements" in found.fields and "panels" not in found.fields:
            message = "Only the classic layout with “panels” is checked: write the dashboard in it."
            yield _finding("grafana-dashboard/new-layout", document.path, 1, message)
