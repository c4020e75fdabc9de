"""Policy advice by checkov: what a careful person would also look at. It never fails anything."""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from webapp.artifacts.checks import linters, sandbox
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.full.tools import Tools
from webapp.artifacts.full.warm import CPU_S, WarmProgram
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MEMORY_BYTES = 4 * 2**30  # address space: its libraries reserve some for each core
MAX_FILES = 20  # each takes 20 to 70 ms
MAX_ADVICE = 100
WITHIN_S = 10.0
# Wrong of its kind: which namespace a chart goes to is said when it is installed.
_LEFT_OUT = {"helm": frozenset({"CKV_K8S_21"})}


class Framework(NamedTuple):
    """A part of checkov: for which files of an answer, and under which name it gets one."""

    module: str
    endings: tuple[str, ...]
    name: str


_KUBERNETES = Framework("kubernetes", (".yaml", ".yml"), "manifest.yaml")
FRAMEWORKS: Mapping[str, Framework] = MappingProxyType(
    {
        "dockerfile": Framework("dockerfile", ("Dockerfile", "Containerfile"), "Dockerfile"),
        "kubernetes": _KUBERNETES,
        "helm": _KUBERNETES,  # of what the chart renders to
        "terraform": Framework("terraform", (".tf",), "main.tf"),
        "github-actions": Framework("github_actions", (".yml", ".yaml"), ".github/workflows/a.yml"),
        "gitlab-ci": Framework("gitlab_ci", (".yml", ".yaml"), ".gitlab-ci.yml"),
        "ansible": Framework("ansible", (".yml", ".yaml"), "playbook.yml"),
    }
)


def advice(
    tools: Tools, kind: str, files: Sequence[ArtifactFile], *, within_s: float = WITHIN_S
) -> Iterator[Finding]:
    """Notes on the files of an answer, at most 100; none for a kind that checkov does not know.

    The first file of a process takes a second, later ones some 50 ms. Raises `CouldNotRun`, after
    the notes it has got, also where the files together take longer than `within_s`.
    """
    framework = FRAMEWORKS.get(kind)
    if framework is None:
        return
    tools.require("checkov")
    deadline = time.monotonic() + within_s
    found: set[Finding] = set()
    for file in [file for file in files if file.path.endswith(framework.endings)][:MAX_FILES]:
        if time.monotonic() > deadline:
            raise CouldNotRun(f"checkov did not end within {within_s:g} s")
        request = {"framework": framework.module, "name": framework.name, "text": file.content}
        for rule, line, name in _worker(tools).ask(request) or ():
            note = _note(file.path, rule, line, name)
            if (
                rule not in _LEFT_OUT.get(kind, ())
                and note not in found
                and len(found) < MAX_ADVICE
            ):
                found.add(note)
                yield note


def _note(path: str, rule: str, line: int, name: str) -> Finding:
    message = linters.sentence(name)
    return Finding(f"checkov/{rule}", Severity.NOTE, path, max(1, line), message)


@cache
def _worker(tools: Tools) -> WarmProgram:
    """The one process that checkov has for each of ours."""

    def command(folder: str) -> list[str]:
        words = tools.command("policy_worker.py")
        return sandbox.confined(
            words,
            folder,
            cpu_s=CPU_S,
            memory_bytes=MEMORY_BYTES,
            shown=tools.shown,
            is_isolated=tools.is_isolated,
        )

    return WarmProgram("checkov", command)
