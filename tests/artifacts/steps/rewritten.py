"""What the blueprint makes of the files of an artifact in a step."""

from collections.abc import Sequence

from tests.artifacts.catalogue.built import facts
from tests.artifacts.checks.faulty import sample
from webapp.artifacts.base import BlueprintInput, Template
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.steps import STEPS
from webapp.artifacts.steps.rewriting import IN_THE_WAY, WORSE
from webapp.domain.artifact import ArtifactFile, Severity
from webapp.domain.project import Facts

FLASK = facts(language="python", framework="flask", name="web", port="8000", health="/healthz")
POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: registry.example.org/web:1.4.2
"""
PATHS = {
    "dockerfile": "Dockerfile",
    "compose": "compose.yaml",
    "kubernetes": "k8s/all.yaml",
    "kustomize": "kustomize/base/all.yaml",
    "github-actions": ".github/workflows/ci.yml",
    "systemd": "systemd/web.service",
}
BASE = ArtifactFile("kustomize/base/kustomization.yaml", "resources: [all.yaml]\n")
REWRITES = [(step, kind) for step, task in STEPS.items() for kind in task.rewrites]
SAMPLES = [
    ("dockerfile", "web.Dockerfile"),
    ("compose", "shop.compose.yaml"),
    ("compose", "small.compose.yaml"),
    ("kubernetes", "web.k8s.yaml"),
    ("kubernetes", "shop.k8s.yaml"),
    ("kubernetes", "cluster.k8s.yaml"),
    ("kustomize", "web.k8s.yaml"),
    ("github-actions", "ci.workflow.yml"),
    ("systemd", "web.service"),
]


def rewritten(
    step: str, kind: str, files: Sequence[ArtifactFile], known: Facts = FLASK
) -> Template:
    """What a step makes of files."""
    return STEPS[step].rewrites[kind](files, BlueprintInput("As it is.", None, known))


def one_file(kind: str, text: str) -> list[ArtifactFile]:
    """An artifact of one file under its usual name, after which comes what it cannot be without."""
    beside = [BASE] if kind == "kustomize" else []
    return [ArtifactFile(PATHS[kind], text), *beside]


def text_after(step: str, kind: str, text: str, known: Facts = FLASK) -> str:
    """The text that a step makes of the one file of an artifact."""
    return rewritten(step, kind, one_file(kind, text), known).files[0].content


def sample_files(kind: str, name: str) -> list[ArtifactFile]:
    """A sample of the checks as an artifact."""
    return one_file(kind, sample(name))


def has_got_worse(kind: str, before: Sequence[ArtifactFile], after: Sequence[ArtifactFile]) -> bool:
    """Whether the check finds more errors, or more of anything, than before."""
    was, now = counted(kind, before), counted(kind, after)
    return now[0] > was[0] or now[1] > was[1]


def was_refused(template: Template) -> bool:
    """Whether a file could not be changed in place, or the check decided against it."""
    ends = (IN_THE_WAY.removeprefix("{names}"), WORSE)
    return any(note.endswith(ends) for note in template.unknown)


def counted(kind: str, files: Sequence[ArtifactFile]) -> tuple[int, int]:
    """How many errors and how many findings the check of a kind has."""
    check = KINDS[kind].check
    assert check is not None
    found = check(files)
    return sum(finding.severity is Severity.ERROR for finding in found), len(found)


def put_in(before: str, after: str) -> str:
    """The lines that are new; all lines of before have to be there still, and in their order."""
    waiting = before.split("\n")[::-1]
    new = []
    for line in after.split("\n"):
        if waiting and line == waiting[-1]:
            waiting.pop()
        else:
            new.append(line)
    assert not waiting, f"{waiting[-1]!r} is no longer there"
    return "\n".join(new)
