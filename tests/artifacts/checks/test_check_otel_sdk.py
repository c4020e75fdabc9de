import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty, line_of, places
from webapp.artifacts.catalogue.otel_sdk_languages import SNIPPETS
from webapp.artifacts.checks.otel_sdk import check
from webapp.artifacts.language import Language
from webapp.domain.artifact import ArtifactFile, Finding

README = ArtifactFile("otel/README.md", "# Telemetry\n\n- opentelemetry-sdk\n")
GOOD = """\
import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# By default http://localhost:4318/v1/traces
NAME = os.environ.get("OTEL_SERVICE_NAME", "shop")
URL = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
exporter = OTLPSpanExporter(headers={"authorization": os.environ["TOKEN"]})
provider = TracerProvider(resource=Resource.create({"service.name": NAME}))
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)
"""

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("set_tracer_provider(provider)", "set_tracer_provider(provider", "syntax", "trace.set_"),
    (
        "exporter.otlp.proto.http.trace_exporter import OTLP",
        "exporter.jaeger.thrift import Jaeger",
        "removed-exporter",
        "exporter.jaeger",
    ),
]
REMARKED = [
    (
        "from opentelemetry.sdk.resources",
        "from opentelemetry.resource",
        "unknown-package",
        "opentelemetry.resource ",
    ),
    ("exporter = ", 'URL = "http://otel:4318"\nexporter = ', "literal-endpoint", "otel:4318"),
    (
        "exporter = ",
        'URL = "https://o.example/v1/traces"\nexporter = ',
        "literal-endpoint",
        "o.example",
    ),
    (
        'os.environ.get("OTEL_SERVICE_NAME", "shop")\n',
        '1\nATTRIBUTES = {"service.name": "shop"}\n',
        "literal-name",
        "ATTRIBUTES",
    ),
    ('os.environ["TOKEN"]', '"Bearer abc"', "literal-secret", "Bearer"),
    ("BatchSpanProcessor(", "SimpleSpanProcessor(", "simple-processor", "SimpleSpan"),
]
BROKEN = [
    ("otel/telemetry.mjs", "import {NodeSDK} from '@opentelemetry/sdk-node';\nf(() => {\n", 2),
    ("otel/telemetry.go", 'package a\nimport "go.opentelemetry.io/otel"\nfunc a() {\n', 3),
    ("otel/Telemetry.java", "import io.opentelemetry.api.Trace;\nclass A { int[) a; }\n", 2),
    ("otel/telemetry.rs", "use opentelemetry_sdk::Resource;\nfn a() -> (u8 {}\n", 2),
    ("otel/Telemetry.cs", "using OpenTelemetry.Trace;\nclass A }\n", 2),
    ("otel/telemetry.php", "<?php\nuse OpenTelemetry\\SDK\\Sdk;\nf(1;\n", 3),
    ("otel/telemetry.rb", "require 'opentelemetry/sdk'\nf [1\n", 2),
    ("otel/telemetry.py", "import opentelemetry.trace\nif True\n", 2),
]
UNPAIRED = [
    (
        "otel/telemetry.mjs",
        "import '@opentelemetry/api'; // (\nx = /[(]/; y = `{` + \")\"; /* [ */\n",
    ),
    ("otel/telemetry.go", 'package a\nimport "go.opentelemetry.io/otel"\nvar a = `("` + "\\")"\n'),
    ("otel/telemetry.rs", "use opentelemetry_sdk::Resource;\nfn a<'a>(b: &'a str) { b == '('; }\n"),
    ("otel/Telemetry.cs", 'using OpenTelemetry.Trace;\n// \' {\nvar a = @"\\" + $"{1}(";\n'),
    ("otel/Telemetry.java", 'import io.opentelemetry.api.Trace;\nString a = """\n ( """;\n'),
]


def answer(text: str, path: str = "otel/telemetry.py") -> list[ArtifactFile]:
    return [ArtifactFile(path, text), README]


def rules(found: list[Finding]) -> list[str]:
    return [finding.rule.removeprefix("otel-sdk/") for finding in found]


