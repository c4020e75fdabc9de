"""The types of Kubernetes: their schemas, and what to say of a type that is none of them."""

import difflib
import json
import lzma
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.kubernetes_values import DNS_LABEL, DNS_NAME, REFINEMENTS, SERVICE_NAME
from webapp.artifacts.checks.schema import SchemaFault, Validator, build_validator

VERSION = "1.31"
SCHEMAS = Path(__file__).parent / "schemas" / "kubernetes-1.31.0.json.xz"

# The release of Kubernetes that first lacked a version, or a kind of it that stayed for longer.
_REMOVED_IN = {
    "extensions/v1beta1": "1.16",
    "extensions/v1beta1 Ingress": "1.22",
    "apps/v1beta1": "1.16",
    "apps/v1beta2": "1.16",
    "admissionregistration.k8s.io/v1beta1": "1.22",
    "apiextensions.k8s.io/v1beta1": "1.22",
    "certificates.k8s.io/v1beta1": "1.22",
    "coordination.k8s.io/v1beta1": "1.22",
    "networking.k8s.io/v1beta1": "1.22",
    "rbac.authorization.k8s.io/v1beta1": "1.22",
    "scheduling.k8s.io/v1beta1": "1.22",
    "batch/v1beta1": "1.25",
    "batch/v2alpha1": "1.21",
    "discovery.k8s.io/v1beta1": "1.25",
    "events.k8s.io/v1beta1": "1.25",
    "autoscaling/v2beta1": "1.25",
    "autoscaling/v2beta2": "1.26",
    "node.k8s.io/v1beta1": "1.25",
    "policy/v1beta1": "1.25",
    "storage.k8s.io/v1beta1": "1.22",
    "storage.k8s.io/v1beta1 CSIStorageCapacity": "1.27",
    "flowcontrol.apiserver.k8s.io/v1beta1": "1.26",
    "flowcontrol.apiserver.k8s.io/v1beta2": "1.29",
}
_WITHOUT_SUCCESSOR = {
    "PodSecurityPolicy": "label the namespace for Pod Security Admission instead",
    "PodPreset": "set the values in the pods themselves",
}
# What a tool reads from disk; it is no object, and mostly has no name.
_OF_TOOLS = frozenset(
    f"{group}.k8s.io"
    for group in (
        *("kustomize.config", "kubeadm", "kubelet.config", "kubeproxy.config", "audit"),
        *("kubescheduler.config", "apiserver.config", "client.authentication"),
    )
) | {"kind.x-k8s.io"}
# Groups of the project's own that a cluster has only once they are installed.
_ADDED = frozenset(
    f"{group}.k8s.io"
    for group in (
        *("gateway.networking", "policy.networking", "autoscaling", "snapshot.storage"),
        *("groupsnapshot.storage", "metrics", "custom.metrics", "external.metrics"),
    )
)
_LABELLED = {"Namespace": DNS_LABEL, "Service": SERVICE_NAME}
_FREELY_NAMED = "io.k8s.api.rbac."  # there “system:node” is a name
_STABLE = re.compile(r"v[0-9]+")


def validator(api_version: str, kind: str) -> Validator | None:
    """The validator of a type; None where Kubernetes itself has none of that name."""
    definition = _types().get((api_version, kind))
    return _validator(definition) if definition else None


def is_of_tool(api_version: str) -> bool:
    """Whether a file of this version is read by a tool, such as Kustomize, and not by a cluster."""
    return _group(api_version) in _OF_TOOLS


def is_custom(api_version: str) -> bool:
    """Whether a version belongs to a group that somebody adds to Kubernetes."""
    group = _group(api_version)
    return group in _OF_TOOLS | _ADDED or ("." in group and not group.endswith(".k8s.io"))


def why_unknown(api_version: str, kind: str) -> tuple[str, str]:
    """The end of a rule's name and a sentence on a type that Kubernetes does not have."""
    shown = f"{shortened(api_version)} {shortened(kind)}"
    release = _REMOVED_IN.get(f"{api_version} {kind}", _REMOVED_IN.get(api_version))
    if kind in _WITHOUT_SUCCESSOR:
        return "removed-api", f"{kind} was removed from Kubernetes: {_WITHOUT_SUCCESSOR[kind]}."
    versions = [version for version, known in _types() if known == kind]
    if not versions:
        near = difflib.get_close_matches(kind[:60], {known for _, known in _types()}, 1, 0.75)
        hint = f"did you mean “{near[0]}”?" if near else "it is misspelt, was removed, or is newer"
        return "unknown-kind", f"Kubernetes {VERSION} has no {shown} ({hint})."
    best = max(versions, key=_stability)
    if release:
        return "removed-api", f"{shown} was removed in Kubernetes {release}: use {best}."
    return "unknown-version", f"Kubernetes {VERSION} has no {shown}: use {best}."


def sentence(fault: SchemaFault) -> str:
    """The sentence of a fault; an unknown field may be newer than these schemas, so it says so."""
    if fault.rule != "unknown-field":
        return fault.message
    return f"{fault.message.removesuffix('.')} in Kubernetes {VERSION}."


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def _stability(api_version: str) -> tuple[bool, str]:
    version = api_version.rpartition("/")[2]
    return _STABLE.fullmatch(version) is not None, version


@cache
def _validator(definition: str) -> Validator:
    return build_validator({"$ref": f"#/$defs/{definition}", "$defs": _definitions()})


@cache
def _types() -> Mapping[tuple[str, str], str]:
    """API version and kind of every type → its definition."""
    return {
        (f"{gvk['group']}/{gvk['version']}".removeprefix("/"), gvk["kind"]): name
        for name, definition in _definitions().items()
        # Those of several groups (DeleteOptions, WatchEvent) only go over the wire.
        if len(gvks := definition.get("x-kubernetes-group-version-kind", ())) == 1
        for gvk in gvks
    }


@cache
def _definitions() -> dict[str, Any]:
    packed = lzma.decompress(SCHEMAS.read_bytes())
    definitions: dict[str, Any] = _without_null(json.loads(packed)["$defs"])
    for name, properties in REFINEMENTS.items():
        for place, added in properties.items():
            _refine(definitions[name], place, added)
    for name, definition in definitions.items():
        is_type = "x-kubernetes-group-version-kind" in definition
        is_named = is_type and "metadata" in definition["properties"]
        if is_named and not name.startswith(_FREELY_NAMED):
            form = _LABELLED.get(name.rpartition(".")[2], DNS_NAME)
            _refine(definition, "metadata", {"properties": {"name": form}})
    return definitions


def _refine(definition: dict[str, Any], place: str, added: Mapping[str, Any]) -> None:
    if place:
        part = definition["properties"][place.removesuffix("[]")]
        definition = part["items"] if place.endswith("[]") else part
    required = [*definition.get("required", ()), *added.get("required", ())]
    definition.update(added)
    if required:
        definition["required"] = required


def _without_null(schema: Any) -> Any:
    """A schema that allows no empty values: they are taken out of the objects before.

    With them, “a number or nothing” beside “text or nothing” would be one too many for `oneOf`.
    """
    if isinstance(schema, list):
        return [_without_null(item) for item in schema if item != "null"]
    if isinstance(schema, dict):
        return {key: _without_null(value) for key, value in schema.items()}
    return schema
