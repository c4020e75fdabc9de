"""Every provider takes every answer as the table says."""

from collections.abc import Iterator

import pytest

from tests.fake_provider.asking import answer
from tests.fake_provider.asking import error as error_from
from tests.providers.cases import CASES, SPEAKERS, Case
from tests.providers.conformance import END, PAGE, START, table
from tests.providers.recorded import RECORDED
from tests.providers.wire import answer_to, error_of
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.providers.base import FinishReason

EACH = [(name, case) for case in CASES for name in case.speakers]
RIGHT = [(name, case) for name, case in EACH if case.kind is None]
WRONG = [(name, case) for name, case in EACH if case.kind is not None]


@pytest.mark.parametrize(("name", "case"), RIGHT, ids=str)
def test_an_answer_is_taken_as_it_is(name: str, case: Case) -> None:
    recorded = RECORDED[name]
    text, done = answer_to(case.reply[name], kind=recorded.kind, **recorded.wire)
    assert (text, done.finish_reason) == (recorded.text, FinishReason.STOP)


@pytest.mark.parametrize(("name", "case"), WRONG, ids=str)
def test_what_is_no_answer_is_told_by_kind_and_sentence(name: str, case: Case) -> None:
    recorded = RECORDED[name]
    error = error_of(case.reply[name], kind=recorded.kind, **recorded.wire)
    assert (error.kind, error.retry_after_s) == (case.kind, case.wait_s)
    assert error.is_overloaded == case.is_overloaded
    assert case.words in error.sentence
    assert error.sentence.endswith(".")


PLAYED = [(name, case) for name, case in WRONG if case.order]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProvider]:
    with FakeProvider(Behaviour(answer=RECORDED["openai"].text)) as provider:
        yield provider


@pytest.mark.parametrize("name", SPEAKERS)
def test_the_fake_provider_answers_in_the_same_manner(fake: FakeProvider, name: str) -> None:
    recorded = RECORDED[name]
    text, done = answer(fake, kind=recorded.kind, **recorded.wire)
    assert (text, done.finish_reason) == (recorded.text, FinishReason.STOP)


@pytest.mark.parametrize(("name", "case"), PLAYED, ids=str)
def test_the_fake_provider_is_told_as_the_real_one(
    fake: FakeProvider, name: str, case: Case
) -> None:
    recorded = RECORDED[name]
    error = error_from(fake, f"[[fake: {case.order}]]", recorded.kind, **recorded.wire)
    assert (error.kind, error.retry_after_s) == (case.kind, case.wait_s)
    assert case.words in error.sentence


def test_the_page_has_the_table_of_the_cases() -> None:
    page = PAGE.read_text()
    assert page.partition(START)[2].partition(END)[0] == table()
