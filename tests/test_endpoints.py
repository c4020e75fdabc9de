"""What endpoints say of themselves, and what becomes of an Ollama that nobody set up."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync

from webapp.cache import open_cache
from webapp.domain.endpoint import Endpoint, EndpointView, Health
from webapp.domain.errors import InvalidSpec
from webapp.endpoints import LONGEST_MODEL, MOST_MODELS, Prober
from webapp.fake_provider import FakeProvider
from webapp.fake_provider.behaviour import Behaviour
from webapp.settings import Settings


@pytest.fixture
def prober(tmp_path: Path) -> Prober:
    return Prober(open_cache(tmp_path / "cache", ttl_s=60))


@pytest.fixture
def deaf() -> Iterator[str]:
    """An address that refuses every connection."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def ollama_at(url: str) -> Endpoint:
    """The Ollama that is looked for, looked for elsewhere."""
    endpoint = next(e for e in Settings(_env_file=None).endpoints if e.name == "ollama")
    return replace(endpoint, base_url=url, is_looked_for=True, missing=None)


def openai_at(url: str) -> Endpoint:
    settings = Settings(_env_file=None, openai_base_url=f"{url}/v1")
    return next(e for e in settings.endpoints if e.name == "openai")


def probe(prober: Prober, endpoint: Endpoint) -> Health:
    return async_to_sync(prober.probe)(endpoint)


def view(prober: Prober, endpoint: Endpoint) -> EndpointView:
    return async_to_sync(prober.view)(endpoint)


def test_an_ollama_that_listens_is_there_without_being_set_up(
    prober: Prober, llm: FakeProvider
) -> None:
    found = view(prober, ollama_at(llm.url))
    assert found.is_there
    assert found.health is not None
    assert found.health.models
    async_to_sync(prober.require)([ollama_at(llm.url)])


def test_an_ollama_that_does_not_listen_is_not_there_and_says_what_to_do(
    prober: Prober, deaf: str
) -> None:
    found = view(prober, ollama_at(deaf))
    place = deaf.removeprefix("http://")
    assert not found.is_there
    assert found.health is not None
    assert found.health.sentence == (f"Not found on {place}: start Ollama, or set OLLAMA_HOST.")
    with pytest.raises(InvalidSpec) as caught:
        async_to_sync(prober.require)([ollama_at(deaf)])
    assert caught.value.errors == {
        "models": f"ollama is not found on {place}: start Ollama, or set OLLAMA_HOST."
    }


def test_an_ollama_that_was_started_since_is_found_at_once(
    prober: Prober, llm: FakeProvider
) -> None:
    endpoint = ollama_at(llm.url)
    llm.will_reply(500)
    assert not view(prober, endpoint).is_there
    assert not view(prober, endpoint).is_there  # a page does not ask again within 30 s
    async_to_sync(prober.require)([endpoint])
    assert view(prober, endpoint).is_there


def test_what_was_set_up_is_there_even_when_it_is_down(prober: Prober, deaf: str) -> None:
    assert view(prober, openai_at(deaf)).is_there
    assert view(prober, replace(ollama_at(deaf), is_looked_for=False)).is_there
    async_to_sync(prober.require)([openai_at(deaf)])


def test_an_answer_is_remembered_by_pages_and_not_by_a_probe(
    prober: Prober, llm: FakeProvider
) -> None:
    endpoint = openai_at(llm.url)
    for _ in range(3):
        view(prober, endpoint)
    assert len(llm.requests) == 1
    probe(prober, endpoint)
    assert len(llm.requests) == 2


def test_what_is_not_set_up_is_not_asked(prober: Prober) -> None:
    endpoint = next(e for e in Settings(_env_file=None).endpoints if e.name == "anthropic")
    endpoint = replace(endpoint, missing="ANTHROPIC_API_KEY")
    assert view(prober, endpoint).health is None
    assert probe(prober, endpoint).sentence == "Not set up: set ANTHROPIC_API_KEY."


def test_endless_lists_and_names_of_models_are_cut(prober: Prober) -> None:
    names = ("", "x" * (LONGEST_MODEL + 1), *(f"m{n}" for n in range(MOST_MODELS + 5)))
    with FakeProvider(Behaviour(models=names)) as llm:
        models = probe(prober, openai_at(llm.url)).models
    assert models == tuple(f"m{n}" for n in range(MOST_MODELS))
