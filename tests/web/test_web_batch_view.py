"""A page of a batch looks at it as its address says: filter, order, view, density, page."""

import re
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

from tests.web.hand import Hand
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Reason,
)
from webapp.service import Service
from webapp.store import reads
from webapp.store.database import Store


@pytest.fixture
def large_id(service: Service) -> str:
    """A batch of 250 jobs of two kinds, all queued."""
    kinds = (KindChoice("dockerfile"), KindChoice("prometheus-rules"))
    jobs = tuple(
        JobSpec(f"Brief {n}", kinds[n % 2], ModelChoice.parse("blueprint")) for n in range(250)
    )
    spec = BatchSpec(brief="", jobs=jobs, mode=Mode.ASYNC, concurrency=3)
    return async_to_sync(service.submit)(spec)


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="job-(\d+)"', page)]


def chips(page: str) -> dict[str, str]:
    """The address that drops each part of the filter."""
    found = re.findall(r'<a class="chip" href="([^"]+)"[^>]*>([^<]+)<', page)
    return {words: address.replace("&amp;", "&") for address, words in found}


def test_a_filter_shows_what_matches_and_how_much_it_is(client: FlaskClient, large_id: str) -> None:
    page = client.get(f"/batches/{large_id}?kind=dockerfile&status=queued").text
    assert len(numbers(page)) == 100
    assert "125 of 250 jobs" in page
    assert chips(page) == {
        "status: queued": f"/batches/{large_id}?kind=dockerfile",
        "kind: dockerfile": f"/batches/{large_id}?status=queued",
    }


def test_a_page_further_on_keeps_filter_and_order(client: FlaskClient, large_id: str) -> None:
    query = "kind=dockerfile&sort=-seq"
    page = client.get(f"/batches/{large_id}?{query}&page=2").text
    assert numbers(page) == list(range(49, 0, -2))
    assert f'href="/batches/{large_id}?kind=dockerfile&amp;sort=-seq&amp;page=1"' in page
    assert client.get(f"/batches/{large_id}?{query}&page=3").status_code == 404


@pytest.mark.parametrize(
    ("written", "query"),
    [
        ("status:failed", "status=failed"),
        ("kind:compose model:gate:m", "kind=compose&model=gate:m"),
        ("two words", "text=two+words"),
        ("stale:yes reason:truncated cut off", "reason=truncated&text=cut+off&stale=yes"),
        ("http://x", "text=http://x"),
    ],
)
def test_what_is_written_becomes_an_address(
    client: FlaskClient, batch_id: str, written: str, query: str
) -> None:
    asked = urlencode({"q": written, "sort": "model", "page": "1"})
    answer = client.get(f"/batches/{batch_id}?{asked}")
    assert answer.status_code == 302
    assert answer.headers["Location"].replace("%2F", "/") == (
        f"/batches/{batch_id}?{query}&sort=model"
    )


@pytest.mark.parametrize("query", ["status=lost", "reason=none", "sort=luck", "q=status:lost"])
def test_what_there_is_not_is_named(client: FlaskClient, batch_id: str, query: str) -> None:
    answer = client.get(f"/batches/{batch_id}?{query}")
    assert answer.status_code == 400
    assert "There is no such" in answer.text


@pytest.mark.parametrize("page", ["0", "-1", "x", "9999999", "2"])
def test_a_page_that_is_not_there_is_a_404(client: FlaskClient, batch_id: str, page: str) -> None:
    assert client.get(f"/batches/{batch_id}?page={page}").status_code == 404


def test_the_head_of_a_column_sorts_and_then_turns_round(
    client: FlaskClient, batch_id: str
) -> None:
    page = client.get(f"/batches/{batch_id}").text
    assert 'aria-sort="ascending"' in page.split('class="seq"')[1].split("</th>")[0]
    assert page.count("aria-sort") == 1
    assert f'href="/batches/{batch_id}?sort=-time"' in page  # the longest first
    turned = client.get(f"/batches/{batch_id}?sort=-time").text
    assert f'href="/batches/{batch_id}?sort=time"' in turned
    assert turned.count('aria-sort="descending"') == 1


