"""The catalogue: which artifact kinds there are."""

from collections.abc import Mapping
from types import MappingProxyType

from webapp.artifacts.base import Kind as Kind
from webapp.artifacts.catalogue import (
    compose,
    dockerfile,
    github_actions,
    kubernetes,
    prometheus_rules,
    text,
)
from webapp.domain.errors import OmniError

_KINDS = (
    dockerfile.KIND,
    compose.KIND,
    kubernetes.KIND,
    github_actions.KIND,
    prometheus_rules.KIND,
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
        raise UnknownKind(f"{name} has no target “{target}”.")
    return kind
