"""Whether an artifact shows what is known of the project: its port, its route, its variables.

A fact that the project does not tell is not asked for, nor one that a kind has no place for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType

from webapp.artifacts.honoured_facts import JUDGES, Miss, asked
from webapp.artifacts.statements import read_statements
from webapp.domain.artifact import ArtifactFile, Finding, Severity
from webapp.domain.project import Fact, Facts

MAX_FINDINGS = 20
_IMAGE = ("language", "version", "installer", "manifest", "start", "port", "health")
_PIPELINE = ("language", "version", "installer")
_WORKLOAD = ("port", "health", "env")
ASKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dockerfile": _IMAGE,
        "compose": (*_WORKLOAD, "service"),
        **dict.fromkeys(("kubernetes", "kustomize", "helm", "terraform", "ansible"), _WORKLOAD),
        "otel-sidecar": _WORKLOAD,
        **dict.fromkeys(("github-actions", "gitlab-ci"), _PIPELINE),
        "systemd": ("start", "port", "env"),
        "network-policies": ("port",),
        "prometheus-rules": ("metric",),
        "otel-collector": ("metrics_route",),
    }
)
"""The facts that an artifact of each kind has to show, by the values of their names."""

SEVERITY = {
    "facts/language": Severity.WARNING,
    "facts/version": Severity.WARNING,
    "facts/installer": Severity.WARNING,
    "facts/manifest": Severity.WARNING,
    "facts/start": Severity.WARNING,
    "facts/port": Severity.WARNING,
    "facts/health": Severity.WARNING,
    "facts/env": Severity.WARNING,
    "facts/service": Severity.WARNING,
    "facts/metric": Severity.WARNING,
    "facts/metrics-route": Severity.WARNING,
}


@dataclass(frozen=True, slots=True)
class Honoured:
    """Which facts an artifact had to show, whether it does, and a warning for each it does not."""

    checked: Mapping[str, bool] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def honoured(
    kind_name: str,
    files: Sequence[ArtifactFile],
    facts: Facts,
    others: Sequence[Facts] = (),
) -> Honoured:
    """Compare an artifact with the facts of its application, those it has a place for.

    `others` are the facts of the other applications of the project, where the kind describes all.
    At most 20 findings.
    """
    wanted = ASKED.get(kind_name, ())
    if not wanted or not files:
        return Honoured()
    said = read_statements(kind_name, files)
    checked: dict[str, bool] = {}
    found: dict[Finding, None] = {}
    for known, name in product((facts, *others), wanted):
        for fact in asked(name, known, said):
            miss = JUDGES[name](fact, known, said)
            checked[name] = checked.get(name, True) and miss is None
            if miss:
                found[_finding(name, fact, miss, files[0].path)] = None
    return Honoured(checked, tuple(found)[:MAX_FINDINGS])


def _finding(name: str, fact: Fact, miss: Miss, first_path: str) -> Finding:
    rule = f"facts/{name.replace('_', '-')}"
    sentence = f"The project {miss.fact} ({fact.place}), and {miss.artifact}."
    path = miss.statement.path if miss.statement else first_path
    line = miss.statement.line if miss.statement else None
    return Finding(rule, SEVERITY[rule], path, line, sentence)
