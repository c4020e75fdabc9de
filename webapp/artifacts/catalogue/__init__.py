"""The catalogue: which artifact kinds there are."""

from collections.abc import Mapping
from types import MappingProxyType

from webapp.artifacts.base import Kind as Kind
from webapp.artifacts.catalogue import (
    ansible,
    compose,
    dockerfile,
    github_actions,
    gitlab_ci,
    grafana_dashboard,
    helm,
    kubernetes,
    kustomize,
    network_policies,
    otel_collector,
    otel_sdk,
    otel_sidecar,
    prometheus_rules,
    shell,
    systemd,
    terraform,
    text,
)
from webapp.domain.errors import OmniError

_KINDS = (
    dockerfile.KIND,
    compose.KIND,
    kubernetes.KIND,
    helm.KIND,
    kustomize.KIND,
    network_policies.KIND,
    terraform.KIND,
    github_actions.KIND,
    gitlab_ci.KIND,
    ansible.KIND,
    prometheus_rules.KIND,
    otel_collector.KIND,
    otel_sidecar.KIND,
    otel_sdk.KIND,
    grafana_dashboard.KIND,
    shell.KIND,
    systemd.KIND,
    text.KIND,
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _KINDS})


class UnknownKind(OmniError):
    """The catalogue has no such kind, or the kind no such target."""


def find(name: str, target: str | None) -> Kind:
    """The kind of this name; raises UnknownKind, for a target that it does not have as well."""
    kind = KINDS.get(name)
    if kind is None:
        raise UnknownKind(f"There is no kind “{name}”: choose from {', '.join(KINDS)}.")
    if target is not None and target not in kind.targets:
        raise UnknownKind(no_such_target(kind, target))
    if target is None and kind.needs_target:
        raise UnknownKind(target_missing(kind))
    return kind


def no_such_target(kind: Kind, target: str) -> str:
    """What to say of a target that a kind does not have."""
    if not kind.targets:
        return f"{kind.name} has no targets: leave out “{target}”."
    return f"{kind.name} has no target “{target}”: choose from {', '.join(kind.targets)}."


def target_missing(kind: Kind) -> str:
    """What to say where a kind that needs a target was given none."""
    choices = ", ".join(f"{kind.name}@{target}" for target in kind.targets)
    return f"{kind.name} needs a target: choose from {choices}."
