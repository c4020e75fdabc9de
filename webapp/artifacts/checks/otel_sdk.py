"""The set-up of an OpenTelemetry SDK: readable, with real packages, told all by the environment."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.otel_sdk_source import is_readable, language_of, syntax_fault
from webapp.artifacts.checks.text import leftovers
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "otel-sdk/no-file": Severity.ERROR,
    "otel-sdk/too-large": Severity.ERROR,
    "otel-sdk/syntax": Severity.ERROR,
    "otel-sdk/no-opentelemetry": Severity.ERROR,
    "otel-sdk/removed-exporter": Severity.ERROR,
    "otel-sdk/unknown-package": Severity.WARNING,
    "otel-sdk/literal-endpoint": Severity.WARNING,
    "otel-sdk/literal-name": Severity.WARNING,
    "otel-sdk/literal-secret": Severity.WARNING,
    "otel-sdk/simple-processor": Severity.WARNING,
    "otel-sdk/no-readme": Severity.NOTE,
    "otel-sdk/not-checked": Severity.NOTE,
}
MAX_BYTES = 64 * 1024
MAX_LINE_CHARS = 1_000  # what a person writes; the rest of a longer line is not looked at

_NAMED = re.compile(r"opentelemetry|\botel_", re.IGNORECASE)
_JAEGER = re.compile(
    r"exporter[-._/\\s]{0,3}jaeger|jaeger[-_.]?exporter|exporters/jaeger|opentelemetry[-_]jaeger"
    r"|contrib\\jaeger",
    re.IGNORECASE,
)
# By language: how a package of OpenTelemetry is named in an import, and the parts there are.
_PACKAGES: Mapping[str, tuple[re.Pattern[str], frozenset[str]]] = {
    "python": (
        re.compile(r"^\s*(?:from|import)\s+opentelemetry\.(\w{1,60})"),
        frozenset(
            {"_events", "_logs", "attributes", "baggage", "context", "distro", "exporter"}
            | {"environment_variables", "instrumentation", "metrics", "propagate", "propagators"}
            | {"processor", "proto", "sdk", "semconv", "semconv_ai", "shim", "trace", "util"}
        ),
    ),
    "node": (
        re.compile(r"""["']@opentelemetry/([\w-]{1,60})["'/]"""),
        frozenset(
            {"api", "api-logs", "auto-instrumentations-node", "auto-instrumentations-web", "core"}
            | {"context-async-hooks", "context-zone", "exporter-prometheus", "exporter-zipkin"}
            | {"propagator-b3", "propagator-jaeger", "resources", "sdk-logs", "sdk-metrics"}
            | {"sdk-node", "sdk-trace-base", "sdk-trace-node", "sdk-trace-web", "instrumentation"}
            | {"semantic-conventions", "shim-opentracing", "winston-transport", "configuration"}
            | {
                f"exporter-{signal}-otlp-{form}"
                for signal in ("trace", "metrics", "logs")
                for form in ("grpc", "http", "proto")
            }
        ),
    ),
    "go": (
        re.compile(r"""["']go\.opentelemetry\.io/([\w-]{1,60})["'/]"""),
        frozenset({"otel", "contrib", "proto", "auto", "collector"}),
    ),
    "java": (
        re.compile(r"^\s*import\s+(?:static\s+)?io\.opentelemetry\.(\w{1,60})"),
        frozenset(
            {"api", "common", "context", "contrib", "exporter", "extension", "instrumentation"}
            | {"javaagent", "opentracingshim", "sdk", "semconv"}
        ),
    ),
    "ruby": (
        re.compile(r"""^\s*require\s*\(?["']opentelemetry[/-]([\w-]{1,60})"""),
        frozenset(
            {"api", "common", "exporter", "helpers", "instrumentation", "propagator", "registry"}
            | {"resource", "sampler", "sdk", "semantic_conventions", "metrics", "logs"}
            | {"metrics-sdk", "metrics-api", "logs-sdk", "logs-api", "semconv"}
        ),
    ),
    "php": (
        re.compile(r"^\s*use\s+(?:function\s+)?\\?OpenTelemetry\\(\w{1,60})"),
        frozenset({"API", "Aws", "Config", "Context", "Contrib", "Extension", "SDK", "SemConv"}),
    ),
    "dotnet": (
        re.compile(r"^\s*(?:global\s+)?using\s+OpenTelemetry\.(\w{1,60})"),
        frozenset(
            {"Context", "Exporter", "Extensions", "Instrumentation", "Logs", "Metrics"}
            | {"Resources", "Sampler", "SemanticConventions", "Shims", "Trace"}
        ),
    ),
    "rust": (
        re.compile(r"^\s*use\s+opentelemetry_(\w{1,60})"),
        frozenset(
            {"appender_log", "appender_tracing", "aws", "contrib", "http", "instrumentation"}
            | {"otlp", "prometheus", "proto", "resource_detectors", "sdk"}
            | {"semantic_conventions", "stdout", "zipkin", "instrumentation_tower"}
        ),
    ),
}
_ADDRESS = re.compile(
    r"""["'`](?:https?://)?[\w.\[\]-]{1,200}:431[78]\b|["'`]https?://[^"'`\s]{1,300}/v1/(?:traces|metrics|logs)\b"""
)
_FROM_ENVIRONMENT = re.compile(
    r"environ|getenv|process\.env|\bENV\b|env::var|GetEnvironmentVariable|_ENV\b|LookupEnv"
)
_NAME = re.compile(
    r"""(?:service[._]?name|ServiceName(?:Key)?|SERVICE_NAME)\b["'\])]{0,3}"""
    r"""\s{0,3}(?:=>|[:=,(]|\.String\()\s{0,3}["'][\w -]{1,80}["']""",
    re.IGNORECASE,
)
_NAME_FROM_ENVIRONMENT = re.compile(
    r"OTEL_SERVICE_NAME|WithFromEnv|AutoConfigured|environment variable", re.IGNORECASE
)
_SECRET = re.compile(
    r"""["']?(?:authorization|proxy-authorization|api[-_]key|x-honeycomb-team|[\w-]{0,40}-token)["']?"""
    r"""\s{0,3}(?:=>|[:=,])\s{0,3}["'][^"'$<{]{3,300}["']""",
    re.IGNORECASE,
)
_SIMPLE = re.compile(
    r"SimpleSpanProcessor|SimpleLogRecordProcessor|WithSyncer|with_simple_exporter"
    r"|SimpleActivityExportProcessor"
)
_COMMENT = re.compile(r"\s*(?:#|//|\*|/\*)")


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the source files of an answer; nothing in them is run.

    A file in a language that is not known is only looked at for leftovers, and a note says so.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    sources = [(file, name) for file in files if (name := language_of(file.path))]
    yield leftovers(files)
    yield _files(files, sources)
    yield (found for file, language in sources for found in _syntax(file, language))
    yield (found for file, language in sources for found in _packages(file, language))
    yield (found for file, _ in sources for found in _risks(file))


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"otel-sdk/{rule}", path, line, message)


