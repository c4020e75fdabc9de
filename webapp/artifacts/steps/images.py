"""Images that many projects use, and what a step must leave to them."""

from webapp.artifacts.backing import BACKING

# They keep data, and start as root to give their folder away before they step down.
_DATABASES = frozenset(
    {service.image.rpartition("/")[2].partition(":")[0] for service in BACKING.values()}
    | {"postgresql", "postgis", "timescaledb", "pgvector", "mongodb", "valkey", "keydb"}
    | {"influxdb", "cassandra", "couchdb", "clickhouse-server", "neo4j", "opensearch"}
    | {"kafka", "zookeeper", "nats", "minio", "etcd", "percona", "cockroach"}
)
_STARTS_AS_ROOT = frozenset(
    {"nginx", "httpd", "haproxy", "traefik", "caddy", "varnish", "wordpress", "nextcloud", "ghost"}
    | {"drupal", "joomla", "gitea", "registry", "vault", "consul", "pihole", "mosquitto"}
)


def base_name(image: str) -> str:
    """The last part of an image's name, without registry, tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def is_database(image: str) -> bool:
    """Whether it is known to keep data or messages for others."""
    return base_name(image) in _DATABASES


def starts_as_root(image: str) -> bool:
    """Whether it is known to need root at its start."""
    return is_database(image) or base_name(image) in _STARTS_AS_ROOT
