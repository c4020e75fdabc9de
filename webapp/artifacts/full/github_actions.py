"""Workflows as an attacker reads them: zizmor, without its looks at the net."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks import linters
from webapp.artifacts.full.tools import Command, Tools
from webapp.domain.artifact import ArtifactFile, Finding, Severity

# The core rules say the same, and how much it matters here.
_REPLACED = frozenset({"unpinned-uses", "unpinned-images", "hardcoded-container-credentials"})
_NO_PERMISSIONS = "no permissions: block"  # it tells of it once more for each job
_ARGUMENTS = (
    *("--offline", "--no-config", "--no-progress", "--no-ignores", "--no-exit-codes"),
    *("--format", "json"),
)


def remarks(tools: Tools, files: Sequence[ArtifactFile]) -> Iterator[Finding]:
    """What zizmor says of the workflows: warnings where it is sure, else notes.

    Takes 50 ms; raises `CouldNotRun`.
    """
    named = {f"{number}.yml": file for number, file in enumerate(files) if _is_workflow(file)}
    command: Command = (tools.place / "bin/zizmor", *_ARGUMENTS, *named)
    given = {name: file.content for name, file in named.items()}
    for remark in tools.report("zizmor", command, given):
        finding = _finding(named, remark)
        if remark["ident"] not in _REPLACED and _NO_PERMISSIONS not in finding.message:
            yield finding


def _is_workflow(file: ArtifactFile) -> bool:
    return ".github/workflows/" in f"/{file.path}" and file.path.endswith((".yml", ".yaml"))


def _finding(named: Mapping[str, ArtifactFile], remark: Mapping[str, Any]) -> Finding:
    determined = remark["determinations"]
    is_grave = determined["severity"] in ("High", "Medium") and determined["confidence"] == "High"
    places = remark["locations"]
    place = next((one for one in places if one["symbolic"]["kind"] == "Primary"), places[0])
    path = named[place["symbolic"]["key"]["Local"]["verbatim_path"]].path
    line = place["concrete"]["location"]["start_point"]["row"] + 1
    message = linters.sentence(f"{remark['desc']}: {place['symbolic']['annotation']}")
    severity = Severity.WARNING if is_grave else Severity.NOTE
    return Finding(f"zizmor/{remark['ident']}", severity, path, line, message)
