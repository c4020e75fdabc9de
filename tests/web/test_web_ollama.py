"""An Ollama that nobody set up, as the form shows it and takes jobs for it."""

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp import create_app
from webapp.domain.endpoint import Endpoint
from webapp.fake_provider import FakeProvider
from webapp.settings import Settings

NOBODY = "No model is set up yet."
JOB = {"brief": "A shop.", "kinds": "dockerfile", "preset": "balanced", "mode": "async"}
Browse = Callable[[str], FlaskClient]


class Elsewhere(Settings):
    """Looks for an Ollama where a test has one, or has none."""

    place: str = ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        found = super().endpoints
        return tuple(replace(e, base_url=self.place) if e.is_looked_for else e for e in found)


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """A browser on a product that looks for an Ollama at this address."""

    def at(place: str) -> FlaskClient:
        settings = Elsewhere(_env_file=None, data_dir=tmp_path / "data", place=place)
        client = create_app(settings).test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return client

    return at


def test_one_that_listens_offers_its_models_and_takes_jobs(
    browse: Browse, llm: FakeProvider
) -> None:
    client = browse(llm.url)
    form = client.get("/").text
    assert 'value="ollama:fake-model' in form
    assert NOBODY not in form
    answer = client.post("/batches", data=JOB | {"models": "ollama:fake-model"})
    assert answer.status_code == 303


def test_one_that_does_not_listen_is_no_fault_until_a_job_is_for_it(browse: Browse) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{bound.getsockname()[1]}"
        client = browse(f"http://{place}")
        form = client.get("/").text
        assert NOBODY in form
        assert f"Not found on {place}: start Ollama, or set OLLAMA_HOST." in form
        assert 'value="ollama:' not in form
        answer = client.post("/batches", data=JOB | {"models": "ollama:llama3.2"})
        assert answer.status_code == 422
        assert f"ollama is not found on {place}: start Ollama, or set OLLAMA_HOST." in answer.text
        assert client.post("/batches", data=JOB | {"models": "blueprint"}).status_code == 303
