"""How requests come to an application in a cluster: Service, and Ingress or Gateway."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from webapp.artifacts.blueprint import App
from webapp.artifacts.catalogue.kubernetes_targets import Target

_GATEWAY_API = "gateway.networking.k8s.io/v1"


def labels(app: App) -> dict[str, str]:
    """What selects the pods."""
    return {"app.kubernetes.io/name": app.name}


def head(
    app: App, api: str, kind: str, annotations: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """What every object begins with."""
    metadata: dict[str, Any] = {"name": app.name, "labels": labels(app)}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": api, "kind": kind, "metadata": metadata}


def entry(app: App, target: Target | None) -> dict[str, dict[str, Any]]:
    """The objects between a user and the pods, by the name of the file of each."""
    found = {"service": _service(app, target)}
    if target and target.gateway_class:
        return found | {"gateway": _gateway(app, target.gateway_class), "route": _route(app)}
    return found | ({"ingress": _ingress(app, target)} if target else {})


def _service(app: App, target: Target | None) -> dict[str, Any]:
    port = {"name": "http", "port": 80, "targetPort": "http"}
    spec = {"type": "ClusterIP", "selector": labels(app), "ports": [port]}
    annotations = target.service_annotations if target else {}
    return {**head(app, "v1", "Service", annotations), "spec": spec}


def _ingress(app: App, target: Target) -> dict[str, Any]:
    backend = {"service": {"name": app.name, "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    own_class = {"ingressClassName": target.ingress_class} if target.ingress_class else {}
    annotations = dict(target.ingress_annotations)
    if target.health_annotation and app.health:
        annotations[target.health_annotation] = app.health
    return {
        **head(app, "networking.k8s.io/v1", "Ingress", annotations),
        "spec": {**own_class, "rules": [{"http": {"paths": [path]}}]},
    }


def _gateway(app: App, gateway_class: str) -> dict[str, Any]:
    own = {"allowedRoutes": {"namespaces": {"from": "Same"}}}
    listener = {"name": "http", "port": 80, "protocol": "HTTP", **own}
    spec = {"gatewayClassName": gateway_class, "listeners": [listener]}
    return {**head(app, _GATEWAY_API, "Gateway"), "spec": spec}


def _route(app: App) -> dict[str, Any]:
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        "backendRefs": [{"name": app.name, "port": 80}],
    }
    spec = {"parentRefs": [{"name": app.name}], "rules": [rule]}
    return {**head(app, _GATEWAY_API, "HTTPRoute"), "spec": spec}


def unknown_entry(app: App, target: Target | None) -> tuple[str | None, ...]:
    """What these objects leave open, a sentence each; None where there is nothing to say."""
    if target is None:
        return ("The host name is not known: there is no Ingress.",)
    ingress = (
        "the Ingress answers for every name and over HTTP alone; give its rule a host, and tls"
    )
    gateway = "the Gateway answers for every name, over HTTP alone; give it a hostname, and tls"
    return (
        f"The host name is not known: {gateway if target.gateway_class else ingress}.",
        target.entry,
        None if app.health else target.without_health,
        "The load balancer asks by the address of a pod: ALLOWED_HOSTS has to allow that."
        if target.asks_by_address and app.framework == "django"
        else None,
    )
