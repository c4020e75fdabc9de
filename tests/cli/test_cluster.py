"""The whole product on a PostgreSQL, as it is set up on more than one machine."""

import subprocess
from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest

from tests.postgres_server import PASSWORD, PostgresServer
from tests.processes import Running, wait_until

FORM = {"brief": "A shop.", "kinds": "dockerfile", "models": "blueprint", "samples": "3"}
HEADERS = {"Sec-Fetch-Site": "same-origin"}
Omni = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """A database that nobody has made tables in."""
    with postgres.empty_database() as url:
        yield url


def test_tables_are_made_once_and_then_everything_starts(
    omni: Omni, start: Callable[..., Running]
) -> None:
    for words in (("serve",), ("runner",), ("cache", "stats")):
        refused = omni(*words)
        assert refused.returncode == 1
        assert "run `omni db upgrade`" in refused.stderr
        assert "Traceback" not in refused.stderr
    for _ in range(2):
        assert omni("db", "upgrade").returncode == 0
    first, second = start("serve"), start("runner")
    wait_until(lambda: " works" in second.err.read_text())
    url = first.url()
    batch = url + httpx.post(f"{url}/batches", data=FORM, headers=HEADERS).headers["Location"]
    wait_until(lambda: "3 succeeded" in httpx.get(batch).text)
    doctor = omni("doctor")
    assert (doctor.returncode, doctor.stderr) == (0, "")
    assert "pg_dump" in omni("db", "backup", "copy").stderr


def test_a_database_that_does_not_answer_is_one_sentence(omni: Omni, database_url: str) -> None:
    nowhere = database_url.replace(database_url.split(":")[-1].split("/")[0], "9")
    for words in (("serve",), ("runner",), ("db", "upgrade"), ("doctor",)):
        refused = omni(*words, OMNI_DATABASE_URL=nowhere)
        assert refused.returncode == 1
        assert "database" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert PASSWORD not in refused.stderr + refused.stdout


def test_pages_say_that_the_database_is_gone_and_go_on_when_it_is_back(
    omni: Omni, start: Callable[..., Running], postgres: PostgresServer, database_url: str
) -> None:
    omni("db", "upgrade")
    url, name = start("serve").url(), database_url.rpartition("/")[2]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        refused = httpx.post(f"{url}/batches", data=FORM, headers=HEADERS)
        assert refused.status_code == 503
        assert "nothing was saved" in refused.text
        assert refused.headers["Retry-After"] == "5"
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    wait_until(lambda: httpx.post(f"{url}/batches", data=FORM, headers=HEADERS).status_code == 303)
