"""Every route: headers, who may write, under which names."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import create_app
from webapp.settings import Settings
from webapp.web.security import host_name

NO_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ARGUMENTS = {
    "number": 1,
    "batch_id": NO_ID,
    "job_id": NO_ID,
    "path": "a/Dockerfile",
    "name": "app.css",
}
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
    "connect-src 'self'", "font-src 'self'", "base-uri 'none'", "form-action 'self'",
    "frame-ancestors 'none'",
}  # fmt: skip


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every method and address the application knows, with ids that exist nowhere."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        arguments = {name: ARGUMENTS[name] for name in rule.arguments}
        for method in rule.methods or ():
            yield method, urls.build(rule.endpoint, arguments, method=method)


def test_every_answer_carries_the_headers(app: Flask, client: FlaskClient) -> None:
    answers = [client.open(url, method=method) for method, url in routes(app)]
    answers += [
        client.get("/no/such/page"),
        client.delete("/batches"),
        client.get("/", base_url="http://evil.test"),
    ]
    assert len(answers) > 30
    for answer in answers:
        where = f"{answer.request.method} {answer.request.path}"
        for name, value in EXPECTED.items():
            assert answer.headers.getlist(name) == [value], where
        assert set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY, where
        assert len(answer.headers["X-Request-Id"]) == 16, where
        assert answer.headers["Cache-Control"], where
        assert "Access-Control-Allow-Origin" not in answer.headers, where
        if not answer.request.path.startswith("/static/"):
            assert answer.headers["Cache-Control"] == "no-store", where


def test_a_request_id_is_never_taken_from_outside(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": "mine"})
    assert answer.headers["X-Request-Id"] != "mine"


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "http://localhost:81"}, False),
        ({"Origin": "https://localhost"}, False),
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Content-Type": "text/plain"}, False),
        ({"Referer": "http://localhost/"}, False),
        ({}, False),
    ],
)
def test_only_pages_of_ours_may_write(app: Flask, headers: dict[str, str], may: bool) -> None:
    client = app.test_client()
    unsafe = [(m, url) for m, url in routes(app) if m not in ("GET", "HEAD", "OPTIONS")]
    assert len(unsafe) >= 8
    for method, url in unsafe:
        refused = client.open(url, method=method, headers=headers).status_code == 403
        assert refused is not may, f"{method} {url}"


def test_reading_asks_for_no_origin(app: Flask) -> None:
    assert app.test_client().get("/batches").status_code == 200


HOSTS = [
    ("localhost", True),
    ("localhost:8000", True),
    ("LOCALHOST", True),
    ("127.0.0.1", True),
    ("127.0.0.1:5000", True),
    ("[::1]", True),
    ("[::1]:8000", True),
    ("evil.test", False),
    ("localhost.evil.test", False),
    ("127.0.0.1.nip.io", False),
    ("evil.test:80@localhost", False),
    ("localhost,evil.test", False),
    ("[::1].evil.test", False),
    ("127.0.0.2", False),
    ("0.0.0.0", False),
]


@pytest.mark.parametrize(("host", "is_allowed"), HOSTS)
def test_only_loopback_names_by_default(app: Flask, host: str, is_allowed: bool) -> None:
    answer = app.test_client().get("/batches", headers={"Host": host})
    assert (answer.status_code == 200) is is_allowed
    if not is_allowed:
        assert answer.status_code == 400
        assert "OMNI_ALLOWED_HOSTS" in answer.text


@pytest.mark.parametrize("host", ["[::1].evil.test", "::1", "a b", "localhost:x", "a/b", "a@b", ""])
def test_a_host_that_makes_no_sense_has_no_name(host: str) -> None:
    assert host_name(host) == ""


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whoever_watches_the_process_may_use_any_name(app: Flask, path: str) -> None:
    assert app.test_client().get(path, headers={"Host": "10.1.2.3"}).status_code in (200, 503)


def test_a_forwarded_host_is_not_believed(app: Flask) -> None:
    headers = {"Host": "evil.test", "X-Forwarded-Host": "localhost"}
    assert app.test_client().get("/batches", headers=headers).status_code == 400


def test_named_hosts_take_the_place_of_loopback(settings: Settings) -> None:
    hosts = ("omni.example", "[fd00::1]:80")
    client = create_app(settings.model_copy(update={"allowed_hosts": hosts})).test_client()
    allowed = ["omni.example", "Omni.Example:443", "[fd00::1]"]
    statuses = [client.get("/batches", headers={"Host": host}).status_code for host in allowed]
    assert statuses == [200, 200, 200]
    assert client.get("/batches", headers={"Host": "localhost"}).status_code == 400


def test_behind_a_proxy_the_outer_name_and_scheme_count(settings: Settings) -> None:
    behind = {"allowed_hosts": ("omni.example",), "proxy_hops": 1}
    app = create_app(settings.model_copy(update=behind))
    headers = {
        "Host": "10.0.0.2:8000",
        "X-Forwarded-Host": "omni.example",
        "X-Forwarded-Proto": "https",
        "Origin": "https://omni.example",
    }
    answer = app.test_client().post(f"/batches/{NO_ID}/cancel", headers=headers)
    assert answer.status_code == 404
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("hops", "forwarded", "status"),
    [
        (0, "omni.example", 400),  # nobody is believed
        (1, "omni.example", 200),
        (1, "omni.example, evil.test", 400),  # what the nearest proxy has seen counts,
        (1, "evil.test, omni.example", 200),  # and not what a client claims before it
        (2, "omni.example, inner.test", 200),
        (2, "evil.test, omni.example, inner.test", 200),
        (2, "omni.example", 400),  # one proxy said nothing: the name it asked us by counts
    ],
)
def test_as_many_proxies_are_believed_as_are_set(
    settings: Settings, hops: int, forwarded: str, status: int
) -> None:
    behind = {"allowed_hosts": ("omni.example",), "proxy_hops": hops}
    app = create_app(settings.model_copy(update=behind))
    headers = {"Host": "10.0.0.2:8000", "X-Forwarded-Host": forwarded}
    assert app.test_client().get("/batches", headers=headers).status_code == status


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: FlaskClient, batch_id: str
) -> None:
    cookie = client.post(f"/batches/{batch_id}/cancel").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
