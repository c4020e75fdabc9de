"""What Kubernetes manifests say: workloads with their containers, Services, policies, Secrets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks.kubernetes_objects import (
    Cluster,
    KubernetesObject,
    Pod,
    cluster,
    inner,
    items,
    line_of,
    unfolded,
    without_empty,
)
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.statements import kubernetes_container as container
from webapp.artifacts.statements import scraping
from webapp.artifacts.statements.statement import Place, Statement, Topic
from webapp.domain.artifact import ArtifactFile

_NAME_LABELS = ("app.kubernetes.io/name", "app", "k8s-app")
_TOOLS = frozenset({"Kustomization", "Component"})
_SCRAPED_PORT = "prometheus.io/port"
_SCRAPED_ROUTE = "prometheus.io/path"


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of all manifests among the files, taken as parts of one cluster.

    Of workloads that run nothing but what many know, such as databases, only their Services count.
    """
    chosen = [file for file in files if file.path.endswith((".yaml", ".yml", ".json"))]
    documents, _ = read_yaml(chosen, YAML_1_1)
    listed = [without_empty(one.value) for document in documents for one in unfolded(document)]
    paths = [one.path for document in documents for one in unfolded(document)]
    objects = [
        KubernetesObject(path, value)
        for path, value in zip(paths, listed, strict=True)
        if isinstance(value, YamlMap) and _is_object(value)
    ]
    described = cluster(objects)
    own = [pod for pod in described.pods if container.of_application(pod.spec)]
    for pod in own:
        yield from _pod(pod)
    for one in objects:
        yield from _object(one, described, own)


def _is_object(value: YamlMap) -> bool:
    kind, api = value.get("kind"), value.get("apiVersion")
    is_named = isinstance(kind, str) and isinstance(api, str) and kind not in _TOOLS
    return is_named and isinstance(inner(value, "metadata").get("name", ""), str)


def _pod(pod: Pod) -> Iterator[Statement]:
    place = Place(pod.owner.path, pod.owner.name)
    line = line_of(pod.owner.metadata, "name")
    yield place.say(Topic.WORKLOAD, pod.owner.kind, line, "describes")
    for key, value in pod.labels.items():
        line = pod.labels.lines[key]
        yield place.say(Topic.LABEL, value, line, f"labels its pods {key}:", name=key)
    annotations = inner(pod.template, "metadata", "annotations")
    for key in (_SCRAPED_PORT, _SCRAPED_ROUTE):
        if key in annotations:
            yield _scraped(place, key, annotations)
    yield from container.containers(place, pod.spec)


def _scraped(place: Place, key: str, annotations: YamlMap) -> Statement:
    line = annotations.lines[key]
    if key == _SCRAPED_PORT:
        return place.say(Topic.TARGET, f":{annotations[key]}", line, "has Prometheus ask")
    return place.say(Topic.METRICS_ROUTE, annotations[key], line, "has Prometheus ask")


def _object(one: KubernetesObject, all_of: Cluster, own: Sequence[Pod]) -> Iterator[Statement]:
    place = Place(one.path, one.name)
    if one.kind == "Service":
        line = line_of(one.metadata, "name")
        yield place.say(Topic.SERVICE, one.name, line, "calls its Service")
        for port in items(one.spec, "ports"):
            yield from place.port(
                Topic.SERVED, port.get("port"), line_of(port, "port"), "serves at"
            )
        yield from _service(one, all_of, own)
    elif one.kind == "Secret":
        for section in ("data", "stringData"):
            held = inner(one.config, section)
            for key in held:
                yield place.say(Topic.KEPT, key, held.lines[key], "holds", name=one.name)
    elif one.kind == "ConfigMap":
        yield from _collector(one)
    elif one.kind == "NetworkPolicy":
        yield from _policy(one)


def _collector(one: KubernetesObject) -> Iterator[Statement]:
    """What a configuration of a Collector or of Prometheus in a ConfigMap scrapes."""
    held = inner(one.config, "data")
    for key, text in held.items():
        # The text of a block begins in the line after its key.
        if isinstance(text, str) and "scrape_configs" in text:
            yield from scraping.of_text(one.path, text, held.lines[key])


def _service(one: KubernetesObject, all_of: Cluster, own: Sequence[Pod]) -> Iterator[Statement]:
    """The numbers of ports to which a Service sends, said of the workload that it selects."""
    selector = inner(one.spec, "selector")
    chosen = [pod for pod in own if selector and _selects(selector, pod.labels)]
    if all_of.pods and not chosen:
        return
    place = Place(one.path, chosen[0].owner.name if chosen else one.name)
    for port in items(one.spec, "ports"):
        key = "targetPort" if "targetPort" in port else "port"
        yield from place.port(Topic.REACHES, port.get(key), line_of(port, key), "sends to")


def _selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    return all(labels.get(key) == value for key, value in selector.items())


def _policy(one: KubernetesObject) -> Iterator[Statement]:
    """Whom a policy holds for, and at which ports these are called."""
    wanted = inner(one.spec, "podSelector", "matchLabels")
    names = [wanted[key] for key in _NAME_LABELS if isinstance(wanted.get(key), str)]
    place = Place(one.path, names[0] if names else one.name)
    for key, value in wanted.items():
        line = wanted.lines[key]
        yield place.say(Topic.SELECTOR, value, line, f"selects pods with {key}:", name=key)
    for rule in items(one.spec, "ingress") if wanted else ():
        for port in items(rule, "ports"):
            line = line_of(port, "port")
            if "endPort" not in port:
                yield from place.port(Topic.REACHES, port.get("port"), line, "lets in at")
