import asyncio

from tests.providers.wire import RELAXED, REQUEST, endpoint_at
from webapp.domain.endpoint import Endpoint, EndpointType, Health
from webapp.providers import build_providers
from webapp.providers.anthropic import Anthropic
from webapp.providers.base import Done, FinishReason, Text
from webapp.providers.blueprint import Blueprint
from webapp.providers.gemini import Gemini
from webapp.providers.ollama import Ollama
from webapp.providers.openai import OpenAI
from webapp.providers.transport import open_transports
from webapp.providers.watsonx import Watsonx


def test_the_blueprint_answers_with_what_is_rendered_from_the_user_prompt() -> None:
    async def ask() -> list[Text | Done]:
        return [event async for event in Blueprint(str.upper).stream(REQUEST)]

    assert asyncio.run(ask()) == [Text("SAY HELLO."), Done(FinishReason.STOP)]


def test_the_blueprint_is_always_healthy() -> None:
    health = asyncio.run(Blueprint(str).health())
    assert health == Health(
        "blueprint", True, "Built in: needs no key and no network.", ("blueprint",), 0.0
    )


def test_every_endpoint_that_is_set_up_has_its_provider() -> None:
    async def build() -> dict[str, type]:
        endpoints = [endpoint_at("http://127.0.0.1:9", kind) for kind in EndpointType]
        unset = Endpoint("other", EndpointType.OPENAI, "", None, 1, "", RELAXED, False, "SOME_KEY")
        async with open_transports([*endpoints, unset]) as transports:
            providers = build_providers([*endpoints, unset], transports, str)
            return {name: type(provider) for name, provider in providers.items()}

    assert asyncio.run(build()) == {
        "blueprint": Blueprint,
        "openai": OpenAI,
        "anthropic": Anthropic,
        "gemini": Gemini,
        "watsonx": Watsonx,
        "ollama": Ollama,
    }
