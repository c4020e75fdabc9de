"""Fixtures: everything here is the real thing, on a folder or a port of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import create_app
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store.database import Store


@pytest.fixture
def llm() -> Iterator[FakeProvider]:
    """A provider on a free local port that records what it gets and says what it is told to."""
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings over a data folder of the test's own; no key, no network."""
    return Settings(_env_file=None, data_dir=tmp_path / "data")


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The web application over these settings."""
    return create_app(settings)


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
