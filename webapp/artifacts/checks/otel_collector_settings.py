"""What the usual components of a Collector cannot do without, and what they must not be told."""

from collections.abc import Iterator, Mapping

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.otel_collector_file import Collector, Component, mapping
from webapp.artifacts.checks.otel_collector_types import plain_type
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.checks.yaml_walk import mappings
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "otel-collector/missing-setting": Severity.ERROR,
    "otel-collector/no-verification": Severity.WARNING,
}
_Needed = tuple[tuple[str, ...], ...]
_ENDPOINT: _Needed = (("endpoint",),)
_ENDPOINTS: _Needed = (
    ("endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint", "profiles_endpoint"),
)
# By section and type without underscores; of each group at least one has to be there.
_NEEDED: Mapping[tuple[str, str], _Needed] = {
    ("receivers", "filelog"): (("include",),),
    ("receivers", "otlp"): (("protocols",),),
    ("processors", "attributes"): (("actions",),),
    ("processors", "memorylimiter"): (("check_interval",), ("limit_mib", "limit_percentage")),
    ("processors", "resource"): (("attributes",),),
    ("exporters", "file"): (("path",),),
    ("exporters", "otlp"): _ENDPOINT,
    ("exporters", "otlpgrpc"): _ENDPOINT,
    ("exporters", "otlphttp"): _ENDPOINTS,
    ("exporters", "prometheus"): _ENDPOINT,
}


def settings(one: Collector) -> Iterator[Finding]:
    """Settings without which the Collector does not start, and certificates nobody looks at."""
    for component in one.components:
        yield from _missing(one, component)
        for fields in mappings(component.config):
            if fields.get("insecure_skip_verify") is True:
                message = (
                    f"{shortened(component.name)} takes every certificate: name the authority with "
                    "ca_file."
                )
                line = fields.lines["insecure_skip_verify"]
                yield _finding("no-verification", one, line, message)


def _finding(rule: str, one: Collector, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"otel-collector/{rule}", one.path, line, message)


def _missing(one: Collector, component: Component) -> Iterator[Finding]:
    # A text is what a variable or another file is put in for.
    if component.config is not None and not isinstance(component.config, YamlMap):
        return
    given = mapping(component.config)
    for group in _NEEDED.get((component.section, plain_type(component)), ()):
        if all(given.get(key) in (None, "", [], {}) for key in group):
            named = " or ".join(group[:2])
            message = f"{shortened(component.name)} needs {named}, and has none."
            yield _finding("missing-setting", one, component.line, message)
