"""A browser, a batch, and a runner moved by hand."""

import pytest
from asgiref.sync import async_to_sync
from flask import Flask
from flask.testing import FlaskClient

from tests.web.hand import Hand
from webapp.domain.batch import BatchSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.service import Service
from webapp.store.database import Store

BRIEF = "A Flask shop on port 8000 with PostgreSQL."
KINDS = ("dockerfile", "compose", "prometheus-rules")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript that is on a page of ours."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


@pytest.fixture
def htmx(app: Flask) -> FlaskClient:
    """The same browser when htmx asks."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    client.environ_base["HTTP_HX_REQUEST"] = "true"
    return client


@pytest.fixture
def batch_id(service: Service) -> str:
    """A batch of three jobs for the blueprint, all queued."""
    kinds = [KindChoice(kind) for kind in KINDS]
    jobs = matrix(BRIEF, kinds, [ModelChoice.parse("blueprint")])
    spec = BatchSpec(brief=BRIEF, jobs=jobs, mode=Mode.ASYNC, concurrency=3)
    return async_to_sync(service.submit)(spec)


@pytest.fixture
def hand(store: Store) -> Hand:
    """A runner moved by hand."""
    return Hand(store)
