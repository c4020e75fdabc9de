"""A Collector as sidecar: that its pod, its configuration and the application agree."""

from collections.abc import Iterable, Iterator, Sequence

from webapp.artifacts.checks import findings, kubernetes, otel_collector
from webapp.artifacts.checks.kubernetes_objects import Container, Pod, inner, line_of
from webapp.artifacts.checks.kubernetes_pods import number
from webapp.artifacts.checks.kubernetes_read import read_cluster
from webapp.artifacts.checks.otel_collector_file import collector
from webapp.artifacts.checks.otel_sidecar_pod import (
    Address,
    Config,
    Told,
    configs,
    is_collector,
    is_local,
    split,
    told_by,
    told_paths,
    variable,
)
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "otel-sidecar/no-collector": Severity.ERROR,
    "otel-sidecar/no-application": Severity.ERROR,
    "otel-sidecar/no-config": Severity.ERROR,
    "otel-sidecar/config-path": Severity.ERROR,
    "otel-sidecar/never-ends": Severity.ERROR,
    "otel-sidecar/port-clash": Severity.ERROR,
    "otel-sidecar/endpoint": Severity.ERROR,
    "otel-sidecar/endpoint-port": Severity.ERROR,
    "otel-sidecar/memory-limit": Severity.ERROR,
    "otel-sidecar/no-endpoint": Severity.WARNING,
    "otel-sidecar/no-service-name": Severity.WARNING,
    "otel-sidecar/not-local": Severity.WARNING,
    "otel-sidecar/no-memory-limit": Severity.WARNING,
}
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_SIGNALS = ("TRACES", "METRICS", "LOGS")  # each may have an address of its own
_MIB = 1024 * 1024

_Found = Iterator[Finding]


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on manifests with a Collector in a pod, its configuration in a ConfigMap included.

    What is wrong in the configuration has the rules of `otel-collector`, on its line of the file.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    yield kubernetes.check(files)
    cluster = read_cluster(files)
    sidecars = [
        (pod, container)
        for pod in cluster.pods
        for container in pod.containers
        if is_collector(container)
    ]
    yield _shape(sidecars)
    seen = [(pod, one, list(configs(cluster, pod, one))) for pod, one in sidecars]
    yield (found for pod, one, own in seen for found in _config(pod, one, own))
    told = [(pod, one, config) for pod, one, own in seen for config in own if _is_told(one, config)]
    # Many pods may have the same configuration, which is looked at once.
    used = list(dict.fromkeys(config for *_, config in told))
    contents = {file.path: file.content for file in files}
    yield (found for config in used for found in _content(config, contents))
    read_once = {config: _read(config) for config in used}
    yield (found for config in used for found in _outside(config, read_once[config]))
    yield (found for pod, one, config in told for found in _agreement(pod, one, read_once[config]))


def _finding(rule: str, pod: Pod, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"otel-sidecar/{rule}", pod.owner.path, line, message)


def _applications(pod: Pod) -> list[Container]:
    return [one for one in pod.containers if not is_collector(one) and not one.starts_first]


def _shape(sidecars: Sequence[tuple[Pod, Container]]) -> _Found:
    if not sidecars:
        message = "No container of the answer runs a Collector."
        yield findings.make(SEVERITY, "otel-sidecar/no-collector", "", None, message)
    for pod, container in sidecars:
        line = container.config.line
        if not _applications(pod):
            message = f"{container.name} is alone in its pod: there is no application beside it."
            yield _finding("no-application", pod, line, message)
        if pod.owner.kind in ("Job", "CronJob") and not container.starts_first:
            message = (
                f"{pod.owner.title} never ends: put {container.name} under initContainers with "
                "restartPolicy Always."
            )
            yield _finding("never-ends", pod, line, message)
        for one in _applications(pod):
            if clash := sorted(one.port_numbers & container.port_numbers):
                message = f"{one.name} and {container.name} both want the port {clash[0]}."
                yield _finding("port-clash", pod, line, message)


def _config(pod: Pod, container: Container, own: Sequence[Config]) -> _Found:
    if not own:
        message = f"{container.name} is given no configuration out of a ConfigMap of the answer."
        yield _finding("no-config", pod, container.config.line, message)
        return
    there = {config.path for config in own}
    for path in told_paths(container):
        if path.startswith("/") and path not in there:
            message = f"{container.name} is told {findings.shortened(path)}, which no volume holds."
            key = "args" if "args" in container.config else "command"
            yield _finding("config-path", pod, line_of(container.config, key), message)


