import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.otel_collector import check
from webapp.domain.artifact import ArtifactFile, Severity

GOOD = sample("shop.otel.yaml")
PATH = "otel-collector.yaml"
SAMPLING = "processors: [memory_limiter, tail_sampling/errors]"
TRACES = "exporters: [otlp_grpc/tempo, span_metrics]"
METRICS = "receivers: [otlp, prometheus/shop, span_metrics]"

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("\nprocessors:\n", "\nprocessor:\n", "unknown-field", "processor:"),
    ("  telemetry:\n", "  telemetri:\n", "unknown-field", "telemetri"),
    ("exporters: [otlp_http]", "exporter: [otlp_http]", "unknown-field", "exporter: ["),
    ("receivers: [file_log]", "receivers: []", "missing-field", "receivers: []"),
    ("receivers: [file_log]", "receivers: file_log", "wrong-type", "receivers: file_log"),
    ("receivers: [file_log]", "receivers: [{a: 1}]", "wrong-type", "[{a: 1}]"),
    ("      exporters: [otlp_http]\n", "", "missing-field", "logs/files:"),
    ("    logs/files:\n", "    logs/files: []\n    log:\n", "wrong-type", "logs/files: []"),
    ("    logs/files:\n", "    log/files:\n", "pipeline-name", "log/files"),
    ("    logs/files:\n", "    logs/:\n", "pipeline-name", "logs/:"),
    ("  file_storage:\n", "  file storage:\n", "component-name", "file storage"),
    ("  file_storage:\n", "  file_storage/a b:\n", "component-name", "file_storage/a b"),
    (SAMPLING, "processors: [memory_limiter, batch]", "undefined-component", ", batch]"),
    ("receivers: [file_log]", "receivers: [filelog]", "undefined-component", "[filelog]"),
    ("exporters: [otlp_http]", "exporters: [debug]", "undefined-component", "[debug]"),
    ("[health_check, ", "[health_check, pprof, ", "undefined-component", "pprof"),
    ("authenticator: b", "authenticator: c", "undefined-component", "authenticator: c"),
    (SAMPLING, f"{SAMPLING[:-1]}, memory_limiter]", "repeated-processor", "errors, mem"),
    (TRACES, "exporters: [otlp_grpc/tempo]", "half-connector", "  span_metrics:"),
    (METRICS, "receivers: [otlp, prometheus/shop]", "half-connector", "  span_metrics:"),
    ("  otlp_http:\n", "  span_metrics: {}\n  otlp_http:\n", "ambiguous-component", "cs: {}"),
    ("[prometheus_remote_write]", "[span_metrics]", "pipeline-cycle", "    metrics:\n      rec"),
    ("  otlp_http:\n", "  logging:\n  otlp_http:\n", "removed-component", "logging"),
    ("  otlp_http:\n", "  jaeger/a:\n  otlp_http:\n", "removed-component", "jaeger"),
    ("  otlp:\n", "  opencensus:\n  otlp:\n", "removed-component", "opencensus"),
    ("  memory_limiter:\n", "  routing:\n  memory_limiter:\n", "removed-component", "routing"),
    ("receivers: [file_log]", "receivers: [span_metrics]", "wrong-signal", "[span_metrics]"),
    ("exporters: [otlp_http]", "exporters: [span_metrics]", "wrong-signal", "[span_metrics]"),
    (METRICS, METRICS.replace("otlp", "file_log"), "wrong-signal", "[file_log, prom"),
    ("    check_interval: 1s\n", "", "missing-setting", "  memory_limiter:"),
    ("    limit_percentage: 80\n", "", "missing-setting", "  memory_limiter:"),
    ("    endpoint: tempo:4317\n", "", "missing-setting", "otlp_grpc/tempo:"),
    ("endpoint: https://loki", "traces: https://loki", "missing-setting", "  otlp_http:"),
    ("    include: [/var/log/shop/*.log]\n", "", "missing-setting", "  file_log:"),
    ("  otlp:\n    protocols:\n", "  otlp:\n  k:\n    protocols:\n", "missing-setting", "  otlp:"),
    ("  file_storage:\n", "  memory_ballast:\n  file_storage:\n", "removed-component", "ballast"),
]
REMARKED = [
    ("  file_storage:\n", "  pprof:\n  file_storage:\n", "unused-component", "pprof"),
    ("  otlp_http:\n", "  debug:\n  otlp_http:\n", "unused-component", "debug"),
    ("  span_metrics:\n", "  span_metrics:\n  count:\n", "unused-component", "count"),
    ("Bearer ${env:LOKI_TOKEN}", "Bearer abc", "literal-secret", "Bearer abc"),
    ("token: ${env:TEMPO_TOKEN}", "token: abc", "literal-secret", "token: abc"),
    ("endpoint: tempo:4317", "endpoint: ws://me:pw@tempo", "literal-secret", "me:pw"),
    ("${env:POD_IP}:4317", "${POD_IP}:4317", "old-variable", "${POD_IP}:4317"),
    ("${env:POD_IP}:4317", "${POD_IP:-a}:4317", "old-variable", "${POD_IP:-a}"),
    ("${env:POD_IP}:4317", "$POD_IP:4317", "old-variable", "$POD_IP:4317"),
    ("${env:POD_IP}:4317", "0.0.0.0:4317", "every-address", "0.0.0.0"),
    ("${env:POD_IP}:4317", "':4317'", "every-address", "':4317'"),
    ("localhost:13133", "'[::]:13133'", "every-address", "[::]"),
    ("localhost:13133", "0.0.0.0:${env:PORT}", "every-address", "0.0.0.0"),
    (
        "endpoint: tempo:4317",
        "endpoint: tempo:4317\n    tls: {insecure_skip_verify: true}",
        "no-verification",
        "insecure_skip_verify",
    ),
    ("level: normal", "address: localhost:8888", "telemetry-address", "address: localhost:8888"),
    (SAMPLING, "processors: [tail_sampling/errors, memory_limiter]", "processor-order", "s, mem"),
]


