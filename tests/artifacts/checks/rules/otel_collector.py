"""Pairs for the rules of the Collector's configuration."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.otel_collector import check

PATH = "otel-collector.yaml"
GOOD = sample("shop.otel.yaml")
STORAGE, EXPORTER, LIMITER = "  file_storage:\n", "  otlp_http:\n", "  memory_limiter:\n"
SAMPLING = "processors: [memory_limiter, tail_sampling/errors]"
FILES = "    logs/files:\n"
OTLP = "${env:POD_IP}:4317"
TEMPO = "endpoint: tempo:4317"
NO_CHECK = "    tls: {insecure_skip_verify: WORD}"
swap = swaps(PATH, GOOD)

CHECK = check
PAIRS = {
    "otel-collector/no-file": Pair({"a.txt": GOOD}, {"config.yaml": GOOD}),
    "otel-collector/other-file": Pair({PATH: GOOD, "compose.yaml": "a: 1\n"}, {PATH: GOOD}),
    "otel-collector/one-document": texts(PATH, f"{GOOD}---\n{GOOD}", f"---\n{GOOD}"),
    "otel-collector/unknown-field": swap(
        "  telemetry:\n", "  telemetri:\n", "  telemetry: # not telemetri\n"
    ),
    "otel-collector/missing-field": swap(
        "      exporters: [otlp_http]\n", "", "      exporters: ['otlp_http']\n"
    ),
    "otel-collector/wrong-type": swap(
        "receivers: [file_log]", "receivers: file_log", "receivers: ['file_log']"
    ),
    "otel-collector/component-name": swap(
        STORAGE, f"  file storage:\n{STORAGE}", f"  file_storage/a:\n    directory: /a\n{STORAGE}"
    ),
    "otel-collector/pipeline-name": swap(FILES, "    log/files:\n", "    logs/file:\n"),
    "otel-collector/undefined-component": swap("[otlp_http]", "[debug]", "['otlp_http']"),
    "otel-collector/repeated-processor": swap(
        SAMPLING, f"{SAMPLING[:-1]}, memory_limiter]", SAMPLING
    ),
    "otel-collector/ambiguous-component": swap(
        EXPORTER, f"  span_metrics: {{}}\n{EXPORTER}", f"  debug: {{}}\n{EXPORTER}"
    ),
    "otel-collector/half-connector": swap(
        "[otlp, prometheus/shop, span_metrics]",
        "[otlp, prometheus/shop]",
        "[prometheus/shop, span_metrics]",
    ),
    "otel-collector/pipeline-cycle": swap(
        "exporters: [prometheus_remote_write]",
        "exporters: [span_metrics]",
        "exporters: ['prometheus_remote_write']",
    ),
    "otel-collector/wrong-signal": swap(
        "receivers: [file_log]", "receivers: [prometheus/shop]", "receivers: [file_log, otlp]"
    ),
    "otel-collector/unused-component": swap(
        STORAGE, f"  pprof:\n{STORAGE}", f"  # pprof:\n{STORAGE}"
    ),
    "otel-collector/literal-secret": swap(
        "Bearer ${env:LOKI_TOKEN}", "Bearer abc", "Bearer ${file:/token}"
    ),
    "otel-collector/old-variable": swap(OTLP, "${POD_IP}:4317", "${env:POD_IP:-a}:4317"),
    "otel-collector/every-address": swap(OTLP, "0.0.0.0:4317", "127.0.0.1:4317"),
    "otel-collector/processor-order": swap(
        SAMPLING, "processors: [tail_sampling/errors, memory_limiter]", SAMPLING
    ),
    "otel-collector/telemetry-address": swap(
        "level: normal", "address: localhost:8888", "level: detailed"
    ),
    "otel-collector/no-memory-limiter": swap(
        SAMPLING, "processors: [tail_sampling/errors]", SAMPLING
    ),
    "otel-collector/missing-setting": swap(
        "    check_interval: 1s\n", "", "    check_interval: 2s\n"
    ),
    "otel-collector/no-verification": swap(
        TEMPO,
        f"{TEMPO}\n{NO_CHECK.replace('WORD', 'true')}",
        f"{TEMPO}\n{NO_CHECK.replace('WORD', 'false')}",
    ),
    "otel-collector/removed-component": swap(
        EXPORTER, f"  logging:\n{EXPORTER}", f"  debug:\n{EXPORTER}"
    ),
    "otel-collector/deprecated-component": swap(
        LIMITER, f"  batch:\n{LIMITER}", f"  filter:\n{LIMITER}"
    ),
    "otel-collector/unknown-component": swap(
        STORAGE, f"  file_storages:\n{STORAGE}", f"  pprof:\n{STORAGE}"
    ),
}