def _files(
    files: Sequence[ArtifactFile], sources: Sequence[tuple[ArtifactFile, str]]
) -> Iterator[Finding]:
    if not sources:
        message = "There is no source file in the answer: it should be called telemetry, as in .py."
        yield _finding("no-file", "", None, message)
    known = {file.path for file, _ in sources}
    for file in files:
        if file.path in known and len(file.content) > MAX_BYTES:
            message = f"A source file of more than {MAX_BYTES // 1024} KB is not checked."
            yield _finding("too-large", file.path, None, message)
        elif file.path not in known and not file.path.endswith(".md"):
            message = "No language that is known here: its content was not checked."
            yield _finding("not-checked", file.path, None, message)
    if sources and not any(file.path.endswith(".md") for file in files):
        message = "No README.md says which packages it needs and where it is called."
        yield _finding("no-readme", sources[0][0].path, None, message)


def _syntax(file: ArtifactFile, language: str) -> Iterator[Finding]:
    if not is_readable(language, file.content):
        message = "It quotes in a way that is not read here: its brackets were not checked."
        yield _finding("not-checked", file.path, None, message)
    elif fault := syntax_fault(language, file.content):
        yield _finding("syntax", file.path, fault.line, fault.message)


def _lines(file: ArtifactFile) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, by number."""
    for number, line in enumerate(file.content.split("\n"), 1):
        if not _COMMENT.match(line):
            yield number, line[:MAX_LINE_CHARS]


def _packages(file: ArtifactFile, language: str) -> Iterator[Finding]:
    lines = list(_lines(file))
    if not any(_NAMED.search(line) for _, line in lines):
        message = "Nothing of OpenTelemetry is used in this file."
        yield _finding("no-opentelemetry", file.path, None, message)
    pattern, known = _PACKAGES.get(language, (None, frozenset()))
    for number, line in lines:
        if _JAEGER.search(line):
            message = "The exporter for Jaeger was removed: Jaeger takes OTLP."
            yield _finding("removed-exporter", file.path, number, message)
        for name in pattern.findall(line) if pattern else ():
            if name not in known and not name.startswith(("instrumentation-", "resource-detector")):
                message = f"OpenTelemetry has no package “{shortened(name)}” that is known here."
                yield _finding("unknown-package", file.path, number, message)


def _risks(file: ArtifactFile) -> Iterator[Finding]:
    is_named = _NAME_FROM_ENVIRONMENT.search(file.content) is not None
    for number, line in _lines(file):
        is_fallback = _FROM_ENVIRONMENT.search(line) is not None
        if _ADDRESS.search(line) and not is_fallback:
            message = "The address is written out: leave it to OTEL_EXPORTER_OTLP_ENDPOINT."
            yield _finding("literal-endpoint", file.path, number, message)
        if _NAME.search(line) and not is_named:
            message = "The service's name is written out: let OTEL_SERVICE_NAME come before it."
            yield _finding("literal-name", file.path, number, message)
        if _SECRET.search(line) and not is_fallback:
            message = "A header with a secret is written out: use OTEL_EXPORTER_OTLP_HEADERS."
            yield _finding("literal-secret", file.path, number, message)
        if _SIMPLE.search(line):
            message = "Each span is sent by itself, and waited for: use the batch processor."
            yield _finding("simple-processor", file.path, number, message)
