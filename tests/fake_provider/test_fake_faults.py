import asyncio
import collections
import json
from dataclasses import replace

import httpx
import pytest

from tests.fake_provider.asking import HASTY, KINDS, answer, body, connect, error, opened, raw_post
from tests.processes import wait_until
from tests.providers.wire import REQUEST
from webapp.domain.endpoint import EndpointType
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.fake_provider.directives import FAULTS
from webapp.fake_provider.plan import PROSE
from webapp.providers.base import ErrorKind, FinishReason, ProviderError, Text

ANSWER = "0123456789" * 20
ERRORS = [
    ("reset", ErrorKind.UNAVAILABLE),
    ("reset-mid", ErrorKind.BROKEN_REPLY),
    ("stall", ErrorKind.TIMEOUT),
    ("truncated", ErrorKind.BROKEN_REPLY),
    ("malformed", ErrorKind.BROKEN_REPLY),
    ("error-mid", ErrorKind.UNAVAILABLE),
    ("huge", ErrorKind.TOO_LARGE),
    ("huge mb=20", ErrorKind.TOO_LARGE),
    ("bomb", ErrorKind.TOO_LARGE),
    ("silent", ErrorKind.TIMEOUT),
    ("comments", ErrorKind.TIMEOUT),
    ("drip", ErrorKind.TIMEOUT),
    ("500", ErrorKind.UNAVAILABLE),
    ("529", ErrorKind.UNAVAILABLE),
    ("429", ErrorKind.RATE_LIMITED),
    ("401", ErrorKind.BAD_KEY),
    ("402", ErrorKind.NO_MONEY),
    ("404", ErrorKind.REJECTED),
]
SHOWN = [
    ("length", ANSWER[:100], FinishReason.LENGTH),
    ("filtered", ANSWER[:100], FinishReason.FILTERED),
    ("empty", "", FinishReason.STOP),
    ("half-json", ANSWER[:100], FinishReason.STOP),
    ("prose", PROSE, FinishReason.STOP),
    ("drip interval=0", ANSWER, FinishReason.STOP),
    ("no-usage", ANSWER, FinishReason.STOP),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "expected"),
    ERRORS,
)
def test_a_fault_is_an_error_to_the_adapter(
    fake: FakeProvider, fault: str, expected: ErrorKind, kind: EndpointType
) -> None:
    assert error(fake, f"[[fake: {fault}]]", kind).kind is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("429 code=insufficient_quota", ErrorKind.NO_MONEY),
        ("400 code=content_filter", ErrorKind.REFUSED),
        ("400 code=context_length_exceeded", ErrorKind.REJECTED),
    ],
)
def test_a_code_says_more_than_the_status(
    fake: FakeProvider, code: str, expected: ErrorKind
) -> None:
    assert error(fake, f"[[fake: {code}]]").kind is expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "text", "reason"),
    SHOWN,
)
def test_a_fault_shows_in_the_answer(
    fake: FakeProvider, fault: str, text: str, reason: FinishReason, kind: EndpointType
) -> None:
    fake.set(Behaviour(answer=ANSWER))
    got, done = answer(fake, f"[[fake: {fault}]]", kind)
    if kind is EndpointType.OLLAMA and fault == "filtered":  # nothing filters there
        reason = FinishReason.STOP
    assert (got, done.finish_reason) == (text, reason)


@pytest.mark.parametrize(("fault", "expected"), [*ERRORS, ("refusal", ErrorKind.REFUSED)])
def test_a_fault_is_an_error_to_the_adapter_of_responses(
    fake: FakeProvider, fault: str, expected: ErrorKind
) -> None:
    assert error(fake, f"[[fake: {fault}]]", api="responses").kind is expected


@pytest.mark.parametrize(("fault", "text", "reason"), SHOWN)
def test_a_fault_shows_in_the_answer_of_responses(
    fake: FakeProvider, fault: str, text: str, reason: FinishReason
) -> None:
    fake.set(Behaviour(answer=ANSWER))
    got, done = answer(fake, f"[[fake: {fault}]]", api="responses")
    assert (got, done.finish_reason) == (text, reason)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["reset-mid", "stall", "truncated", "malformed"])