def test_a_good_set_up_has_no_findings() -> None:
    assert check(answer(GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_cannot_work_is_an_error_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    found = places(errors(check(answer(text))))
    assert found == [(f"otel-sdk/{rule}", line_of(text, mark))]


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_a_warning_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    assert places(check(answer(text))) == [(f"otel-sdk/{rule}", line_of(text, mark))]


@pytest.mark.parametrize(("path", "text", "line"), BROKEN)
def test_each_language_is_read_for_its_syntax(path: str, text: str, line: int) -> None:
    assert places(check(answer(text, path))) == [("otel-sdk/syntax", line)]


@pytest.mark.parametrize(("path", "text"), UNPAIRED)
def test_brackets_in_texts_and_comments_do_not_count(path: str, text: str) -> None:
    assert check(answer(text, path)) == []


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("a.mjs", "import a from '@opentelemetry/sdk-node'", "import a from '@opentelemetry/node'"),
        ("a.go", 'import a "go.opentelemetry.io/otel/sdk"', 'import a "go.opentelemetry.io/sdk"'),
        ("A.java", "import io.opentelemetry.sdk.A;", "import io.opentelemetry.trace.A;"),
        ("a.rb", "require 'opentelemetry/sdk'", "require 'opentelemetry/tracer'"),
        (
            "a.php",
            "<?php use OpenTelemetry;\nuse OpenTelemetry\\SDK\\Sdk;",
            "<?php use OpenTelemetry;\nuse OpenTelemetry\\Tracing\\Sdk;",
        ),
        ("A.cs", "using OpenTelemetry.Trace;", "using OpenTelemetry.Tracing;"),
        ("a.rs", "use opentelemetry_otlp::A;", "use opentelemetry_exporter::A;"),
    ],
)
def test_packages_are_known_by_name(path: str, good: str, bad: str) -> None:
    assert check(answer(f"{good}\n", path)) == []
    assert rules(check(answer(f"{bad}\n", path))) == ["unknown-package"]


def test_what_has_nothing_to_do_with_telemetry_is_an_error() -> None:
    assert rules(check(answer("print(1)\n"))) == ["no-opentelemetry"]


def test_an_answer_needs_a_source_file_and_says_how_it_is_called() -> None:
    assert rules(errors(check([README]))) == ["no-file"]
    assert rules(check([ArtifactFile("telemetry.py", GOOD)])) == ["no-readme"]
    assert rules(check([*answer(GOOD), ArtifactFile("a.cob", "A.\n")])) == ["not-checked"]


def test_rare_ways_to_quote_are_not_read() -> None:
    text = "require 'opentelemetry/sdk'\na = <<~TEXT\n  (\nTEXT\n"
    assert rules(check(answer(text, "telemetry.rb"))) == ["not-checked"]


@pytest.mark.parametrize("language", SNIPPETS)
def test_every_template_is_read_without_a_remark(language: Language) -> None:
    snippet = SNIPPETS[language]
    assert check(answer(snippet.text, f"otel/{snippet.file}")) == []


@pytest.mark.parametrize("ending", ["py", "mjs", "go", "java", "rb", "php", "cs", "rs", "conf"])
@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "-",
        '"',
        "'",
        "`",
        "/*",
        "/",
        "[",
        '"""',
        "\\",
        "service.name: ",
        "a=1:",
        "{" * 9 + "}",
        "(/[",
        "(/a",
        "(/[a]",
    ],
)
def test_a_hostile_file_is_looked_through_in_linear_time(ending: str, piece: str) -> None:
    text = f"opentelemetry {piece * (60_000 // len(piece))}"
    check(answer(text, f"telemetry.{ending}"))
    check(answer(text.replace(" ", "\n"), f"telemetry.{ending}"))


def test_a_very_large_file_is_not_looked_at() -> None:
    assert rules(check(answer("a" * 70_000))) == ["too-large"]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["py", "mjs", "go", "java", "rb", "php", "cs", "rs"]), st.text())
def test_no_text_breaks_the_check(ending: str, text: str) -> None:
    check(answer(text, f"telemetry.{ending}"))
