"""The databases and queues that templates know, and which variables an application asks them by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webapp.artifacts.checks.literal_secrets import is_literal_secret

_ADDRESS = ("URL", "URI", "DSN")
_SQL = r"(?:SQLALCHEMY_)?DATABASE|DB"


@dataclass(frozen=True, slots=True)
class Backing:
    """One service. `name` is its host name; texts with `$` are filled in by Compose.

    `prefix` and the keys of `variables` make up the names of variables: `DATABASE` and `URL` are
    `DATABASE_URL`. `is_up` is the metric of its usual exporter.
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

    def value(self, variable: str) -> str | None:
        """What a variable of the application must hold to find this service; None if not its own."""
        match = re.fullmatch(rf"(?:{self.prefix})_?({'|'.join(self.variables)})", variable)
        return self.variables[match[1]] if match else None


def required(variable: str) -> str:
    """A variable that Compose demands before it starts anything."""
    return f"${{{variable}:?set {variable} in .env}}"


def _variables(
    name: str, port: int, url: str, *, password: str | None = None, database: str = "app"
) -> dict[str, str]:
    shared = {
        **dict.fromkeys(_ADDRESS, url),
        **dict.fromkeys(("HOST", "HOSTNAME", "SERVER"), name),
        "PORT": str(port),
        **dict.fromkeys(("DB", "NAME", "DATABASE"), database),
    }
    if password is None:
        return shared
    named = dict.fromkeys(("PASSWORD", "PASS"), required(password))
    return shared | dict.fromkeys(("USER", "USERNAME"), "app") | named


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
            password="POSTGRES_PASSWORD",
        ),
        healthcheck=("CMD", "pg_isready", "--username=app", "--dbname=app"),
        environment={
            "POSTGRES_USER": "app",
            "POSTGRES_DB": "app",
            "POSTGRES_PASSWORD": required("POSTGRES_PASSWORD"),
        },
        folder="/var/lib/postgresql/data",
        is_up="pg_up",
    ),
}