def test_half_of_the_text_comes_before_the_fault(
    fake: FakeProvider, fault: str, kind: EndpointType
) -> None:
    fake.set(Behaviour(answer=ANSWER))
    got: list[str] = []

    async def ask() -> None:
        async with opened(fake, kind, deadlines=HASTY) as provider:
            request = replace(REQUEST, user=f"[[fake: {fault}]]")
            async for event in provider.stream(request):
                assert isinstance(event, Text)
                got.append(event.text)

    with pytest.raises(ProviderError):
        asyncio.run(ask())
    assert "".join(got) == ANSWER[:128]


@pytest.mark.parametrize("fault", ["reset", "reset-mid"])
def test_a_reset_is_a_reset_and_no_closing(fake: FakeProvider, fault: str) -> None:
    with connect(fake) as peer:
        peer.sendall(raw_post(f"[[fake: {fault}]]"))
        with pytest.raises(ConnectionResetError):
            collections.deque(iter(lambda: peer.recv(65_536), b""))


@pytest.mark.parametrize("fault", ["truncated", "malformed"])
def test_a_whole_answer_is_spoiled_too(http: httpx.Client, fault: str) -> None:
    reply = http.post("/v1/chat/completions", json=body(f"[[fake: {fault}]]"))
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_a_whole_answer_can_be_huge(http: httpx.Client) -> None:
    reply = http.post("/v1/chat/completions", json=body("[[fake: huge]]"))
    assert len(reply.json()["choices"][0]["message"]["content"]) > 16 * 2**20


@pytest.mark.parametrize(
    "kind", [EndpointType.OPENAI, EndpointType.GEMINI, EndpointType.WATSONX], ids=str
)
def test_a_refusal_is_an_error_to_the_adapter(fake: FakeProvider, kind: EndpointType) -> None:
    assert error(fake, "[[fake: refusal]]", kind).kind is ErrorKind.REFUSED


def test_a_refusal_of_anthropic_is_an_answer_without_text(fake: FakeProvider) -> None:
    got, done = answer(fake, "[[fake: refusal]]", EndpointType.ANTHROPIC)
    assert (got, done.finish_reason) == ("", FinishReason.FILTERED)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_without_end_ends_at_the_deadline(fake: FakeProvider, kind: EndpointType) -> None:
    assert error(fake, "[[fake: endless pace=1000]]", kind).kind is ErrorKind.TIMEOUT


@pytest.mark.parametrize("fault", ["silent", "comments", "endless pace=50"])
def test_a_call_that_never_ends_is_counted_out_when_its_client_leaves(
    fake: FakeProvider, fault: str
) -> None:
    with connect(fake) as peer:
        peer.sendall(raw_post(f"[[fake: {fault}]]", stream=True))
        wait_until(lambda: fake.counters()["in_flight"] == 1)
    wait_until(lambda: fake.counters()["in_flight"] == 0)
    assert fake.counters()["cancelled"] == 1


def test_every_fault_has_a_test_here() -> None:
    tested = {fault.partition(" ")[0] for fault, *_ in (*ERRORS, *SHOWN)} | {
        "refusal",
        "endless",
        "faulty",
    }
    assert FAULTS.keys() <= tested


def test_a_faulty_answer_is_good_once_its_repair_is_asked_for(fake: FakeProvider) -> None:
    task = "The files, where * stands for a name that you choose:\n- Dockerfile\n[[fake: faulty]]"
    fake.set(Behaviour())
    first, second = (f" And this is round {number} of its repair." for number in (1, 2))
    twice = task.replace("faulty", "faulty rounds=2")
    asked = (task, task + first, twice + first, twice + second)
    assert ["```" in answer(fake, prompt)[0] for prompt in asked] == [True, False, True, False]


def test_each_round_of_a_repair_has_its_own_answer(fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="first", repairs=("second", "third")))
    prompts = ["Do it.", *(f"Do it: this is round {number} of its repair." for number in (1, 2, 3))]
    said = [answer(fake, prompt)[0] for prompt in prompts]
    assert said == ["first", "second", "third", "third"]
