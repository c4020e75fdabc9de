"""The languages that an SDK is set up in: file, packages, and how it is called."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.artifacts.catalogue import otel_sdk_text
from webapp.artifacts.language import Language


@dataclass(frozen=True, slots=True)
class Snippet:
    """One language: the name of the file, its text, the packages it needs, and how it is called.

    `comment` begins a line of comment.
    """

    file: str
    text: str
    packages: tuple[str, ...]
    call: str
    comment: str = "//"


SNIPPETS: Mapping[Language, Snippet] = {
    Language.PYTHON: Snippet(
        file="telemetry.py",
        text=otel_sdk_text.PYTHON,
        packages=("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"),
        call="Call `set_up()` in each process before the application is made; under a server "
        "that forks, after the fork.",
        comment="#",
    ),
    Language.NODE: Snippet(
        file="telemetry.mjs",
        text=otel_sdk_text.NODE,
        packages=(
            "@opentelemetry/sdk-node",
            "@opentelemetry/exporter-trace-otlp-proto",
            "@opentelemetry/auto-instrumentations-node",
        ),
        call="Start the application with `node --import ./otel/telemetry.mjs`, which loads it "
        "before everything else. What is written as ES modules is only seen with the loader that "
        "the documentation of the instrumentations names.",
    ),
    Language.GO: Snippet(
        file="telemetry.go",
        text=otel_sdk_text.GO,
        packages=(
            "go.opentelemetry.io/otel",
            "go.opentelemetry.io/otel/sdk",
            "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp",
        ),
        call="Call `telemetry.Start(ctx)` at the beginning of `main`, and what it returns at its "
        "end. Wrap handlers and clients with the packages under "
        "`go.opentelemetry.io/contrib/instrumentation`.",
    ),
    Language.JAVA: Snippet(
        file="Telemetry.java",
        text=otel_sdk_text.JAVA,
        packages=(
            "io.opentelemetry:opentelemetry-sdk-extension-autoconfigure",
            "io.opentelemetry:opentelemetry-exporter-otlp",
        ),
        call="Give the class the package of its folder and call `Telemetry.start()` at the "
        "beginning of `main`. Where no code should change, the Java agent of OpenTelemetry does "
        "the same and more; do not use both.",
    ),
    Language.RUBY: Snippet(
        file="telemetry.rb",
        text=otel_sdk_text.RUBY,
        packages=(
            "opentelemetry-sdk",
            "opentelemetry-exporter-otlp",
            "opentelemetry-instrumentation-all",
        ),
        call="Require it before the application; of Rails it is an initializer.",
        comment="#",
    ),
    Language.PHP: Snippet(
        file="telemetry.php",
        text=otel_sdk_text.PHP,
        packages=("open-telemetry/sdk", "open-telemetry/exporter-otlp", "a PSR-18 client"),
        call="Require it after `vendor/autoload.php`, in the file where requests come in.",
    ),
    Language.DOTNET: Snippet(
        file="Telemetry.cs",
        text=otel_sdk_text.DOTNET,
        packages=(
            "OpenTelemetry.Extensions.Hosting",
            "OpenTelemetry.Exporter.OpenTelemetryProtocol",
            "OpenTelemetry.Instrumentation.AspNetCore",
            "OpenTelemetry.Instrumentation.Http",
        ),
        call="Call `builder.Services.AddTelemetry()` before `builder.Build()`. Without "
        "OTEL_EXPORTER_OTLP_PROTOCOL it speaks gRPC, at port 4317.",
    ),
    Language.RUST: Snippet(
        file="telemetry.rs",
        text=otel_sdk_text.RUST,
        packages=("opentelemetry", "opentelemetry_sdk", "opentelemetry-otlp"),
        call="Call `telemetry::start()` at the beginning of `main`, and `shutdown()` on what it "
        "returns at its end. It is written for version 0.28 of the crates or later.",
    ),
    Language.STATIC: Snippet(
        file="telemetry.conf",
        text=otel_sdk_text.NGINX,
        packages=("nginx with the module ngx_otel_module",),
        call="Copy it to `/etc/nginx/templates/telemetry.conf.template` of an image tagged "
        "`-otel`, and load the module at the top of `nginx.conf`: "
        "`load_module modules/ngx_otel_module.so;`. It speaks gRPC, at port 4317.",
        comment="#",
    ),
}
