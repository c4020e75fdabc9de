"""The databases and queues that templates know, and by which variables they are found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from webapp.artifacts.language import Language

_ADDRESS = ("URL", "URI", "DSN", "JDBC_URL")
_CONNECTION = ("CONNECTION", "CONFIGURATION")  # as .NET calls an address
_SQL = r"(?:SQLALCHEMY_)?DATABASE|DB|(?:SPRING_|QUARKUS_)?DATASOURCE|JDBC"
_BROKER = r"(?:CELERY_)?BROKER"


@dataclass(frozen=True, slots=True)
class Backing:
    """One service. `name` is its host name; texts with `$` are filled in by Compose.

    `prefix` and the keys of `variables` make up the names of variables: `DATABASE` and `URL` are
    `DATABASE_URL`, the `usual` one for its address. `is_up` is the metric of its usual exporter.
    `addresses` are how the drivers of a language want it, where that is not as others do.
    """

    title: str
    name: str
    image: str
    prefix: str
    variables: Mapping[str, str]
    healthcheck: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    folder: str | None = None
    is_up: str | None = None
    usual: str | None = None
    addresses: Mapping[Language, str] = field(default_factory=dict)

    def value(self, variable: str) -> str | None:
        """What a variable of an application must hold to find this service; None if not its own."""
        match = re.fullmatch(rf"(?:{self.prefix})_?({'|'.join(self.variables)})", variable)
        return self.variables[match[1]] if match else None

    def spoken(self, language: Language | None) -> "Backing":
        """The same with the addresses that the drivers of a language take."""
        if language is None or language not in self.addresses:
            return self
        address = dict.fromkeys((*_ADDRESS, *_CONNECTION), self.addresses[language])
        return replace(self, variables={**self.variables, **address})


def required(variable: str) -> str:
    """A variable that Compose demands before it starts anything."""
    return f"${{{variable}:?set {variable} in .env}}"


def _variables(
    name: str,
    port: int,
    url: str,
    *,
    user: str = "app",
    demands: str | None = None,
    database: str = "app",
) -> dict[str, str]:
    return {
        **dict.fromkeys((*_ADDRESS, *_CONNECTION), url),
        **dict.fromkeys(("ADDR", "ADDRESS", "ENDPOINT"), f"{name}:{port}"),
        **dict.fromkeys(("HOST", "HOSTNAME", "SERVER"), name),
        "PORT": str(port),
        **dict.fromkeys(("DB", "NAME", "DATABASE"), database),
        **dict.fromkeys(("USER", "USERNAME"), user),
        **dict.fromkeys(("PASSWORD", "PASS"), required(demands) if demands else ""),
    }


def _of_sql(scheme: str, port: int, password: str) -> dict[Language, str]:
    """How drivers take the address of a database that is named like the scheme of its addresses."""
    name = "postgres" if scheme == "postgresql" else scheme
    host = "Host" if scheme == "postgresql" else "Server"
    user = "Username" if scheme == "postgresql" else "User"
    found = {
        Language.JAVA: f"jdbc:{scheme}://{name}:{port}/app?user=app&password={required(password)}",
        Language.DOTNET: f"{host}={name};Port={port};Database=app;{user}=app;"
        f"Password={required(password)}",
    }
    if scheme == "postgresql":
        return found
    return found | {Language.GO: f"app:{required(password)}@tcp({name}:{port})/app?parseTime=true"}


# Those that share names of variables stand in the order in which they are likely to be meant.
BACKING: Mapping[str, Backing] = {
    "postgresql": Backing(
        title="PostgreSQL",
        name="postgres",
        image="postgres:17-alpine",
        prefix=rf"{_SQL}|POSTGRES(?:QL)?|PG",
        variables=_variables(
            "postgres",
            5432,
            f"postgresql://app:{required('POSTGRES_PASSWORD')}@postgres:5432/app",
            demands="POSTGRES_PASSWORD",
        ),
        healthcheck=("CMD", "pg_isready", "--username=app", "--dbname=app"),
        environment={
            "POSTGRES_USER": "app",
            "POSTGRES_DB": "app",
            "POSTGRES_PASSWORD": required("POSTGRES_PASSWORD"),
        },
        folder="/var/lib/postgresql/data",
        is_up="pg_up",
        usual="DATABASE_URL",
        addresses=_of_sql("postgresql", 5432, "POSTGRES_PASSWORD"),
    ),
    "mysql": Backing(
        title="MySQL",
        name="mysql",
        image="mysql:8.4",
        prefix=rf"{_SQL}|MYSQL",
        variables=_variables(
            "mysql",
            3306,
            f"mysql://app:{required('MYSQL_PASSWORD')}@mysql:3306/app",
            demands="MYSQL_PASSWORD",
        ),
        # Over TCP: the server that sets up a new folder listens on a socket only.
        healthcheck=("CMD", "mysqladmin", "ping", "--host=127.0.0.1", "--silent"),
        environment={
            "MYSQL_USER": "app",
            "MYSQL_DATABASE": "app",
            "MYSQL_PASSWORD": required("MYSQL_PASSWORD"),
            "MYSQL_ROOT_PASSWORD": required("MYSQL_ROOT_PASSWORD"),
        },
        folder="/var/lib/mysql",
        is_up="mysql_up",
        usual="DATABASE_URL",
        addresses=_of_sql("mysql", 3306, "MYSQL_PASSWORD"),
    ),
    "mariadb": Backing(
        title="MariaDB",
        name="mariadb",
        image="mariadb:11.8",
        prefix=rf"{_SQL}|MARIADB|MYSQL",
        variables=_variables(
            "mariadb",
            3306,
            f"mysql://app:{required('MARIADB_PASSWORD')}@mariadb:3306/app",
            demands="MARIADB_PASSWORD",
        ),
        healthcheck=("CMD", "healthcheck.sh", "--connect", "--innodb_initialized"),
        environment={
            "MARIADB_USER": "app",
            "MARIADB_DATABASE": "app",
            "MARIADB_PASSWORD": required("MARIADB_PASSWORD"),
            "MARIADB_ROOT_PASSWORD": required("MARIADB_ROOT_PASSWORD"),
        },
        folder="/var/lib/mysql",
        is_up="mysql_up",
        usual="DATABASE_URL",
        addresses=_of_sql("mariadb", 3306, "MARIADB_PASSWORD"),
    ),
    "mongodb": Backing(
        title="MongoDB",
        name="mongodb",
        image="mongo:8.0",
        prefix=rf"{_SQL}|MONGO(?:DB)?",
        variables=_variables(
            "mongodb",
            27017,
            f"mongodb://app:{required('MONGODB_PASSWORD')}@mongodb:27017/app?authSource=admin",
            demands="MONGODB_PASSWORD",
        ),
        healthcheck=(
            "CMD",
            "mongosh",
            "--quiet",
            "--eval",
            "quit(db.adminCommand('ping').ok ? 0 : 1)",
        ),
        environment={
            "MONGO_INITDB_ROOT_USERNAME": "app",
            "MONGO_INITDB_ROOT_PASSWORD": required("MONGODB_PASSWORD"),
        },
        folder="/data/db",
        is_up="mongodb_up",
    ),
    "rabbitmq": Backing(
        title="RabbitMQ",
        name="rabbitmq",
        image="rabbitmq:4.1-alpine",
        prefix=rf"RABBIT(?:MQ)?|AMQP|{_BROKER}",
        variables=_variables(
            "rabbitmq",
            5672,
            f"amqp://app:{required('RABBITMQ_PASSWORD')}@rabbitmq:5672/",
            demands="RABBITMQ_PASSWORD",
        )
        | {"VHOST": "/"},
        healthcheck=("CMD", "rabbitmq-diagnostics", "--quiet", "check_port_connectivity"),
        environment={
            # Its data belong to this name, and a new container has a new host name.
            "RABBITMQ_NODENAME": "rabbit@localhost",
            "RABBITMQ_DEFAULT_USER": "app",
            "RABBITMQ_DEFAULT_PASS": required("RABBITMQ_PASSWORD"),
        },
        folder="/var/lib/rabbitmq",
    ),
    "redis": Backing(
        title="Redis",
        name="redis",
        image="redis:8-alpine",
        prefix=rf"REDIS|CACHE|{_BROKER}|(?:CELERY_)?RESULT",
        variables=_variables("redis", 6379, "redis://redis:6379/0", user="", database="0")
        | {"BACKEND": "redis://redis:6379/0"},
        healthcheck=("CMD", "redis-cli", "-e", "ping"),
        command=("redis-server", "--appendonly", "yes"),
        addresses={Language.DOTNET: "redis:6379"},
        folder="/data",
        is_up="redis_up",
    ),
    "memcached": Backing(
        title="Memcached",
        name="memcached",
        image="memcached:1.6-alpine",
        prefix=r"MEMCACHED?|CACHE",
        variables=_variables("memcached", 11211, "memcached://memcached:11211", user="")
        | dict.fromkeys(("SERVERS", "LOCATION"), "memcached:11211"),
        healthcheck=("CMD-SHELL", "echo version | nc -w 2 127.0.0.1 11211 | grep -q VERSION"),
        command=("memcached", "--memory-limit=64"),
        is_up="memcached_up",
    ),
    "elasticsearch": Backing(
        title="Elasticsearch",
        name="elasticsearch",
        image="docker.elastic.co/elasticsearch/elasticsearch:9.5.3",
        prefix=r"ELASTIC(?:SEARCH)?|ES",
        variables=_variables(
            "elasticsearch",
            9200,
            f"http://elastic:{required('ELASTIC_PASSWORD')}@elasticsearch:9200",
            user="elastic",
            demands="ELASTIC_PASSWORD",
        )
        | dict.fromkeys(("NODE", "NODES", "HOSTS"), "http://elasticsearch:9200"),
        healthcheck=(
            "CMD-SHELL",
            'curl --silent --fail --user "elastic:$$ELASTIC_PASSWORD" '
            "'http://localhost:9200/_cluster/health?wait_for_status=yellow&timeout=2s'",
        ),
        environment={
            "discovery.type": "single-node",
            "ELASTIC_PASSWORD": required("ELASTIC_PASSWORD"),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
            "xpack.security.http.ssl.enabled": "false",
        },
        folder="/usr/share/elasticsearch/data",
    ),
}
