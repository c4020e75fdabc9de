"""Whatever happens to a batch, a page with all its deltas is the page as it would be made anew."""

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.fate import EVENTS, Fate
from tests.web.hand import Hand
from tests.web.live_page import LivePage
from webapp.service import Service

often = ("claim", "claim", "succeed", "choose", "mark", "run_fresh", "pause", "resume")
Story = list[tuple[str, int, bool]]  # what happens, to whom, and whether the page asks then
stories = st.lists(
    st.tuples(st.sampled_from([*EVENTS, *often]), st.integers(1, 7), st.booleans()),
    min_size=5,
    max_size=25,
)
# The application is one for all examples, but each has a batch of its own.
at_length = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def watched(client: FlaskClient, fate: Fate, query: str, story: Story) -> LivePage:
    """A page that was open while all of it happened, and has polled until nothing was new."""
    page = LivePage(client, f"/batches/{fate.batch_id}{query}")
    for name, number, asks in story:
        fate.befall(name, number)
        if asks:
            page = asked(page)
    fate.keep_alive()
    page = asked(page)
    page.catch_up()
    return page


def asked(page: LivePage) -> LivePage:
    """The page after a poll; who reopens a batch that was settled is given a new one."""
    if not page.polls:
        return page.anew()
    page.poll()
    return page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?density=dense&sort=-cost",
        "?view=matrix",
        "?view=matrix&rows=differing",
        "?view=matrix&status=succeeded,failed",
    ],
)
@given(story=stories)
@at_length
def test_a_page_with_its_deltas_is_a_fresh_page(
    client: FlaskClient, service: Service, hand: Hand, query: str, story: Story
) -> None:
    page = watched(client, Fate(service, hand), query, story)
    fresh = page.anew()
    assert page.rows == fresh.rows
    assert page.summary == fresh.summary
    assert page.fields["since"] == fresh.fields["since"]
    assert page.polls == fresh.polls


@pytest.mark.parametrize("query", ["?status=queued,running", "?chosen=yes", "?stale=yes"])
@given(story=stories)
@at_length
def test_rows_of_a_filtered_page_stay_and_those_that_no_longer_match_are_dimmed(
    client: FlaskClient, service: Service, hand: Hand, query: str, story: Story
) -> None:
    page = watched(client, Fate(service, hand), query, story)
    fresh = page.anew()
    gone = {row_id for row_id, row in page.rows.items() if 'class="gone"' in row}
    assert gone == page.rows.keys() - fresh.rows.keys()
    for row_id in page.rows.keys() & fresh.rows.keys():
        assert page.rows[row_id] == fresh.rows[row_id]
    differs = bool(gone) or page.fields["shown"] != fresh.fields["shown"]
    assert bool(page.left) == differs
    assert page.summary == fresh.summary


def test_a_page_holds_its_rows_its_summary_and_what_it_polls_with(
    client: FlaskClient, service: Service, hand: Hand
) -> None:
    address = f"/batches/{Fate(service, hand).batch_id}"
    table, matrix = (LivePage(client, address + query) for query in ("", "?view=matrix"))
    assert list(table.rows) == [f"job-{number}" for number in range(1, 8)]
    assert list(matrix.rows) == ["artifact-1", "artifact-3", "artifact-6", "sums"]
    assert "3 succeeded" in table.summary
    assert table.fields.keys() == {"here", "seq", "shown", "since"}
    assert table.polls
