"""A real model behind the adapters: llama.cpp speaks three of their dialects."""

import asyncio
import json
import re
from dataclasses import dataclass, replace
from typing import Any

import httpx
import jsonschema
import pytest

from tests.peers.servers import KEY, free_port, loading_model
from tests.processes import wait_until
from tests.providers.wire import RELAXED, collect, failure, provider_at
from webapp.domain.endpoint import EndpointType, Health
from webapp.providers.base import Done, ErrorKind, FinishReason, GenerationRequest, ProviderError

PATIENT = replace(RELAXED, first_byte_s=60, total_s=120)
# At temperature 0 the model tells as long a story as it may.
STORY = GenerationRequest("any", "", "Write a long story about the sea.", 60, temperature=0, seed=1)


@dataclass(frozen=True)
class Spoken:
    """A dialect, and what to add to the address for it."""

    kind: EndpointType
    base: str
    wire: dict[str, Any]


CHAT = Spoken(EndpointType.OPENAI, "/v1", {})
RESPONSES = Spoken(EndpointType.OPENAI, "/v1", {"api": "responses"})
# Only the older version takes a temperature.
MESSAGES = Spoken(EndpointType.ANTHROPIC, "", {"api_version": "2023-06-01"})
every_dialect = pytest.mark.parametrize(
    "spoken", [CHAT, RESPONSES, MESSAGES], ids=["chat", "responses", "messages"]
)


def opened(url: str, spoken: Spoken, key: str = KEY) -> Any:
    return provider_at(url + spoken.base, spoken.kind, key=key, deadlines=PATIENT, **spoken.wire)


def ask(url: str, spoken: Spoken, request: GenerationRequest = STORY) -> tuple[list[str], Done]:
    async def asking() -> tuple[list[str], Done]:
        async with opened(url, spoken) as provider:
            return await collect(provider, request)

    return asyncio.run(asking())


def error(
    url: str, spoken: Spoken, request: GenerationRequest = STORY, key: str = KEY
) -> ProviderError:
    async def asking() -> ProviderError:
        async with opened(url, spoken, key) as provider:
            return await failure(provider, request)

    return asyncio.run(asking())


@every_dialect
def test_text_comes_in_pieces_and_ends_at_its_limit(model: str, spoken: Spoken) -> None:
    pieces, done = ask(model, spoken)
    assert len(pieces) > 30
    assert "sea" in "".join(pieces)
    assert done.output_tokens == 60
    assert 0 < (done.input_tokens or 0) < 100
    # Of Responses llama.cpp always says that they are complete.
    expected = FinishReason.STOP if spoken is RESPONSES else FinishReason.LENGTH
    assert done.finish_reason is expected


@every_dialect
def test_a_short_answer_comes_to_its_own_end(model: str, spoken: Spoken) -> None:
    request = replace(STORY, user="Say yes.", max_tokens=400)
    pieces, done = ask(model, spoken, request)
    assert pieces
    assert done.finish_reason is FinishReason.STOP


@every_dialect
def test_the_same_call_tells_the_same_again(model: str, spoken: Spoken) -> None:
    request = replace(STORY, max_tokens=20)
    first, second = (ask(model, spoken, request)[0] for _ in range(2))
    assert first == second


@every_dialect
def test_calls_beyond_its_only_slot_wait_their_turn(model: str, spoken: Spoken) -> None:
    async def crowd() -> list[tuple[list[str], Done]]:
        request = replace(STORY, max_tokens=5)
        async with opened(model, spoken) as provider:
            return await asyncio.gather(*(collect(provider, request) for _ in range(4)))

    assert [done.output_tokens for _, done in asyncio.run(crowd())] == [5] * 4


@every_dialect
def test_a_connection_it_closes_without_a_word_is_no_error(model: str, spoken: Spoken) -> None:
    async def one_by_one() -> None:
        async with opened(model, spoken) as provider:
            for _ in range(20):
                await collect(provider, replace(STORY, max_tokens=1))

    asyncio.run(one_by_one())


@every_dialect
def test_a_cancelled_call_frees_its_slot(model: str, spoken: Spoken) -> None:
    async def leave() -> None:
        async with opened(model, spoken) as provider:
            events = provider.stream(replace(STORY, max_tokens=900))
            await anext(events)
            assert is_busy(model)
            await events.aclose()
            await asyncio.to_thread(wait_until, lambda: not is_busy(model))

    before = tokens_made(model)
    asyncio.run(leave())
    assert tokens_made(model) - before < 450


def get(url: str) -> httpx.Response:
    return httpx.get(url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)


def is_busy(url: str) -> bool:
    busy: bool = get(f"{url}/slots").json()[0]["is_processing"]
    return busy


def tokens_made(url: str) -> int:
    told = re.search(r"^llamacpp:tokens_predicted_total (\d+)", get(f"{url}/metrics").text, re.M)
    assert told is not None
    return int(told[1])


@every_dialect
def test_a_model_that_loads_is_unavailable_until_it_is_there(spoken: Spoken) -> None:
    seen: list[ProviderError] = []

    async def insist(url: str) -> Done:
        async with opened(url, spoken) as provider:
            while True:
                try:
                    return (await collect(provider, replace(STORY, max_tokens=1)))[1]
                except ProviderError as refused:
                    seen.append(refused)

    with loading_model(free_port()) as url:
        assert asyncio.run(asyncio.wait_for(insist(url), 60)).output_tokens == 1
    assert {refused.kind for refused in seen} == {ErrorKind.UNAVAILABLE}
    assert {refused.http_status for refused in seen} == {None, 503}


@every_dialect
def test_a_wrong_key_is_refused(model: str, spoken: Spoken) -> None:
    caught = error(model, spoken, key="wrong")
    assert (caught.kind, caught.http_status) == (ErrorKind.BAD_KEY, 401)


@every_dialect
def test_a_prompt_beyond_the_context_is_rejected(model: str, spoken: Spoken) -> None:
    caught = error(model, spoken, replace(STORY, user="The sea is blue. " * 400))
    assert (caught.kind, caught.http_status) == (ErrorKind.REJECTED, 400)
    assert "exceeds the available context size" in (caught.provider_message or "")


def test_a_schema_is_enforced(model: str) -> None:  # in this dialect only
    schema = {
        "type": "object",
        "properties": {
            "port": {"type": "integer", "minimum": 1, "maximum": 9},
            "name": {"type": "string", "maxLength": 20},
        },
        "required": ["port", "name"],
        "additionalProperties": False,
    }
    pieces, done = ask(model, CHAT, replace(STORY, user="Tell me a joke.", schema=schema))
    assert done.finish_reason is FinishReason.STOP
    jsonschema.validate(json.loads("".join(pieces)), schema)


@every_dialect
def test_its_health_shows_its_model(model: str, spoken: Spoken) -> None:
    async def asking(key: str) -> Health:
        async with opened(model, spoken, key) as provider:
            health: Health = await provider.health()
            return health

    found = asyncio.run(asking(KEY))
    assert found.is_ok, found.sentence
    assert len(found.models) == 1
    assert not asyncio.run(asking("wrong")).is_ok
