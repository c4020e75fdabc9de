import httpx
import pytest

from tests.fake_provider.asking import answer, body, error
from webapp.fake_provider import FakeProvider
from webapp.fake_provider.directives import (
    BadDirective,
    Directive,
    parse_directive,
    parse_fault_rates,
    read_directives,
    settle,
)
from webapp.providers.base import ErrorKind

PATH = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("words", "directive"),
    [
        (" stall", Directive("stall")),
        ("429 retry-after=7", Directive("429", {"retry-after": "7"})),
        ("retry-after=abc 503 ", Directive("503", {"retry-after": "abc"})),
        ("latency=2 pace=50", Directive(latency_s=2, pace=50)),
        (" first 2: 503", Directive("503", first=2)),
        ("first 3 : drip interval=0.5", Directive("drip", {"interval": "0.5"}, first=3)),
    ],
)
def test_words_are_understood(words: str, directive: Directive) -> None:
    assert parse_directive(words) == directive


@pytest.mark.parametrize(
    "words",
    ["fall", "200", "503 stall", "latency=soon", "latency=-1", "pace=0", "interval=nan", "wait=3"],
)
def test_words_that_mean_nothing_are_told(words: str) -> None:
    with pytest.raises(BadDirective):
        parse_directive(words)


def test_a_prompt_may_hold_several() -> None:
    found = read_directives(
        "Do this. [[fake: latency=1]] And\n[[fake: stall]] [[fake]] [fake: 503]"
    )
    assert found == [Directive(latency_s=1), Directive("stall")]


def test_of_several_the_first_that_applies_counts() -> None:
    found = read_directives(
        "[[fake: first 1: 503]] [[fake: first 3: reset latency=2]] [[fake: pace=9]]"
    )
    assert [settle(found, times).fault for times in (1, 2, 3, 4)] == ["503", "reset", "reset", ""]
    assert settle(found, 2) == Directive("reset", latency_s=2, pace=9)
    assert settle(found, 4) == Directive(pace=9)


def test_a_share_stands_behind_the_last_sign() -> None:
    rates = parse_fault_rates(["reset=0.1", "429 retry-after=7=0.05"])
    assert rates == {"reset": 0.1, "429 retry-after=7": 0.05}


@pytest.mark.parametrize("text", ["reset", "=0.1", "reset=2", "reset=often", "reset=nan"])
def test_a_share_that_is_none_is_told(text: str) -> None:
    with pytest.raises(BadDirective):
        parse_fault_rates([text])


def test_a_prompt_can_fail_twice_and_then_succeed(http: httpx.Client) -> None:
    def ask(prompt: str) -> int:
        return http.post(PATH, json=body(prompt)).status_code

    prompt = "[[fake: first 2: 503]] one"
    assert [ask(prompt) for _ in range(4)] == [503, 503, 200, 200]
    assert ask(prompt + " more") == 503


def test_a_retry_after_is_sent_as_it_is(fake: FakeProvider, http: httpx.Client) -> None:
    caught = error(fake, "[[fake: 429 retry-after=7]]")
    assert (caught.kind, caught.retry_after_s) == (ErrorKind.RATE_LIMITED, 7)
    reply = http.post(PATH, json=body("[[fake: 503 retry-after=soon]]"))
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "soon")


def test_a_directive_nobody_understands_is_a_bad_request(http: httpx.Client) -> None:
    reply = http.post(PATH, json=body("[[fake: explode]]"))
    assert reply.status_code == 400
    assert "“explode” is not a fault" in reply.json()["error"]["message"]


def test_what_no_header_can_hold_does_no_harm(http: httpx.Client) -> None:
    assert http.post(PATH, json=body("[[fake: 503 retry-after=“7”]]")).status_code == 503
    surrogate = '{"model": "\\ud800", "messages": [{"content": "hi"}]}'
    assert http.post(PATH, content=surrogate).status_code == 200


def test_without_directive_the_answer_is_plain(fake: FakeProvider) -> None:
    assert answer(fake, "What does [[fake]] mean?")[0].startswith("# An answer")
