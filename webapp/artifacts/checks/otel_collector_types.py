"""Which components there are: what was removed or renamed, and what the distributions lack."""

from collections.abc import Iterator, Mapping

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.otel_collector_file import Collector, Component
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "otel-collector/removed-component": Severity.ERROR,
    "otel-collector/deprecated-component": Severity.NOTE,
    "otel-collector/unknown-component": Severity.NOTE,
}
_REMOVED = {
    ("exporters", "jaeger"): "Jaeger takes OTLP: use otlp_grpc",
    ("exporters", "jaeger_thrift"): "Jaeger takes OTLP: use otlp_grpc",
    ("exporters", "logging"): "use debug",
    ("exporters", "loki"): "Loki takes OTLP: use otlp_http with its path /otlp",
    ("exporters", "opencensus"): "use otlp_grpc",
    ("extensions", "memory_ballast"): "set the variable GOMEMLIMIT, and use memory_limiter",
    ("processors", "routing"): "there is a connector of this name",
    ("processors", "servicegraph"): "there is a connector of this name",
    ("processors", "spanmetrics"): "there is a connector of this name",
    ("receivers", "opencensus"): "use otlp",
}
_DEPRECATED = {
    ("exporters", "otlp"): "otlp_grpc is its name since version 0.144",
    ("exporters", "otlphttp"): "otlp_http is its name since version 0.144",
    ("processors", "batch"): "let the exporters do it (sending_queue: batch)",
}
# Those of the core and contrib distributions in version 0.157, without the underscores, which
# their names are just being given.
_NAMES = {
    "receivers": (
        "activedirectoryds aerospike apache apachespark awscloudwatch awscontainerinsight "
        "awscontainerinsightreceiver awsecscontainermetrics awsfirehose awss3 awsxray azureblob "
        "azureeventhub azuremonitor bigip carbon chrony ciscoos cloudflare cloudfoundry collectd "
        "couchdb datadog dockerstats elasticsearch envoyals expvar faro filelog filestats "
        "flinkmetrics fluentforward github gitlab googlecloudmonitoring googlecloudpubsub "
        "googlecloudspanner haproxy hostmetrics httpcheck huaweicloudces iis influxdb jaeger jmx "
        "journald k8scluster k8sevents k8sobjects kafka kafkametrics kubeletstats libhoney loki "
        "memcached mongodb mongodbatlas mysql namedpipe netflow nginx nop nsxt ntp oracledb "
        "otelarrow otlp otlpjsonfile podmanstats postgresql prometheus prometheusremotewrite "
        "prometheussimple pulsar purefa purefb rabbitmq receivercreator redfish redis riak "
        "saphana signalfx skywalking snmp snowflake solace splunkenterprise splunkhec sqlquery "
        "sqlserver sshcheck statsd stef syslog systemd tcpcheck tcplog tlscheck udplog vcenter "
        "wavefront webhookevent windowseventlog windowsperfcounters zipkin zookeeper"
    ),
    "processors": (
        "attributes batch coralogix cumulativetodelta datadogsemantics deltatocumulative "
        "deltatorate filter geoip groupbyattrs groupbytrace interval isolationforest "
        "k8sattributes logdedup memorylimiter metricsgeneration metricstarttime metricstransform "
        "probabilisticsampler queuebatch redaction remotetap resource resourcedetection schema "
        "span sumologic tailsampling transform unroll"
    ),
    "exporters": (
        "alertmanager alibabacloudlogservice awscloudwatchlogs awsemf awskinesis awss3 awsxray "
        "azureblob azuredataexplorer azuremonitor bmchelix carbon cassandra clickhouse coralogix "
        "datadog dataset debug doris elasticsearch faro file googlecloud googlecloudpubsub "
        "googlecloudstorage googlemanagedprometheus honeycombmarker influxdb kafka loadbalancing "
        "logicmonitor logzio mezmo nop opensearch otelarrow otlp otlpgrpc otlphttp prometheus "
        "prometheusremotewrite pulsar rabbitmq sapm sentry signalfx splunkhec stef sumologic "
        "syslog tencentcloudlogservice tinybird zipkin"
    ),
    "connectors": (
        "count datadog exceptions failover forward grafanacloud otlpjson roundrobin routing "
        "servicegraph signaltometrics spanmetrics sum"
    ),
    "extensions": (
        "ack asapclient avrologencoding awscloudwatchmetricstreamsencoding awslogsencoding "
        "awsproxy azureauth azureencoding basicauth bearertokenauth cfgardenobserver "
        "cgroupruntime datadog dbstorage dockerobserver ecsobserver ecstaskobserver filestorage "
        "googleclientauth googlecloudlogentryencoding headerssetter healthcheck healthcheckv2 "
        "hostobserver httpforwarder jaegerencoding jaegerremotesampling jsonlogencoding "
        "k8sleaderelector k8sobserver kafkatopicsobserver memorylimiter oauth2client oidc opamp "
        "otlpencoding pprof redisstorage remotetap sigv4auth skywalkingencoding "
        "solarwindsapmsettings sumologic textencoding zipkinencoding zpages"
    ),
}
_KNOWN: Mapping[str, frozenset[str]] = {
    section: frozenset(names.split()) for section, names in _NAMES.items()
}


def types(one: Collector) -> Iterator[Finding]:
    """Components that were removed, will be, or are in none of the usual distributions."""
    for component in one.components:
        key = component.section, component.type
        shown, place = shortened(component.type), component.section.removesuffix("s")
        if key in _REMOVED:
            message = f"The {place} {shown} was removed from the Collector: {_REMOVED[key]}."
            yield _finding("removed-component", one, component, message)
        elif key in _DEPRECATED:
            message = f"The {place} {shown} is deprecated: {_DEPRECATED[key]}."
            yield _finding("deprecated-component", one, component, message)
        elif plain_type(component) not in _KNOWN[component.section]:
            message = f"The {place} {shown} is not known to the core and contrib distributions."
            yield _finding("unknown-component", one, component, message)


def plain_type(component: Component) -> str:
    """The type as it is compared: of old and new names only the underscores differ."""
    return component.type.replace("_", "")


def _finding(rule: str, one: Collector, component: Component, message: str) -> Finding:
    return findings.make(SEVERITY, f"otel-collector/{rule}", one.path, component.line, message)
