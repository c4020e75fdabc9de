"""Fixtures: everything here is the real thing, on a folder or a port of its own."""

import gc
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.postgres_server import PostgresServer, postgres_server
from tests.processes import DEADLINE_S, OMNI, Running, plain_environment
from webapp import create_app
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import ROOT, Settings
from webapp.store.database import Store

# A shell ignores Ctrl-C for what it starts with “&”, and what we start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave the 14,000 tests out of collections: to look at them stops all threads for a second."""
    gc.freeze()


@pytest.fixture
def llm() -> Iterator[FakeProvider]:
    """A provider on a free local port that records what it gets and says what it is told to."""
    with FakeProvider() as fake:
        yield fake


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that lasts for all tests."""
    with postgres_server() as server:
        server.make_template()
        yield server


@pytest.fixture
def database_url() -> str | None:
    """Where the database is, if it is no file; folders whose tests run on both say so."""
    return None


@pytest.fixture
def settings(tmp_path: Path, database_url: str | None) -> Settings:
    """Settings over a data folder of the test's own; no key, no network."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        database_url=database_url,
        find_ollama=False,
        full_checks=False,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The web application over these settings."""
    app = create_app(settings)
    yield app
    app.extensions["store"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def service(app: Flask) -> Service:
    """The service behind the application."""
    service: Service = app.extensions["service"]
    return service


@pytest.fixture
def store(service: Service) -> Store:
    """The store behind the application."""
    return service.store


@pytest.fixture
def env(tmp_path: Path, database_url: str | None) -> dict[str, str]:
    """An environment in which nothing is set but a data folder of the test's own."""
    place = {"OMNI_DATA_DIR": str(tmp_path / "data"), "OMNI_DATABASE_URL": database_url or ""}
    return plain_environment() | place | {"OMNI_PORT": "0"}


@pytest.fixture
def start(env: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start `omni` with these words and further variables; it is killed after the test."""
    started: list[Running] = []

    def begin(*words: str, **variables: str) -> Running:
        out, err = (tmp_path / f"{name}{len(started)}.txt" for name in ("out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [*OMNI, *words], env=env | variables, cwd=ROOT, stdout=stdout, stderr=stderr
            )
        started.append(Running(process, out, err))
        return started[-1]

    yield begin
    for running in started:
        running.process.kill()
        running.process.wait()


@pytest.fixture
def omni(env: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `omni` with these words and further variables to its end."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*OMNI, *words],
            env=env | variables,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )

    return run
