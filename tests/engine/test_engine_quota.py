"""What a user allows an endpoint in any minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.engine.quota import MINUTE_S, Quota

SPAN_S = 60.0
TOKENS = 100
REQUESTS = 5
ARRIVALS = st.lists(
    st.tuples(
        st.floats(0, 40),  # seconds after the one before
        st.integers(0, TOKENS + 30),  # tokens it may take at most
        st.none() | st.floats(0, 1),  # how much of them it takes; None: nobody knows
    ),
    max_size=40,
)


@given(ARRIVALS)
def test_no_minute_has_more_requests_or_tokens_than_allowed(
    arrivals: list[tuple[float, int, float | None]],
) -> None:
    quota, now = Quota(REQUESTS, TOKENS), 1000.0
    calls: list[tuple[float, int, int]] = []
    for gap_s, most, share in arrivals:
        now += gap_s
        while (wait_s := quota.hold_s(most, now)) > 0:
            now += wait_s
        used = most if share is None else int(most * share)
        quota.settle(quota.start(most, now), None if share is None else used)
        calls.append((now, most, used))
    for start, most, _ in calls:
        window = [call for call in calls if start <= call[0] < start + SPAN_S]
        assert len(window) <= REQUESTS
        assert sum(used for *_, used in window) <= TOKENS or len(window) == 1
        assert most <= TOKENS or window[0][1] == most


def test_a_call_larger_than_the_allowance_goes_alone() -> None:
    quota = Quota(None, 100)
    quota.start(10, 0.0)
    assert quota.hold_s(500, 20.0) == MINUTE_S - 20
    quota.start(500, 70.0)
    assert quota.hold_s(1, 71.0) == MINUTE_S - 1


def test_what_a_call_did_not_take_is_given_back() -> None:
    quota = Quota(None, 100)
    use = quota.start(100, 0.0)
    assert quota.hold_s(50, 1.0) > 0
    quota.settle(use, 40)
    assert quota.hold_s(50, 1.0) == 0


def test_what_ends_after_its_minute_changes_nothing_any_more() -> None:
    quota = Quota(None, 100)
    use = quota.start(100, 0.0)
    assert quota.hold_s(100, 61.0) == 0
    quota.start(100, 61.0)
    quota.settle(use, 0)
    assert quota.hold_s(1, 62.0) > 0


@pytest.mark.parametrize("claimed", [0, 1, 2])
def test_claims_count_before_their_calls_start(claimed: int) -> None:
    quota = Quota(2, None)
    assert (quota.wait_s(0.0, claimed=claimed) > 0) == (claimed == 2)


def test_without_a_limit_nobody_waits() -> None:
    quota = Quota(None, None)
    assert not quota.is_set
    for _ in range(1000):
        quota.start(10**9, 0.0)
    assert (quota.hold_s(10**9, 0.0), quota.wait_s(0.0)) == (0, 0)
