"""Failures: status, one sentence, no stack, a request id."""

import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from webapp.domain.errors import StoreBusy, StoreFull

NO_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with a route that fails on demand."""

    @app.get("/fail/<kind>")
    def fail(kind: str) -> str:
        if kind == "busy":
            raise StoreBusy("The database is busy; nothing was saved.")
        if kind == "full":
            raise StoreFull("The disk is full; nothing was saved.")
        if kind.isdecimal():
            abort(int(kind))
        raise RuntimeError("a secret detail")

    return app


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "There is no page at this address."),
        (f"/batches/{NO_ID}", 404, f"There is no batch {NO_ID}."),
        (f"/batches/{NO_ID}/zip", 404, f"There is no batch {NO_ID}."),
        (f"/jobs/{NO_ID}", 404, f"There is no job {NO_ID}."),
        (f"/jobs/{NO_ID}/text", 404, f"There is no job {NO_ID}."),
        (f"/jobs/{NO_ID}/files/Dockerfile", 404, f"There is no job {NO_ID}."),
        ("/fail/400", 400, "nothing was changed"),
        ("/fail/403", 403, "nothing was changed"),
        ("/fail/413", 413, "Nothing was saved."),
        ("/fail/busy", 503, "The database is busy; nothing was saved."),
        ("/fail/full", 507, "The disk is full; nothing was saved."),
        ("/fail/bug", 500, "What was stored before is still there."),
    ],
)
def test_a_failure_is_a_page_with_one_sentence(
    client: FlaskClient, path: str, status: int, words: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "<nav" in answer.text


def test_a_failure_in_a_part_of_the_page_replaces_nothing(htmx: FlaskClient) -> None:
    answer = htmx.get("/fail/bug")
    assert answer.status_code == 500
    assert '<div id="notice" hx-swap-oob="true">' in answer.text
    assert 'role="alert"' in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "<html" not in answer.text
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_what_replaces_the_whole_body_gets_a_page(htmx: FlaskClient, header: str) -> None:
    assert "<html" in htmx.get("/nowhere", headers={header: "true"}).text


def test_a_bug_is_logged_and_told_to_nobody(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/fail/bug")
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    (record,) = caplog.records
    assert "secret detail" in str(record.exc_info)


def test_a_busy_store_says_when_to_come_back(client: FlaskClient) -> None:
    assert client.get("/fail/busy").headers["Retry-After"] == "5"


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/batches")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("page", ["0", "-1", "x", "2", "9999999999"])
@pytest.mark.parametrize("path", ["/batches", "/batches/{}"])
def test_a_page_of_a_list_that_is_not_there_is_a_404(
    client: FlaskClient, batch_id: str, path: str, page: str
) -> None:
    assert client.get(f"{path.format(batch_id)}?page={page}").status_code == 404