def test_what_failed_comes_first_once_all_stand_still(
    client: FlaskClient, service: Service, batch_id: str, hand: Hand
) -> None:
    first, second = hand.claim(batch_id), hand.claim(batch_id)
    hand.answer(first)
    hand.end(first)
    hand.fail(second, JobStatus.FAILED, Reason.TIMEOUT, "It took too long.")
    assert numbers(client.get(f"/batches/{batch_id}").text) == [1, 2, 3]
    async_to_sync(service.cancel)(batch_id)
    assert numbers(client.get(f"/batches/{batch_id}").text) == [2, 1, 3]
    assert numbers(client.get(f"/batches/{batch_id}?sort=seq").text) == [1, 2, 3]


def test_nothing_that_matches_says_which_filter_to_drop(client: FlaskClient, batch_id: str) -> None:
    page = client.get(f"/batches/{batch_id}?status=failed&text=nothing").text
    assert "No job matches." in page
    assert set(chips(page)) == {"status: failed", "“nothing”"}


def test_hostile_words_in_an_address_are_text(client: FlaskClient, batch_id: str) -> None:
    words = "\"><script>alert(1)</script><div hx-get='/healthz'>"
    page = client.get(f"/batches/{batch_id}", query_string={"text": words, "kind": words}).text
    assert "<script>alert" not in page
    assert "<div hx-get" not in page


def test_rows_that_no_longer_match_stay_and_are_dimmed(
    client: FlaskClient, htmx: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    page = client.get(f"/batches/{batch_id}?status=queued").text
    fields = dict(re.findall(r'name="(here|seq|shown)" value="([^"]*)"', page))
    assert fields == {"here": "status=queued", "seq": "1,2,3", "shown": "3"}
    since = reads.batch_version(store, batch_id)
    hand.claim(batch_id)
    delta = htmx.get(f"/batches/{batch_id}/delta", query_string={**fields, "since": since}).text
    assert '<tr id="job-1" class="gone">' in delta
    left = delta.split('<div id="left"')[1].split("</div>")[0]
    words = " ".join(re.sub("<[^>]+>", "", left).split())
    assert words.endswith(
        "1 row here no longer matches · 2 jobs match now, 3 when this was shown – refresh"
    )
    assert f'href="/batches/{batch_id}?status=queued"' in left


def test_a_filtered_page_hears_of_what_matches_elsewhere(
    htmx: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    since = reads.batch_version(store, batch_id)
    hand.claim(batch_id)
    asked = {"here": "status=running", "seq": "-", "shown": "0", "since": since}
    delta = htmx.get(f"/batches/{batch_id}/delta", query_string=asked).text
    assert "1 job matches now, 0 when this was shown" in delta
    assert "hx-partial" not in delta


def test_dense_rows_are_a_matter_of_the_address(client: FlaskClient, batch_id: str) -> None:
    page = client.get(f"/batches/{batch_id}").text
    assert f'href="/batches/{batch_id}?density=dense"' in page
    dense = client.get(f"/batches/{batch_id}?density=dense").text
    assert '<table class="list jobs dense">' in dense
    assert '<table class="list jobs">' in page


def test_counts_lead_to_what_they_count(client: FlaskClient, batch_id: str, hand: Hand) -> None:
    hand.fail(hand.claim(batch_id), JobStatus.FAILED, Reason.TRUNCATED, "It was cut off.")
    page = client.get(f"/batches/{batch_id}").text
    assert f'href="/batches/{batch_id}?status=failed"' in page
    assert f'href="/batches/{batch_id}?status=failed&amp;reason=truncated">1 truncated' in page
    shown = client.get(f"/batches/{batch_id}?status=failed&reason=truncated").text
    assert numbers(shown) == [1]
