"""Static files: kept for good under an address that changes with the content."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.domain.batch import JobStatus
from webapp.settings import ROOT

STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VENDORED = (STATIC / "vendor" / "VENDORED.md").read_text()


def address(page: str, name: str) -> str:
    found = re.search(rf'"(/static/{re.escape(name)}\?v=[0-9a-f]{{16}})"', page)
    assert found, name
    return found[1]


def test_vendored_files_are_what_was_published() -> None:
    table = dict(re.findall(r"^\| `([^`]+)` \|.*\| `([^`]+)` \|$", VENDORED, re.MULTILINE))
    files = {path.name for path in (STATIC / "vendor").glob("*.js")}
    assert set(table) == files
    for name, digest in table.items():
        content = (STATIC / "vendor" / name).read_bytes()
        assert base64.b64encode(hashlib.sha384(content).digest()).decode() == digest


@pytest.mark.parametrize("name", ["app.css", "app.js", "vendor/htmx-4.0.1.min.js", "favicon.svg"])
def test_a_file_is_kept_for_good_under_its_address(client: FlaskClient, name: str) -> None:
    answer = client.get(address(client.get("/batches").text, name))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.data == (STATIC / name).read_bytes()


def test_an_old_address_gives_the_new_file_and_is_asked_again(client: FlaskClient) -> None:
    answer = client.get("/static/app.css?v=0123456789abcdef")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    again = client.get("/static/app.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_files_go_out_packed(client: FlaskClient) -> None:
    answer = client.get("/static/app.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == (STATIC / "app.css").read_bytes()
    plain = client.get("/static/app.css", headers={"Accept-Encoding": "gzip;q=0"})
    assert plain.data == (STATIC / "app.css").read_bytes()


@pytest.mark.parametrize("name", ["nothing.css", "../wsgi.py", "%2e%2e/wsgi.py", "/etc/passwd"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code in (308, 404)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("app.css", 20 * 1024),
        ("app.js", 10 * 1024),
        ("keys.js", 4 * 1024),
        ("batch.css", 6 * 1024),
        ("compare.css", 5 * 1024),
        ("job.css", 6 * 1024),
        ("job.js", 6 * 1024),
    ],
)
def test_own_files_stay_small(name: str, most: int) -> None:
    assert (STATIC / name).stat().st_size <= most


def test_a_cold_page_stays_small(client: FlaskClient, batch_id: str) -> None:
    page = client.get(f"/batches/{batch_id}")
    addresses = set(re.findall(r'"(/static/[^"#]+)', page.text))
    assert len(addresses) == 7
    packed = [client.get(url, headers={"Accept-Encoding": "gzip"}) for url in addresses]
    assert sum(len(answer.data) for answer in packed) + len(page.data) <= 45_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "banned",
    [
        r"\|\s*safe\b",
        r"\bstyle\s*=",
        r"<style",
        r"<script(?! src)",
        r"\son\w+\s*=",
        r"hx-on",
        r"hx-trigger=\"[^\"]*\w\[",
        r"\bjs:",
        r"autoescape",
        r"https?://",
    ],
)
def test_templates_hold_nothing_our_policy_forbids(path: Path, banned: str) -> None:
    assert not re.search(banned, path.read_text())


def test_every_icon_in_use_is_in_the_sprite() -> None:
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    source = "".join(path.read_text() for path in TEMPLATES)
    used = set(re.findall(r'icon\("([\w-]+)"\)', source))
    assert used | {str(status) for status in JobStatus} <= symbols
