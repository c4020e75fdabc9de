import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.chunks import complaint
from tests.providers.wire import error_of, http
from webapp.providers.base import ErrorKind
from webapp.providers.transport import Complaint
from webapp.providers.transport.failure import retry_after_s

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
DAY_S = 86_400


@pytest.mark.parametrize(
    ("headers", "message", "wait_s"),
    [
        ({"retry-after-ms": "1500"}, "", 1.5),
        ({"retry-after-ms": "0.5", "retry-after": "7"}, "", 0.0005),
        ({"retry-after-ms": "abc", "retry-after": "7"}, "", 7),
        ({"retry-after": "7"}, "", 7),
        ({"retry-after": "0"}, "", 0),
        ({"retry-after": " 1.25 "}, "", 1.25),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, "", 30),
        ({"retry-after": "Tue, 24 Nov 2026 13:00:30 +0100"}, "", 30),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30"}, "", 30),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT"}, "", None),
        ({"retry-after": "abc"}, "", None),
        ({"retry-after": ""}, "", None),
        ({"retry-after": "-1"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after-ms": "-inf", "retry-after": "nan"}, "try again in 3s", 3),
        ({"retry-after": "1e300"}, "", DAY_S),
        ({"retry-after": "Tue, 24 Nov 9999 12:00:30 GMT"}, "", DAY_S),
        ({"retry-after": "Tue, 99 Nov 99999 12:00:30 GMT"}, "", None),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 +99999999999999999999"}, "", None),
        ({"retry-after": "Tue, 24 Nov 99999999999999999999 12:00:30 GMT"}, "", None),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT", "date": "Tue, 24 Nov 2026 11:59:59 GMT"},
         "", 30),
        ({"retry-after": "Tue, 24 Nov 2026 13:00:30 GMT", "date": "Tue, 24 Nov 2026 13:00:00 GMT"},
         "", 30),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:30 GMT", "date": "Tue, 24 Nov 2026 11:00:00 GMT"},
         "", 30),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT", "date": "abc"}, "", 30),
        ({}, "Rate limit reached. Please try again in 5.289s. Visit", 5.289),
        ({}, "Please try again in 250ms.", 0.25),
        ({}, "Please try again in 6m0s.", 360),
        ({}, "please Try again in 1h2m3.5S", 3723.5),
        ({}, "Please try again in 6m 11.5s.", 371.5),
        ({}, "Please retry after 26 seconds.", 26),
        ({}, "Please try again in 1 second", 1),
        ({}, "Please try again in 5 secondhand shops.", None),
        ({}, "Please try again in " + "9" * 400 + "s", None),
        ({}, "Please try again later.", None),
        ({"retry-after": "7"}, "Please try again in 5s", 7),
        ({}, "Please retry in 34.07s.", 34.07),
        ({}, "", None),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_read_in_every_form(
    headers: dict[str, str], message: str, wait_s: float | None
) -> None:
    found = retry_after_s(headers, "", message, NOW)
    assert (found is None) == (wait_s is None)
    assert found is None or math.isclose(found, wait_s or 0)


@given(st.text(alphabet="0123456789+-.:, eTueNovGMTmsh") | st.text(), st.text())
def test_any_header_gives_a_time_to_wait_or_none(header: str, message: str) -> None:
    wait_s = retry_after_s({"retry-after": header, "retry-after-ms": header}, header, message, NOW)
    assert wait_s is None or 0 <= wait_s <= DAY_S


@pytest.mark.parametrize("status", [429, 503, 529])
def test_a_pause_comes_with_the_error(status: int) -> None:
    error = error_of(http(status, {"error": "slow down"}, retry_after="7"))
    assert error.kind.is_retryable
    assert error.retry_after_s == 7


def test_a_pause_in_words_comes_with_the_error() -> None:
    error = error_of(complaint(429, message="Please try again in 5.289s."))
    assert (error.kind, error.retry_after_s) == (ErrorKind.RATE_LIMITED, 5.289)


def test_an_empty_purse_that_says_when_is_a_rate_limit() -> None:
    error = error_of(http(402, b"", retry_after="30"))
    assert (error.kind, error.retry_after_s) == (ErrorKind.RATE_LIMITED, 30)


@pytest.mark.parametrize(
    ("status", "should_retry", "kind"),
    [
        (400, "true", ErrorKind.UNAVAILABLE),
        (401, "true", ErrorKind.UNAVAILABLE),
        (429, "true", ErrorKind.RATE_LIMITED),
        (429, "false", ErrorKind.REJECTED),
        (500, "false", ErrorKind.REJECTED),
        (401, "false", ErrorKind.BAD_KEY),
        (500, "perhaps", ErrorKind.UNAVAILABLE),
    ],
)
def test_a_provider_may_say_itself_whether_to_retry(
    status: int, should_retry: str, kind: ErrorKind
) -> None:
    assert error_of(http(status, b"", x_should_retry=should_retry)).kind is kind


def test_money_is_out_even_if_a_retry_is_asked_for() -> None:
    body = {"error": {"message": "m", "code": "insufficient_quota"}}
    error = error_of(http(429, body, x_should_retry="true", retry_after="5"))
    assert error.kind is ErrorKind.NO_MONEY


def test_the_name_of_the_call_comes_with_the_error() -> None:
    assert error_of(http(500, b"", x_request_id="req_9")).request_id == "req_9"


def test_rules_read_no_more_than_the_beginning() -> None:
    endless = "rate_limit" * 100_000
    said = Complaint(500, message=endless, code=endless, type=endless).summary
    assert said.startswith("500 rate_limit")
    assert len(said) < 10_000


def test_long_words_are_cut() -> None:
    assert error_of(http(500, {"error": "x" * 5000})).provider_message == "x" * 1000
