import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.chunks import event
from tests.providers.wire import (
    KEY,
    REQUEST,
    Seen,
    answer_to,
    asked,
    chunked,
    error_of,
    health_of,
    http,
)
from webapp.domain.endpoint import EndpointType
from webapp.providers.base import Done, ErrorKind, FinishReason, GenerationRequest

GEMINI = EndpointType.GEMINI


def piece(*parts: dict[str, Any], reason: str | None = None, **usage: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}
    return {"candidates": [candidate], "usageMetadata": usage}


HELLO = chunked(event(piece({"text": "Hel"}), piece({"text": "lo"}, reason="STOP")))
FULL = replace(REQUEST, temperature=0.0, seed=1, schema={"type": "object"})


def told(*messages: dict[str, Any]) -> tuple[str, Done]:
    return answer_to(chunked(event(*messages)), kind=GEMINI)


def sent(
    request: GenerationRequest, *replies: bytes, **wire: Any
) -> tuple[list[Seen], tuple[str, ...]]:
    seen, done = asked(GEMINI, replies or (HELLO,), request, **wire)
    return seen, done.warnings


def test_the_model_is_in_the_path_and_the_key_in_a_header() -> None:
    (seen,), warnings = sent(FULL)
    assert seen.path == "/v1/models/some-model:streamGenerateContent?alt=sse"
    assert seen.payload == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "Say hello."}]}],
        "generationConfig": {
            "maxOutputTokens": 100,
            "temperature": 0.0,
            "seed": 1,
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
        },
    }
    assert seen.headers["x-goog-api-key"] == KEY
    assert "authorization" not in seen.headers
    assert warnings == ()


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("models/some-model", "some-model"),
        ("models/models/x", "models%2Fx"),
        ("../x?y#z", "..%2Fx%3Fy%23z"),
    ],
)
def test_a_model_is_one_segment_of_the_path(model: str, path: str) -> None:
    (seen,), _ = sent(replace(REQUEST, model=model), api_version="v1beta")
    assert seen.path == f"/v1beta/models/{path}:streamGenerateContent?alt=sse"


@pytest.mark.parametrize("word", ["responseMimeType", "response_json_schema"])
def test_a_version_without_schemas_gets_none(word: str) -> None:
    message = f"Unknown name \"{word}\" at 'generation_config': Cannot find field."
    refusal = http(400, {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}})
    (_, second), warnings = sent(FULL, refusal, HELLO)
    assert set(second.payload["generationConfig"]) == {"maxOutputTokens", "temperature", "seed"}
    assert warnings == ("some-model takes no JSON schema: only the prompt asked for the form.",)


def test_thoughts_are_left_out() -> None:
    text, _ = told(piece({"text": "hm", "thought": True}, {"text": "x"}, reason="STOP"))
    assert text == "x"


@pytest.mark.parametrize(
    ("usages", "counts"),
    [
        (
            (
                {"promptTokenCount": 5, "candidatesTokenCount": 1},
                {"promptTokenCount": 5, "candidatesTokenCount": 3, "thoughtsTokenCount": 40},
            ),
            (5, 43),
        ),
        (({"promptTokenCount": 5, "thoughtsTokenCount": 40}, {}), (5, 40)),
        (({"promptTokenCount": 5}, {}), (5, None)),
        (({}, {}), (None, None)),
    ],
)
def test_counts_are_those_of_the_last_piece_with_the_thoughts(
    usages: tuple[dict[str, Any], dict[str, Any]], counts: tuple[int | None, int | None]
) -> None:
    _, done = told(piece({"text": "x"}, **usages[0]), piece(reason="STOP", **usages[1]))
    assert (done.input_tokens, done.output_tokens) == counts


@pytest.mark.parametrize(("cached", "expected"), [(4, 4), (0, 0), (6, None), ("4", None)])
def test_what_the_cache_gave_is_a_part_of_the_prompt(cached: object, expected: int | None) -> None:
    usage = {"promptTokenCount": 5, "cachedContentTokenCount": cached}
    _, done = told(piece({"text": "x"}, reason="STOP", **usage))
    assert (done.input_tokens, done.cached_tokens) == (5, expected)


@pytest.mark.parametrize(
    ("expected", "reasons"),
    [
        (FinishReason.STOP, "STOP"),
        (FinishReason.LENGTH, "MAX_TOKENS"),
        (
            FinishReason.FILTERED,
            "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII LANGUAGE MODEL_ARMOR ESCALATION",
        ),
        (
            FinishReason.ERROR,
            "MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS "
            "MISSING_THOUGHT_SIGNATURE MALFORMED_RESPONSE OTHER FINISH_REASON_UNSPECIFIED",
        ),
        (FinishReason.OTHER, "IMAGE_SAFETY NO_IMAGE CONTINUATION A_NEW_ONE"),
    ],
)
def test_a_finish_reason_keeps_its_raw_value(expected: FinishReason, reasons: str) -> None:
    for reason in reasons.split():
        _, done = told(piece({"text": "x"}, reason=reason))
        assert (done.finish_reason, done.raw_finish_reason) == (expected, reason)


def test_a_limit_used_up_by_thoughts_is_said() -> None:
    _, done = told({"candidates": [{"finishReason": "MAX_TOKENS"}]})
    assert done.warnings == ("Reasoning used up the whole output limit: raise it.",)


def test_a_blocked_prompt_is_refused_with_their_words() -> None:
    feedback = {"blockReason": "SAFETY", "blockReasonMessage": "No."}
    error = error_of(chunked(event({"promptFeedback": feedback})), kind=GEMINI)
    assert (error.kind, error.provider_message) == (ErrorKind.REFUSED, "No.")


def page(*names: str, **more: Any) -> bytes:
    models = [
        {"name": f"models/{name}", "supportedGenerationMethods": ["generateContent", "x"]}
        for name in names
    ]
    embedding = {"name": "models/e", "supportedGenerationMethods": ["embedContent"]}
    return http(200, {"models": [*models, embedding], **more})


def test_the_models_that_write_come_in_pages() -> None:
    health, seen = asyncio.run(health_of(GEMINI, page("a", nextPageToken="t&2"), page("b")))
    assert (health.is_ok, health.models) == (True, ("a", "b"))
    assert [each.path for each in seen] == [
        "/v1/models?pageSize=1000",
        "/v1/models?pageSize=1000&pageToken=t%262",
    ]
    assert seen[0].headers["x-goog-api-key"] == KEY
