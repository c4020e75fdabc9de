"""A good answer of each kind that has a check."""

from dataclasses import dataclass

from tests.artifacts.checks import test_check_kustomize as kustomize
from tests.artifacts.checks import test_check_network_policies as network_policies
from tests.artifacts.checks import test_check_otel_sdk as sdk
from tests.artifacts.checks import test_check_otel_sidecar as sidecar
from tests.artifacts.checks import test_check_systemd as systemd
from tests.artifacts.checks.rules import (
    ansible,
    compose,
    dockerfile,
    github_actions,
    gitlab_ci,
    grafana_dashboard,
    helm,
    kubernetes,
    otel_collector,
    otel_sdk,
    prometheus_rules,
    shell,
    terraform,
)
from tests.artifacts.checks.rules.pair import Answer
from webapp.artifacts.catalogue import KINDS
from webapp.domain.artifact import ArtifactFile, Finding


@dataclass(frozen=True)
class GoodAnswer:
    """The files of a good answer by path, and which of them is the one to be changed."""

    kind: str
    path: str
    files: Answer

    @property
    def text(self) -> str:
        """The content of the file to be changed."""
        return self.files[self.path]

    def check(self, text: str, others: Answer | None = None, path: str = "") -> list[Finding]:
        """The findings with another content, or name, of that file, and with others beside it."""
        beside = {name: own for name, own in self.files.items() if name != self.path}
        given = {**beside, **(others or {}), (path or self.path): text}
        check = KINDS[self.kind].check
        assert check is not None
        return check([ArtifactFile(name, content) for name, content in given.items()])


def single(kind: str, path: str, text: str) -> GoodAnswer:
    """An answer of one file."""
    return GoodAnswer(kind, path, {path: text})


_ANSWERS = (
    GoodAnswer("ansible", ansible.PATH, {ansible.PATH: ansible.GOOD, **ansible.OTHERS}),
    single("compose", compose.PATH, compose.GOOD),
    single("dockerfile", dockerfile.PATH, dockerfile.GOOD),
    single("github-actions", github_actions.PATH, github_actions.GOOD),
    single("gitlab-ci", gitlab_ci.PATH, gitlab_ci.GOOD),
    single("grafana-dashboard", grafana_dashboard.PATH, grafana_dashboard.GOOD),
    GoodAnswer("helm", helm.SETTINGS, helm.SHOP),
    single("kubernetes", kubernetes.PATH, kubernetes.GOOD),
    GoodAnswer("kustomize", kustomize.OVERLAY, kustomize.GOOD),
    single("network-policies", network_policies.PATH, network_policies.GOOD),
    single("otel-collector", otel_collector.PATH, otel_collector.GOOD),
    GoodAnswer("otel-sdk", otel_sdk.PATH, {otel_sdk.PATH: sdk.GOOD, **otel_sdk.BESIDE}),
    single("otel-sidecar", sidecar.PATH, sidecar.GOOD),
    single("prometheus-rules", prometheus_rules.PATH, prometheus_rules.GOOD),
    single("shell", shell.PATH, shell.GOOD),
    single("systemd", systemd.PATH, systemd.GOOD),
    single("terraform", terraform.PATH, terraform.GOOD),
)
ANSWERS = {answer.kind: answer for answer in _ANSWERS}
