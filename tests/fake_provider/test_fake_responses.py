import httpx
import pytest

from tests.fake_provider.forms import RESPONSES, messages
from webapp.fake_provider import Behaviour, FakeProvider

PATH = "/v1/responses"


def test_a_stream_of_responses_has_its_events_in_order(fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="hello"))
    reply = RESPONSES.post(fake, streams=True)
    found = messages(reply)
    kinds = [message["type"].removeprefix("response.") for message in found]
    assert kinds == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta",
        "output_text.delta", "output_text.done", "content_part.done", "output_item.done",
        "completed",
    ]  # fmt: skip
    assert [line[7:] for line in reply.text.splitlines() if line[:7] == "event: "] == [
        message["type"] for message in found
    ]
    usage = found[-1]["response"]["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + 2


@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_cut_short_is_incomplete(fake: FakeProvider, streams: bool) -> None:
    found = messages(RESPONSES.post(fake, "[[fake: length]]", streams=streams))[-1]
    assert found.get("type", "response.incomplete") == "response.incomplete"
    assert found.get("response", found)["status"] == "incomplete"


def test_items_are_a_prompt_as_well(http: httpx.Client) -> None:
    said = [{"type": "input_text", "text": "[[fake: 503]]"}]
    asked = {
        "model": "m",
        "instructions": "Be brief.",
        "input": [{"role": "user", "content": said}],
    }
    assert http.post(PATH, json=asked).status_code == 503


def test_an_error_in_the_middle_is_an_event_named_error(fake: FakeProvider) -> None:
    reply = RESPONSES.post(fake, "[[fake: error-mid code=rate_limit_exceeded]]", streams=True)
    assert "\nevent: error\ndata: " in reply.text
    error = messages(reply)[-1]
    assert (error["type"], error["code"]) == ("error", "rate_limit_exceeded")


def test_a_refusal_is_a_part_of_its_own(fake: FakeProvider) -> None:
    found = messages(RESPONSES.post(fake, "[[fake: refusal]]", streams=True))
    assert "response.refusal.done" in [message["type"] for message in found]
    assert found[-1]["response"]["output"][0]["content"][0]["type"] == "refusal"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"model": "m"},
        {"model": "m", "input": []},
        {"model": "m", "input": [7]},
        {"input": "hi"},
        {"model": "m", "input": "hi", "instructions": 7},
        {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    ],
)
def test_what_responses_do_not_take_is_a_bad_request(
    http: httpx.Client, asked: dict[str, object]
) -> None:
    reply = http.post(PATH, json=asked)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"
