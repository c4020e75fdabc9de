"""Names of images: what of them two artifacts have to agree on, and whose they are."""

import re

from webapp.artifacts.backing_services import BACKING

# What stands beside an application, by the last part of the image's name.
_FOREIGN = frozenset(
    {backing.image.rpartition("/")[2].partition(":")[0] for backing in BACKING.values()}
    | {"adminer", "alertmanager", "alpine", "busybox", "caddy", "cadvisor", "clickhouse"}
    | {"cloud-sql-proxy", "cloudsql-proxy", "consul", "curl", "docker", "envoy"}
    | {"etcd", "fluent-bit", "fluentd", "grafana", "haproxy", "jaeger", "kafka", "keycloak"}
    | {"localstack", "loki", "mailhog", "mailpit", "mariadb", "memcached", "minio", "mongo"}
    | {"mssql", "mysql", "nats", "nginx", "opensearch", "opentelemetry-collector", "percona"}
    | {"opentelemetry-collector-contrib", "opentelemetry-collector-k8s", "otelcol", "pgadmin4"}
    | {"pgbouncer", "phpmyadmin", "postgis", "postgres", "prometheus", "promtail", "rabbitmq"}
    | {"redis", "redis-stack", "tempo", "traefik", "valkey", "vault", "zookeeper"}
)
_VERSION = re.compile(r"v?[0-9]{1,6}(?:\.[0-9]{1,6}){1,3}(?:[-.+][0-9A-Za-z.-]{1,40})?")


def repository(image: str) -> str | None:
    """The last part of an image's name without tag; None where it is only known later."""
    last = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    return last if last and not set("${}<>") & set(last) else None


def version(image: str) -> str | None:
    """The tag of an image if it is a version number, else None."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag if _VERSION.fullmatch(tag) else None


def is_foreign(image: str) -> bool:
    """Whether an image is one that many know: a database, a proxy, a collector."""
    name = repository(image)
    return name is not None and (name in _FOREIGN or name.endswith(("-exporter", "_exporter")))


def is_named_as(image: str, service: str) -> bool:
    """Whether an image is that of a service that templates know, such as `postgresql`."""
    name = repository(image) or ""
    known = BACKING.get(service)
    own = {service, known.name if known else service}
    if known:
        own.add(repository(known.image) or service)
    return any(word in name for word in own)
