"""The set-up of an OpenTelemetry SDK in the language of an application, ready to be called."""

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import COMMENT, App, Language, present, read_app, unknown_name
from webapp.artifacts.catalogue.otel_sdk_languages import SNIPPETS, Snippet
from webapp.artifacts.checks.otel_sdk import check
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- Two files: otel/telemetry with the ending of the application's language (.py, .mjs, .go, .rb, \
.php, .rs; Telemetry.java, Telemetry.cs), and otel/README.md with the packages to add, the lines \
that call it and the variables that tell it.
- It is complete and small: resource, exporter, provider, propagation of W3C Trace Context, the \
instrumentation of the framework that the project uses. No classes around it, no configuration of \
its own.
- Everything that differs between environments comes from the standard variables: \
OTEL_SERVICE_NAME (with the name of the project where it is not set), OTEL_EXPORTER_OTLP_ENDPOINT, \
OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER. No address, token or header in the source, and no \
option that overrides what a variable says, such as insecure.
- OTLP exporters only; those for Jaeger and OpenCensus do not exist any more. http/protobuf unless \
the project uses gRPC.
- Spans are sent in batches, never one by one; what is left is sent when the process ends, without \
taking the application's own handling of signals away.
- Called before frameworks and clients are loaded where instrumentation patches them; in each \
process of a server that forks.
- Only packages that exist, by their current names; no versions that are not known: the README \
says to take the newest that fit together.
- It must never stop the application: without a Collector it only loses what it would have sent."""

_INSTRUMENTATIONS = {
    "django": ("DjangoInstrumentor", "django"),
    "fastapi": ("FastAPIInstrumentor", "fastapi"),
    "flask": ("FlaskInstrumentor", "flask"),
}
_LAST_IMPORT = "from opentelemetry.sdk.metrics import MeterProvider\n"


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    snippet = SNIPPETS[app.runtime]
    text = _instrumented(app, snippet.text).replace("{{service}}", app.name)
    head = COMMENT.replace("#", snippet.comment, 1)
    opening = "<?php\n\n" if app.runtime is Language.PHP else ""
    files = (
        ArtifactFile(f"otel/{snippet.file}", f"{opening}{head}\n{text}"),
        ArtifactFile("otel/README.md", _readme(app, snippet)),
    )
    return Template(files, _unknown(app))


def _instrumented(app: App, text: str) -> str:
    """The set-up with the instrumentation of the framework, where a template knows it."""
    name, package = _instrumentation(app) or ("", "")
    if not name:
        return text
    imported = f"from opentelemetry.instrumentation.{package} import {name}\n"
    return text.replace(_LAST_IMPORT, imported + _LAST_IMPORT) + f"    {name}().instrument()\n"


def _instrumentation(app: App) -> tuple[str, str] | None:
    is_python = app.runtime is Language.PYTHON
    return _INSTRUMENTATIONS.get(app.framework or "") if is_python else None


def _readme(app: App, snippet: Snippet) -> str:
    known = _instrumentation(app)
    own = (f"opentelemetry-instrumentation-{known[1]}",) if known else ()
    packages = "\n".join(f"- {name}" for name in (*snippet.packages, *own))
    return f"""\
# Telemetry of {app.name}

A template by the blueprint: no model wrote it.

Add these, in the newest versions that fit together:

{packages}

{snippet.call}

It is told by variables:

- `OTEL_SERVICE_NAME`: {app.name}
- `OTEL_EXPORTER_OTLP_ENDPOINT`: where the Collector is, as `http://localhost:4318`
- `OTEL_EXPORTER_OTLP_HEADERS`: what the back end asks for, out of a secret
- `OTEL_TRACES_SAMPLER`: `parentbased_traceidratio` with `OTEL_TRACES_SAMPLER_ARG` where all is \
too much
"""


def _unknown(app: App) -> tuple[str, ...]:
    frameworks = _instrumentation(app) or app.runtime in (Language.NODE, Language.RUBY)
    is_covered = frameworks or app.runtime in (Language.DOTNET, Language.STATIC)
    return present(
        unknown_name(app),
        f"The language is not known: {app.runtime.label} is assumed." if not app.language else None,
        "Where the Collector is, is not known: set OTEL_EXPORTER_OTLP_ENDPOINT.",
        "Nothing calls it yet: README.md says where it belongs.",
        "Which libraries to trace is not known: add the instrumentation of each."
        if not is_covered
        else None,
        "The versions of the packages are not known: take the newest that fit together.",
    )


KIND = Kind(
    name="otel-sdk",
    title="OpenTelemetry SDK set-up",
    expected=("otel/telemetry.*", "otel/*.md"),
    max_tokens=6_000,
    version=1,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    wants=(
        FileGroup.MEASURED,
        FileGroup.ENTRY,
        FileGroup.MANIFEST,
        FileGroup.CONFIG,
        FileGroup.MONITORING,
        FileGroup.CONTAINER,
        FileGroup.README,
    ),
)
