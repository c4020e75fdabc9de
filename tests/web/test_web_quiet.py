"""Polls of pages none of whose rows changed: answered alike, and without Flask."""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from flask import Flask, request_started
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.hand import Hand
from webapp.domain.batch import BatchSpec, JobSpec, KindChoice, Mode, ModelChoice
from webapp.service import Service
from webapp.store import reads
from webapp.store.database import Store

SECOND_PAGE = "101-200"
Ask = Callable[..., TestResponse]


@pytest.fixture
def long_id(service: Service, hand: Hand) -> str:
    """A batch of two pages under way: what comes next is on the first."""
    kind, model = KindChoice("dockerfile"), ModelChoice.parse("blueprint")
    jobs = tuple(JobSpec(f"Brief {n}.", kind, model) for n in range(150))
    batch_id = async_to_sync(service.submit)(BatchSpec("", jobs, Mode.ASYNC, 3))
    hand.claim(batch_id)
    return batch_id


@pytest.fixture
def since(store: Store, long_id: str, hand: Hand) -> int:
    """A version that pages have seen, before one more job of the first page began."""
    seen = reads.batch_version(store, long_id)
    hand.claim(long_id)
    return seen


@pytest.fixture
def ask(htmx: FlaskClient, long_id: str, since: int) -> Ask:
    """Poll as the second page, or as another."""

    def poll(headers: dict[str, str] | None = None, **fields: object) -> TestResponse:
        query: dict[str, Any] = {"here": "page=2", "seq": SECOND_PAGE, "since": since} | fields
        headers = {"Accept-Encoding": "gzip, deflate"} | (headers or {})
        return htmx.get(f"/batches/{long_id}/delta", query_string=query, headers=headers)

    return poll


@pytest.fixture
def seen_by_flask(app: Flask) -> Iterator[list[str]]:
    """The requests that got as far as Flask."""
    paths: list[str] = []

    def note(sender: Flask, **_: object) -> None:
        paths.append(sender.name)

    with request_started.connected_to(note, app):
        yield paths


def told(answer: TestResponse) -> tuple[object, ...]:
    """All of an answer but its own id."""
    headers = {name: value for name, value in answer.headers if name != "X-Request-Id"}
    vary = {each.strip() for each in headers.pop("Vary").split(",")}
    return answer.status_code, gzip.decompress(answer.data), vary, headers


def test_one_is_made_by_flask_and_others_are_told_the_same_without_it(
    ask: Ask, seen_by_flask: list[str]
) -> None:
    first, second, third = ask(), ask(), ask(here="page=2&sort=seq&density=dense")
    assert b"148 queued" in gzip.decompress(first.data)
    assert told(first) == told(second) == told(third)
    assert len(seen_by_flask) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"seq": "1-100"},  # where a row has changed
        {"seq": "101,102"},
        {"seq": "101-201"},
        {"seq": "0-99"},
        {"here": "status=queued"},
        {"here": "page=2&view=matrix"},
        {"since": "0"},
        {"since": "x"},
        {"headers": {"Accept-Encoding": "br"}},
        {"headers": {"Accept-Encoding": "gzip;q=0, br"}},
        {"headers": {"Host": "elsewhere.example"}},
    ],
    ids=str,
)
def test_whatever_else_may_differ_goes_to_flask(
    ask: Ask, seen_by_flask: list[str], fields: dict[str, Any]
) -> None:
    ask()
    seen_by_flask.clear()
    ask(**fields)
    assert len(seen_by_flask) == 1


def test_a_page_that_tells_of_a_pause_goes_to_flask(
    ask: Ask, since: int, hand: Hand, seen_by_flask: list[str]
) -> None:
    ask()
    ask(since=f"{since}p")
    assert len(seen_by_flask) == 2
    hand.beat("openai:other", until=datetime.now(UTC) + timedelta(hours=1), why="rests")
    ask()
    assert len(seen_by_flask) == 3


def test_the_poller_of_a_settled_batch_is_taken_away_here_too(
    ask: Ask, service: Service, long_id: str, store: Store, seen_by_flask: list[str]
) -> None:
    async_to_sync(service.cancel)(long_id)
    since = reads.batch_version(store, long_id)
    with store.write() as connection:  # as by a last change that is on the first page
        connection.exec_driver_sql("UPDATE batch SET version = version + 1")
        connection.exec_driver_sql("UPDATE job SET status = 'cancelled'")
        connection.exec_driver_sql("UPDATE batch SET running = 0, cancelled = 150")
    assert reads.batch(store, long_id).is_settled
    answers = [ask(since=since), ask(since=since)]
    assert len(seen_by_flask) == 1
    assert told(answers[0]) == told(answers[1])
    assert b'<div id="poll" hx-swap-oob="delete">' in gzip.decompress(answers[1].data)
