"""Pairs for the rules of the set-up of an SDK."""

from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from tests.artifacts.checks.test_check_otel_sdk import GOOD, README
from webapp.artifacts.checks.otel_sdk import check

PATH = "otel/telemetry.py"
BESIDE = {README.path: README.content}
EXPORTER = "exporter = "
NAME = 'os.environ.get("OTEL_SERVICE_NAME", "shop")\n'
IMPORT = "exporter.otlp.proto.http.trace_exporter import OTLP"
swap = swaps(PATH, GOOD, BESIDE)

CHECK = check
PAIRS = {
    "otel-sdk/no-file": Pair(BESIDE, {PATH: GOOD, **BESIDE}),
    "otel-sdk/no-readme": Pair({PATH: GOOD}, {PATH: GOOD, **BESIDE}),
    "otel-sdk/not-checked": Pair({PATH: GOOD, **BESIDE, "a.cob": "A.\n"}, {PATH: GOOD, **BESIDE}),
    "otel-sdk/too-large": texts(
        PATH, f"{GOOD}#{'a' * 70_000}\n", f"{GOOD}#{'a' * 60_000}\n", BESIDE
    ),
    "otel-sdk/no-opentelemetry": texts(PATH, "print(1)\n", "import opentelemetry.trace\n", BESIDE),
    "otel-sdk/syntax": swap(
        "set_tracer_provider(provider)",
        "set_tracer_provider(provider",
        "set_tracer_provider(provider, )",
    ),
    "otel-sdk/removed-exporter": swap(
        IMPORT, "exporter.jaeger.thrift import Jaeger", IMPORT.replace("http", "grpc")
    ),
    "otel-sdk/unknown-package": swap(
        "from opentelemetry.sdk.resources",
        "from opentelemetry.resource",
        "from opentelemetry.sdk.resources",
    ),
    "otel-sdk/literal-endpoint": swap(
        '"http://localhost:4318")',
        '"http://localhost:4318")\nOTHER = "http://otel:4318"',
        '"http://otel:4318")',
    ),
    "otel-sdk/literal-name": swap(
        NAME,
        '1\nATTRIBUTES = {"service.name": "shop"}\n',
        '1\nATTRIBUTES = {"service.name": NAME}\n',
    ),
    "otel-sdk/literal-secret": swap('os.environ["TOKEN"]', '"Bearer abc"', 'f"Bearer {TOKEN}"'),
    "otel-sdk/simple-processor": swap(
        "BatchSpanProcessor(", "SimpleSpanProcessor(", "BatchSpanProcessor( "
    ),
}
