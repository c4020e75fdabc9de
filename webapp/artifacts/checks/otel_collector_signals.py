"""Which signals a component of the Collector knows: it does not start in a pipeline of another."""

from collections.abc import Iterator, Mapping

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.otel_collector_file import Collector, Pipeline
from webapp.domain.artifact import Finding, Severity

SEVERITY = {"otel-collector/wrong-signal": Severity.ERROR}
# Only components that surely know no other signal, by their names without underscores. Those that
# are not here may stand anywhere.
_NAMES = {
    "receivers": {
        "traces": "awsxray jaeger zipkin",
        "metrics": (
            "activedirectoryds aerospike apache apachespark awscontainerinsightreceiver "
            "awsecscontainermetrics bigip carbon chrony collectd couchdb dockerstats elasticsearch "
            "expvar filestats flinkmetrics haproxy httpcheck iis kafkametrics kubeletstats "
            "memcached nginx nsxt ntp podmanstats prometheus prometheusremotewrite "
            "prometheussimple purefa purefb rabbitmq redis riak saphana snmp sshcheck statsd "
            "tcpcheck vcenter windowsperfcounters zookeeper"
        ),
        "metrics, logs": (
            "hostmetrics k8scluster mongodb mysql oracledb postgresql sqlquery sqlserver"
        ),
        "logs": (
            "filelog fluentforward journald k8sevents k8sobjects loki namedpipe syslog tcplog "
            "udplog windowseventlog"
        ),
    },
    "processors": {
        "traces": "groupbytrace span tailsampling",
        "traces, logs": "probabilisticsampler",
        "metrics": (
            "cumulativetodelta deltatocumulative deltatorate interval metricsgeneration "
            "metricstarttime metricstransform"
        ),
        "logs": "logdedup",
    },
    "exporters": {
        "traces": "awsxray zipkin",
        "metrics": "carbon googlemanagedprometheus prometheus prometheusremotewrite",
        "logs": "awscloudwatchlogs syslog",
    },
    # A connector ends a pipeline of one signal and begins one of another.
    "connectors among exporters": {"traces": "exceptions grafanacloud servicegraph spanmetrics"},
    "connectors among receivers": {
        "metrics": "count grafanacloud servicegraph signaltometrics spanmetrics sum",
        "metrics, logs": "exceptions",
    },
}
_KNOWN: Mapping[tuple[str, str], str] = {
    (place, name): signals
    for place, by_signals in _NAMES.items()
    for signals, names in by_signals.items()
    for name in names.split()
}


def signals(one: Collector) -> Iterator[Finding]:
    """Components in pipelines of a signal that they do not know."""
    connectors = one.named("connectors")
    for pipeline in one.pipelines:
        signal = pipeline.name.partition("/")[0].strip()
        for section, name, line in _places(pipeline):
            place = f"connectors among {section}" if name in connectors else section
            known = _KNOWN.get((place, name.partition("/")[0].strip().replace("_", "")))
            if known and signal not in known.split(", "):
                message = (
                    f"“{shortened(name)}” under {section} is for {known}, and this is a pipeline "
                    f"of {shortened(signal)}."
                )
                rule = "otel-collector/wrong-signal"
                yield findings.make(SEVERITY, rule, one.path, line, message)


def _places(pipeline: Pipeline) -> Iterator[tuple[str, str, int]]:
    return (
        (section, use.name, use.line) for section, uses in pipeline.uses.items() for use in uses
    )
