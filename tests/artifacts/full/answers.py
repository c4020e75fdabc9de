"""Small answers in which the core finds no error, and places to put a fault in."""

from collections.abc import Sequence

from webapp.artifacts import full
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.full.tools import Tools
from webapp.domain.artifact import ArtifactFile, Finding, Severity


def chart(port: str, **others: str) -> list[ArtifactFile]:
    """A chart whose one Service has this port."""
    manifest = f"""apiVersion: v1
kind: Service
metadata:
  name: {{{{ .Release.Name }}}}
spec:
  selector: {{app: small}}
  ports:
    - port: {port}
"""
    given = {
        "Chart.yaml": "apiVersion: v2\nname: small\nversion: 0.1.0\n",
        "values.yaml": "ports: [80]\n",
        "templates/service.yaml": manifest,
    }
    return [ArtifactFile(f"chart/{path}", text) for path, text in (given | others).items()]


def terraform(line: str) -> list[ArtifactFile]:
    """A module with one local value, and no warning."""
    text = f'terraform {{\n  required_version = ">= 1.9"\n}}\n\nlocals {{\n  {line}\n}}\n'
    return [ArtifactFile("terraform/main.tf", text)]


def workflow(step: str, on: str = "push") -> list[ArtifactFile]:
    """A workflow with one more step after the checkout."""
    text = f"""name: Small
on: [{on}]
permissions:
  contents: read
jobs:
  small:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with:
          persist-credentials: false
      {step}
"""
    return [ArtifactFile(".github/workflows/ci.yml", text)]


def playbook(task: str, hosts: str = "all", play: str = "") -> list[ArtifactFile]:
    """A playbook with one task, given from its module on, each line of it indented by 6."""
    text = f"- name: Small\n  hosts: {hosts}\n{play}  tasks:\n    - name: One\n{task}"
    return [ArtifactFile("ansible/site.yml", text)]


def pod(*, escalation: bool) -> list[ArtifactFile]:
    """A Pod whose container may or may not gain more rights than it was started with."""
    text = f"""apiVersion: v1
kind: Pod
metadata:
  name: small
spec:
  containers:
    - name: small
      image: nginx:1.27
      securityContext:
        runAsNonRoot: true
        allowPrivilegeEscalation: {str(escalation).lower()}
"""
    return [ArtifactFile("k8s/pod.yaml", text)]


def core(kind: str, files: Sequence[ArtifactFile]) -> list[Finding]:
    """What the core says."""
    check = KINDS[kind].check
    assert check is not None
    return check(files)


def added(kind: str, files: Sequence[ArtifactFile], tools: Tools) -> list[Finding]:
    """What the extra says on top of a core that has no error."""
    known = core(kind, files)
    assert not [each for each in known if each.severity is Severity.ERROR]
    return [each for each in full.check(KINDS[kind], files, tools) if each not in known]


def without_advice(findings: Sequence[Finding]) -> list[tuple[str, str, int | None]]:
    """Rule, severity and line of all but the policy advice."""
    return [
        (each.rule, each.severity.value, each.line)
        for each in findings
        if not each.rule.startswith("checkov/")
    ]