def _is_told(container: Container, config: Config) -> bool:
    """Whether the file is the configuration; without an order, any of a usual name."""
    paths = told_paths(container)
    return config.path in paths if paths else config.key.endswith((".yaml", ".yml"))


def _content(config: Config, contents: dict[str, str]) -> _Found:
    file = ArtifactFile("config.yaml", config.text)
    for found in otel_collector.check([file]):
        line = _line(config, found.line or 1, contents[config.file])
        yield Finding(found.rule, found.severity, config.file, line, found.message)


def _line(config: Config, line: int, content: str) -> int:
    """The line in the manifest, where the text stands there as a block; else that of its key."""
    below = content.split("\n")[config.line :]
    block = config.text.split("\n")
    is_block = bool(below) and below[0].strip() == block[0].strip()
    return config.line + line if is_block else config.line


def _read(config: Config) -> Told:
    documents, _ = read([ArtifactFile(config.file, config.text)], YAML_1_2)
    return told_by(collector(documents[0]))


def _outside(config: Config, told: Told) -> _Found:
    for address in told.addresses:
        if not address.is_local:
            message = (
                f"The receiver takes {address.protocol} from outside of the pod: listen on "
                "localhost."
            )
            path = config.file
            yield findings.make(SEVERITY, "otel-sidecar/not-local", path, config.line, message)


def _agreement(pod: Pod, container: Container, told: Told) -> _Found:
    for one in _applications(pod):
        yield from _application(pod, one, told.addresses)
    yield from _memory(pod, container, told)


def _application(pod: Pod, one: Container, listens: Sequence[Address]) -> _Found:
    endpoint, is_open = variable(one, _ENDPOINT), "envFrom" in one.config
    is_told = any(variable(one, f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") for signal in _SIGNALS)
    if endpoint is None and not is_told and not is_open:
        message = f"{one.name} is not told where the Collector is: set {_ENDPOINT}."
        yield _finding("no-endpoint", pod, one.config.line, message)
    elif endpoint and isinstance(endpoint[0], str) and "$" not in endpoint[0]:
        yield from _endpoint(pod, one, endpoint[0], endpoint[1], listens)
    attributes = variable(one, "OTEL_RESOURCE_ATTRIBUTES") or ("", 0)
    is_named = variable(one, "OTEL_SERVICE_NAME") or "service.name=" in str(attributes[0])
    if not is_named and not is_open:
        message = f"{one.name} has no name in what it sends: set OTEL_SERVICE_NAME."
        yield _finding("no-service-name", pod, one.config.line, message)


def _endpoint(
    pod: Pod, one: Container, value: str, line: int, listens: Sequence[Address]
) -> _Found:
    host, port = split(value)
    wanted = variable(one, "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = "" if wanted is None else "grpc" if wanted[0] == "grpc" else "http"
    if not value.startswith(("http://", "https://")) or not is_local(host):
        message = f"{_ENDPOINT} of {one.name} must be http://localhost:PORT to reach the sidecar."
        yield _finding("endpoint", pod, line, message)
    elif listens and not any(
        address.port in (None, port) and protocol in ("", address.protocol) for address in listens
    ):
        by = f" by {protocol}" if protocol else ""
        message = f"{one.name} sends to port {port}{by}, where no receiver takes it."
        yield _finding("endpoint-port", pod, line, message)


def _memory(pod: Pod, container: Container, told: Told) -> _Found:
    limits = inner(container.config, "resources", "limits")
    limit = number(limits.get("memory"))
    if told.is_limited and limit is None:
        message = (
            f"{container.name} has no memory limit: memory_limiter takes all of the node's memory "
            "for its own."
        )
        yield _finding("no-memory-limit", pod, container.config.line, message)
    elif limit is not None and told.limit_mib * _MIB >= limit:
        message = (
            f"memory_limiter lets {told.limit_mib} MiB be used, and {container.name} dies before."
        )
        yield _finding("memory-limit", pod, line_of(limits, "memory"), message)