def test_a_good_configuration_has_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_the_collector_refuses_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    found = places(errors(check(files(PATH, text))))
    assert (f"otel-collector/{rule}", line_of(text, mark)) in found


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_a_warning_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    (found,) = check(files(PATH, text))
    assert (found.rule, found.severity) == (f"otel-collector/{rule}", Severity.WARNING)
    assert found.line == line_of(text, mark)


def test_a_batch_processor_is_the_last_and_soon_none_any_more() -> None:
    text = faulty(GOOD, "  memory_limiter:\n", "  batch:\n  memory_limiter:\n")
    last = faulty(text, SAMPLING, "processors: [memory_limiter, tail_sampling/errors, batch]")
    deprecated = ("otel-collector/deprecated-component", line_of(last, "  batch:\n  mem"))
    assert places(check(files(PATH, last))) == [deprecated]
    early = faulty(text, SAMPLING, "processors: [memory_limiter, batch, tail_sampling/errors]")
    order = ("otel-collector/processor-order", line_of(early, ", batch,"))
    assert places(check(files(PATH, early))) == [deprecated, order]


@pytest.mark.parametrize("name", ["otlp", "otlphttp"])
def test_the_old_name_of_an_exporter_is_noted(name: str) -> None:
    text = GOOD.replace("otlp_http", name)
    (found,) = check(files(PATH, text))
    assert (found.rule, found.severity) == ("otel-collector/deprecated-component", Severity.NOTE)


@pytest.mark.parametrize("name", ["filelog", "host_metrics", "hostmetrics", "k8s_cluster", "nop"])
def test_a_receiver_is_known_by_its_old_and_its_new_name(name: str) -> None:
    assert check(files(PATH, GOOD.replace("file_log", name))) == []


