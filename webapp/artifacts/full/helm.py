"""Charts as Helm itself reads them: linted and rendered, and what comes of that."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from webapp.artifacts.checks import findings, kubernetes, linters
from webapp.artifacts.checks.helm_chart import chart_files
from webapp.artifacts.full import policy
from webapp.artifacts.full.tools import Tools
from webapp.domain.artifact import ArtifactFile, Finding, Severity

# Address space: a chart of 700 KB takes less than 2 GB. A text of 2 GB, which a template can have
# with one word, fails at once.
MEMORY_BYTES = 5 * 2**29
_LEVELS = {2: Severity.WARNING, 3: Severity.ERROR}  # 1 is taste, such as a missing icon
_NOT_FETCHED = "chart directory is missing these dependencies"
_TOLD = "execution error at"
_PLACE = re.compile(r"\b[a-z0-9-]{1,63}/(templates/[^\s:]{1,200}):(\d{1,6})")
_LEFT_OUT = (".helmignore", ".tgz")  # it would hide templates; and nothing is unpacked


def stages(tools: Tools, files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    """Lint, then the Kubernetes checks of the manifests, then advice on them.

    Takes 80 ms without the advice; raises `CouldNotRun`.
    """
    chart = _Chart(files)
    found = chart.read_by(tools)
    yield chart.messages(found)
    manifests = chart.manifests(found.get("manifests", {}))
    if manifests:
        yield map(_of_template, kubernetes.check(manifests))
        yield map(_of_template, policy.advice(tools, "helm", manifests))


class _Chart:
    """The files of a chart under the names that we give its folder."""

    def __init__(self, files: Sequence[ArtifactFile]) -> None:
        chart = chart_files(files).chart
        self._root = chart.path.removesuffix("Chart.yaml") if chart else ""
        inside = [file for file in files if file.path.startswith(self._root)]
        self._files = [file for file in inside if not file.path.endswith(_LEFT_OUT)]

    def read_by(self, tools: Tools) -> dict[str, Any]:
        """What Helm says of the chart, and what it renders."""
        given = {f"chart/{file.path[len(self._root) :]}": file.content for file in self._files}
        command = tools.command("helm_render.py")
        found: dict[str, Any] = tools.report(
            "helm-python-sdk", command, given, memory_bytes=MEMORY_BYTES
        )
        return found

    def messages(self, found: dict[str, Any]) -> Iterator[Finding]:
        """Why the chart does not render, else the remarks of the linter, which tries it too."""
        if fault := found.get("fault"):
            yield self._unrendered(fault)
            return
        for message in found["messages"]:
            severity = _LEVELS.get(message["severity"])
            if severity and not message["error"].startswith(_NOT_FETCHED):
                said = linters.sentence(message["error"])
                yield Finding("helm/lint", severity, self._path(message["path"]), None, said)

    def _unrendered(self, fault: str) -> Finding:
        # `fail` and `required` speak to whoever installs the chart: its own values may be too few.
        severity = Severity.NOTE if fault.startswith(_TOLD) else Severity.ERROR
        said = linters.sentence(f"the chart does not render with its own values: {fault}")
        place = _PLACE.search(fault[:1000])
        name, line = (place[1], int(place[2])) if place else ("Chart.yaml", None)
        return Finding("helm/render", severity, self._path(name), line, said)

    def _path(self, name: str) -> str:
        paths = [file.path for file in self._files]
        path = f"{self._root}{name}"
        return path if path in paths else f"{self._root}Chart.yaml"

    def manifests(self, rendered: dict[str, str]) -> list[ArtifactFile]:
        """What the templates come to, each under the path of its template."""
        return [
            ArtifactFile(self._path(name.partition("/")[2]), text)
            for name, text in rendered.items()
            if text.strip() and name.endswith((".yaml", ".yml"))
        ]


def _of_template(finding: Finding) -> Finding:
    # The line is one of the manifest, which nobody sees.
    message = findings.shortened(f"As rendered: {finding.message}", linters.MAX_MESSAGE_CHARS)
    return replace(finding, line=None, message=message)
