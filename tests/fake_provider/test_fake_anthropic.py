import httpx
import pytest

from tests.fake_provider.forms import ANTHROPIC, LATEST, messages
from webapp.fake_provider import Behaviour, FakeProvider

PATH = "/v1/messages"
HEADERS = {"x-api-key": "k", "anthropic-version": LATEST}
ASKED = ANTHROPIC.ask("Say hello.", False)


def test_a_stream_of_messages_has_its_events_in_order(fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="hello"))
    found = messages(ANTHROPIC.post(fake, streams=True))
    assert [message["type"] for message in found] == [
        "message_start", "content_block_start", "ping", "content_block_delta",
        "content_block_delta", "content_block_stop", "message_delta", "message_stop",
    ]  # fmt: skip
    assert found[0]["message"]["usage"]["input_tokens"] > 0
    assert found[-2]["usage"] == {"output_tokens": 2}


def test_either_header_carries_a_key_and_its_own_one_counts(
    fake: FakeProvider, http: httpx.Client
) -> None:
    fake.set(Behaviour(key="right"))

    def status(**keys: str) -> int:
        headers = {"anthropic-version": LATEST} | {n.replace("_", "-"): k for n, k in keys.items()}
        return http.post(PATH, json=ASKED, headers=headers).status_code

    assert status(x_api_key="right") == status(authorization="Bearer right") == 200
    assert status(x_api_key="wrong", authorization="Bearer right") == 401
    assert status(authorization="Bearer wrong") == 401


def test_without_a_key_nothing_is_answered(http: httpx.Client) -> None:
    reply = http.post(PATH, json=ASKED, headers={"anthropic-version": LATEST})
    assert reply.status_code == 401
    error = {"type": "authentication_error", "message": "x-api-key header is required"}
    assert reply.json() == {"type": "error", "error": error, "request_id": None}
    assert reply.headers["request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("version", "more", "sentence"),
    [
        (LATEST, {"max_tokens": None}, "max_tokens: Input should be greater than or equal to 1"),
        (LATEST, {"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        (LATEST, {"temperature": 1}, "temperature: Extra inputs are not permitted"),
        (LATEST, {"top_p": 1}, "top_p: Extra inputs are not permitted"),
        (LATEST, {"top_k": 1}, "top_k: Extra inputs are not permitted"),
        ("2023-06-01", {"seed": 1}, "seed: Extra inputs are not permitted"),
        ("1999-01-01", {}, 'anthropic-version: "1999-01-01" is not a valid version'),
        (
            LATEST,
            {"messages": [{"role": "system", "content": "hi"}]},
            "messages.0.role: Input should be 'user' or 'assistant'",
        ),
    ],
)
def test_what_messages_do_not_take_is_a_bad_request(
    http: httpx.Client, version: str, more: dict[str, object], sentence: str
) -> None:
    headers = HEADERS | {"anthropic-version": version}
    reply = http.post(PATH, json=ASKED | more, headers=headers)
    error = {"type": "invalid_request_error", "message": sentence}
    assert (reply.status_code, reply.json()["error"]) == (400, error)


def test_a_limit_and_a_version_must_be_there(http: httpx.Client) -> None:
    asked = {name: value for name, value in ASKED.items() if name != "max_tokens"}
    refused = http.post(PATH, json=asked, headers=HEADERS)
    assert refused.json()["error"]["message"] == "max_tokens: Field required"
    refused = http.post(PATH, json=ASKED, headers={"x-api-key": "k"})
    assert refused.json()["error"]["message"] == "anthropic-version: header is required"


def test_the_older_version_still_takes_a_temperature(http: httpx.Client) -> None:
    headers = HEADERS | {"anthropic-version": "2023-06-01"}
    assert http.post(PATH, json=ASKED | {"temperature": 0.5}, headers=headers).status_code == 200


def test_the_system_prompt_is_read_too(http: httpx.Client) -> None:
    system = [{"type": "text", "text": "[[fake: 529]]"}]
    reply = http.post(PATH, json=ASKED | {"system": system}, headers=HEADERS)
    assert (reply.status_code, reply.json()["error"]["type"]) == (529, "overloaded_error")


def test_a_code_is_a_detail(fake: FakeProvider) -> None:
    reply = ANTHROPIC.post(fake, "[[fake: 429 code=enforced_spend_limit_reached]]")
    assert reply.json()["error"]["type"] == "rate_limit_error"
    assert reply.json()["error"]["details"] == {"error_code": "enforced_spend_limit_reached"}


def test_limits_are_told_with_a_time(fake: FakeProvider) -> None:
    fake.set(Behaviour(rate=1, burst=3))
    headers = ANTHROPIC.post(fake).headers
    assert headers["anthropic-ratelimit-requests-limit"] == "3"
    assert headers["anthropic-ratelimit-requests-remaining"] == "2"
    assert headers["anthropic-ratelimit-requests-reset"].endswith("Z")


def test_models_come_a_page_at_a_time(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(models=("a", "b", "c")))

    def page(**query: str) -> tuple[list[str], bool]:
        listed = http.get("/v1/models", params=query, headers=HEADERS).json()
        return [model["id"] for model in listed["data"]], listed["has_more"]

    assert page() == (["a", "b", "c"], False)
    assert page(limit="2") == (["a", "b"], True)
    assert page(limit="2", after_id="b") == (["c"], False)