def test_a_component_that_no_distribution_has_is_noted() -> None:
    text = GOOD.replace("file_log", "shop_log")
    (found,) = check(files(PATH, text))
    assert (found.rule, found.severity) == ("otel-collector/unknown-component", Severity.NOTE)
    assert found.message == (
        "The receiver shop_log is not known to the core and contrib distributions."
    )


def test_settings_from_another_file_are_not_looked_for() -> None:
    text = faulty(GOOD, "  span_metrics:\n", "  span_metrics: ${file:span-metrics.yaml}\n")
    text = faulty(text, "receivers:\n  otlp:\n", "receivers:\n  otlp: ${file:otlp.yaml}\n  nop:\n")
    assert [each.rule for each in check(files(PATH, text))] == ["otel-collector/unused-component"]


def test_a_pipeline_without_a_memory_limit_is_noted() -> None:
    text = faulty(GOOD, SAMPLING, "processors: [tail_sampling/errors]")
    expected = ("otel-collector/no-memory-limiter", line_of(text, "    traces:"))
    assert places(check(files(PATH, text))) == [expected]


def test_two_pipelines_may_not_feed_each_other() -> None:
    text = (
        "receivers: {nop: }\nexporters: {debug: }\nconnectors: {forward/a: , forward/b: }\n"
        "service:\n  pipelines:\n"
        "    logs/a: {receivers: [nop, forward/a], exporters: [forward/b, debug]}\n"
        "    logs/b: {receivers: [forward/b], exporters: [forward/a]}\n"
    )
    (found,) = errors(check(files(PATH, text)))
    assert found.rule == "otel-collector/pipeline-cycle"
    assert {"logs/a", "logs/b", "forward/a", "forward/b"} <= set(found.message[:-1].split())


@pytest.mark.parametrize("old", ["receivers: {otlp: }", "service: {pipelines: }", "service: "])
def test_a_configuration_without_pipelines_is_an_error(old: str) -> None:
    assert places(check(files(PATH, old))) == [("otel-collector/missing-field", 1)]


@pytest.mark.parametrize("text", ["- a\n", "a\n", f"{GOOD}---\n{GOOD}", "# nothing\n"])
def test_a_configuration_is_one_mapping(text: str) -> None:
    assert places(check(files(PATH, text))) == [("otel-collector/one-document", None)]


def test_what_stands_beside_the_configuration_is_not_checked() -> None:
    answer = [ArtifactFile(PATH, GOOD), ArtifactFile("compose.yaml", "a: [")]
    assert places(check(answer)) == [("otel-collector/other-file", None)]
    assert places(errors(check(answer[1:]))) == [("otel-collector/no-file", None)]


@pytest.mark.parametrize("name", ["otel/otel-collector.yaml", "config.yaml", "collector-a.yml"])
def test_a_configuration_may_be_called_otherwise(name: str) -> None:
    assert check(files(name, GOOD)) == []


@pytest.mark.parametrize(
    "text",
    [
        "receivers: {" + ", ".join(f"a{n}: " for n in range(20_000)) + "}",
        "connectors: {forward: }\nservice:\n  pipelines:\n"
        + "".join(
            f"    logs/{n}: {{receivers: [forward], exporters: [forward]}}\n" for n in range(4_000)
        ),
        "service: {pipelines: {logs: {receivers: [" + "a, " * 40_000 + "a]}}}",
        "receivers: {otlp: {a: '" + "$" * 400_000 + "'}}",
        "receivers: {otlp: {a: '" + "${A" * 100_000 + "'}}",
        "receivers: {" + "a" * 400_000 + ": }",
    ],
    ids=["many", "circles", "long list", "dollars", "braces", "long name"],
)
def test_a_hostile_configuration_is_looked_through_in_linear_time(text: str) -> None:
    assert 0 < len(check(files(PATH, text))) <= 300
