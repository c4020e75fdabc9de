"""What holds in every wire form, each in its own words."""

import json

import httpx
import pytest

from tests.fake_provider.forms import (
    ANTHROPIC,
    CHAT,
    FORMS,
    GEMINI,
    OLLAMA,
    RESPONSES,
    WATSONX,
    Form,
    messages,
)
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.fake_provider.dialect import DECLINED

ANSWER = "Grüße, 0123456789" * 20
HALF = ANSWER[:170]
PIECES = ANSWER[:192]  # as many whole pieces as come before a fault in the middle
# The last bytes of a stream that came to its end.
END_MARKS = {
    CHAT.name: b"data: [DONE]\n\n",
    RESPONSES.name: b"}\n\n",
    ANTHROPIC.name: b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    GEMINI.name: b"}\r\n\r\n",
    WATSONX.name: b"}\n\n",
    OLLAMA.name: b"}\n",
}
# Fault -> how the answer finishes.
FINISHES = {
    "pace=9999": ("stop", "completed", "end_turn", "STOP", "stop", "stop"),
    "length": ("length", "max_output_tokens", "max_tokens", "MAX_TOKENS", "length", "length"),
    "filtered": ("content_filter", "content_filter", "refusal", "SAFETY", "content_filter", "stop"),
    "refusal": ("stop", "completed", "refusal", "SAFETY", "stop", "stop"),
}  # fmt: skip
TEXTS = {"pace=9999": ANSWER, "length": HALF, "filtered": HALF, "refusal": ""}

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
both_ways = pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])


@pytest.fixture
def fake(fake: FakeProvider) -> FakeProvider:
    """A provider with an answer of some length."""
    fake.set(Behaviour(answer=ANSWER))
    return fake


@both_ways
@every_form
@pytest.mark.parametrize("fault", FINISHES)
def test_an_answer_finishes_in_the_words_of_its_form(
    fake: FakeProvider, form: Form, streams: bool, fault: str
) -> None:
    found = messages(form.post(fake, f"[[fake: {fault}]]", streams=streams))
    is_told_as_text = form is OLLAMA and fault == "refusal"
    assert form.text(found) == (DECLINED if is_told_as_text else TEXTS[fault])
    assert form.finish(found) == FINISHES[fault][FORMS.index(form)]


@both_ways
@every_form
def test_tokens_are_counted_unless_that_is_left_out(
    fake: FakeProvider, form: Form, streams: bool
) -> None:
    assert form.tokens(messages(form.post(fake, streams=streams))) == len(ANSWER) / 4
    found = messages(form.post(fake, "[[fake: no-usage]]", streams=streams))
    assert (form.tokens(found), form.text(found)) == (None, ANSWER)


@every_form
def test_a_stream_has_its_end_mark_unless_it_is_truncated(fake: FakeProvider, form: Form) -> None:
    whole, cut = (
        form.post(fake, f"[[fake: {w}]]", streams=True) for w in ("pace=9999", "truncated")
    )
    assert whole.content.endswith(END_MARKS[form.name])
    assert form.finish(messages(whole)) == FINISHES["pace=9999"][FORMS.index(form)]
    assert form.finish(messages(cut)) is None
    assert form.text(messages(cut)) == PIECES


@both_ways
@every_form
def test_a_status_is_an_error_with_a_sentence(
    fake: FakeProvider, form: Form, streams: bool
) -> None:
    reply = form.post(fake, "[[fake: 503]]", streams=streams)
    assert (reply.status_code, reply.headers["content-type"]) == (503, "application/json")
    assert form.said(reply.json()) == "This 503 was ordered."


@every_form
def test_an_error_can_come_in_the_middle_of_a_stream(fake: FakeProvider, form: Form) -> None:
    reply = form.post(fake, "[[fake: error-mid]]", streams=True)
    *before, error = messages(reply)
    assert (reply.status_code, form.text(before)) == (200, PIECES)
    said = error["message"] if form is RESPONSES else form.said(error)
    assert said == "The model is overloaded."
    assert not reply.content.endswith(b"[DONE]\n\n")


@every_form
def test_broken_json_can_come_in_the_middle_of_a_stream(fake: FakeProvider, form: Form) -> None:
    with pytest.raises(json.JSONDecodeError):
        messages(form.post(fake, "[[fake: malformed]]", streams=True))


@every_form
def test_a_connection_can_be_reset_in_the_middle(fake: FakeProvider, form: Form) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        form.post(fake, "[[fake: reset-mid]]", streams=True)


@every_form
def test_over_the_rate_every_form_says_when_to_come_back(fake: FakeProvider, form: Form) -> None:
    fake.set(Behaviour(rate=0.001))
    first, second = (form.post(fake, prompt) for prompt in ("a", "b"))
    assert (first.status_code, second.status_code) == (200, 429)
    if form is GEMINI:
        assert "retry-after" not in second.headers
        assert 900 < float(second.json()["error"]["details"][0]["retryDelay"][:-1]) <= 1000
    else:
        assert 900 < int(second.headers["retry-after"]) <= 1000


@every_form
def test_a_prompt_can_fail_first_and_then_succeed_in_every_form(
    fake: FakeProvider, form: Form
) -> None:
    replies = [form.post(fake, "[[fake: first 1: 500]]").status_code for _ in range(2)]
    assert replies == [500, 200]
    assert fake.counters()["calls"] == 2


@every_form
def test_a_model_nobody_has_is_not_found(fake: FakeProvider, form: Form) -> None:
    fake.set(Behaviour(models=("n",)))
    reply = form.post(fake)
    assert reply.status_code == 404
    assert "m" in str(form.said(reply.json()))


@every_form
def test_an_order_of_a_test_has_the_form_of_the_call(fake: FakeProvider, form: Form) -> None:
    fake.will_reply(fault="429")
    fake.will_reply(text="As ordered.")
    refused, answered = form.post(fake), form.post(fake)
    assert form.said(refused.json()) == "This 429 was ordered."
    assert form.text(messages(answered)) == "As ordered."
