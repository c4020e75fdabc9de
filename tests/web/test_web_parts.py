"""Zip, code listings, numbers and times, providers, health."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.store.database import Store
from webapp.store.sqlite import SqliteStore
from webapp.web import filters
from webapp.web.code import MOST_COLOURED, coloured, marked_up
from webapp.web.output import MOST_LINES, output
from webapp.web.zip_stream import zip_stream


def test_a_zip_can_be_read_back() -> None:
    entries = [("a/Dockerfile", b"FROM debian\n"), ("ü/empty", b""), ("big", b"x" * 300_000)]
    packed = b"".join(zip_stream(entries))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert [(info.filename, archive.read(info)) for info in archive.infolist()] == entries
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


def test_a_zip_is_sent_while_it_is_made() -> None:
    taken = 0

    def entries() -> Iterator[tuple[str, bytes]]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield f"{number}", b"x"

    pieces = zip_stream(entries())
    next(pieces)
    assert taken == 1


def test_a_zip_needs_memory_for_one_entry() -> None:
    content = bytes(range(256)) * 4000
    tracemalloc.start()
    size = sum(len(piece) for piece in zip_stream((f"{n}", content) for n in range(60)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 200_000
    assert peak < 4 * len(content)


def test_the_zip_of_a_batch_names_what_is_missing(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    job = hand.claim(batch_id)
    hand.answer(job, cost=250_000)
    hand.end(job, artifact=Artifact((ArtifactFile("Dockerfile", "FROM debian\n"),), (), ()))
    answer = client.get(f"/batches/{batch_id}/zip")
    assert answer.mimetype == "application/zip"
    assert answer.content_length is None
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        (path,) = [name for name in archive.namelist() if name.endswith("Dockerfile")]
        assert archive.read(path) == b"FROM debian\n"
    assert [job["status"] for job in manifest["jobs"]] == ["succeeded", "queued", "queued"]
    assert [job["cost_usd"] for job in manifest["jobs"]] == [0.25, 0, 0]
    assert {(job["model"], job["asked"]) for job in manifest["jobs"]} == {("blueprint",) * 2}


def test_code_keeps_every_letter() -> None:
    content = "FROM debian:12 # a  <comment>\n\n\tRUN x  \n"
    lines = coloured("Dockerfile", content)
    assert ["".join(text for _, text in line) for line in lines] == content.splitlines()
    shown = [line.striptags() for line in marked_up("Dockerfile", content)]
    assert [" ".join(line.split()) for line in content.splitlines()] == shown


@pytest.mark.parametrize(
    ("path", "content", "piece"),
    [
        ("Dockerfile", "FROM debian\n", ("k", "FROM")),
        ("compose.yaml", "services: 1 # note\n", ("c", "# note")),
        (".github/workflows/ci.yml", "on: push\n", ("n", "on")),
        ("main.py", "x = 'text'\n", ("s", "'text'")),
    ],
)
def test_code_is_coloured_by_its_name(path: str, content: str, piece: tuple[str, str]) -> None:
    assert piece in [(name, text.strip()) for name, text in coloured(path, content)[0]]


@pytest.mark.parametrize("path", ["unknown.xyz", "no-suffix", ".dockerignore"])
def test_code_nobody_knows_is_plain(path: str) -> None:
    assert coloured(path, "a < b") == ((("", "a < b"),),)
    assert marked_up(path, "a < b") == ("a &lt; b",)


def test_long_files_are_cut_on_the_page_only() -> None:
    (shown,) = output(artifact([ArtifactFile("long.yaml", "a: 1\n" * (MOST_LINES + 7))])).files
    assert (len(shown.lines), shown.hidden) == (MOST_LINES, 7)


def test_large_files_are_not_coloured() -> None:
    lines = coloured("large.yaml", "a: 1 # x\n" * (MOST_COLOURED // 9 + 1))
    assert {name for line in lines for name, _ in line} == {""}


def test_findings_are_numbered_down_the_page() -> None:
    findings = (
        Finding("r", Severity.ERROR, "a", 2, "second"),
        Finding("r", Severity.ERROR, "b", 1, "of b"),
        Finding("r", Severity.NOTE, "a", None, "of all"),
        Finding("r", Severity.NOTE, "a", 1, "first"),
        Finding("r", Severity.WARNING, "a", 4, "beyond the end"),
        Finding("r", Severity.NOTE, "a", 2, "second too"),
    )
    shown = output(artifact([ArtifactFile(path, "1\n2\n3\n") for path in "ab"], findings))
    assert [(mark.no, mark.finding.message, mark.is_placed) for mark in shown.marks] == [
        (1, "beyond the end", False),
        (2, "of all", False),
        (3, "first", True),
        (4, "second", True),
        (5, "second too", True),
        (6, "of b", True),
    ]
    at = [[mark.no for mark in line.marks] for file in shown.files for line in file.lines]
    assert at == [[3], [4, 5], [], [6], [], []]
    assert [file.gravity for file in shown.files] == [Severity.ERROR, Severity.ERROR]
    assert shown.first_error
    assert shown.first_error.no == 4
    assert [mark.no for mark in shown.gravest] == [4, 6, 1, 2, 3, 5]


def artifact(files: Sequence[ArtifactFile], findings: tuple[Finding, ...] = ()) -> Artifact:
    return Artifact(tuple(files), (), findings)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"),
        (59.6, "1 m 00 s"), (125, "2 m 05 s"), (3599.7, "1 h 00 m"), (11520, "3 h 12 m"),
    ],
)  # fmt: skip
def test_durations_read_as_people_say_them(seconds: float | None, words: str) -> None:
    assert filters.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"), (0, "0"), (999, "999"), (1000, "1.0k"), (1240, "1.2k"), (18_400, "18k"),
        (999_600, "1.0M"), (3_400_000, "3.4M"), (2_000_000_000, "2.0G"),
    ],
)  # fmt: skip
def test_large_numbers_are_short(value: int | None, words: str) -> None:
    assert filters.short_number(value) == words


def test_times_are_for_people_and_machines() -> None:
    moment = datetime(2026, 11, 4, 9, 5, 7, tzinfo=UTC)
    assert filters.time(moment) == (
        '<time datetime="2026-11-04T09:05:07Z" title="2026-11-04T09:05:07Z">4 Nov 09:05:07</time>'
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("http://user:pass@[::1]:11434/v1?key=x#y", "http://[::1]:11434/v1"),
    ],
)
def test_addresses_are_shown_without_what_is_secret(url: str, shown: str) -> None:
    assert filters.address(url) == shown


def test_providers_say_what_is_missing(client: FlaskClient) -> None:
    page = client.get("/providers").text
    assert "OPENAI_API_KEY" in page
    assert "OLLAMA_HOST" in page
    assert 'id="provider-blueprint"' in page


def test_a_provider_nobody_knows_is_a_404(client: FlaskClient) -> None:
    assert client.post("/providers/nobody/probe").status_code == 404


def test_this_process_answers(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_without_a_runner_nothing_is_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"database": True, "schema": True, "runner": False},
    )


def test_a_balancer_keeps_the_pages_without_a_runner(client: FlaskClient, store: Store) -> None:
    assert client.get("/readyz?exclude=runner").status_code == 200
    with store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE runner RENAME TO nobody")
    assert client.get("/readyz?exclude=runner").status_code == 503


def test_with_a_runner_all_is_ready(client: FlaskClient, hand: Hand) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        200,
        {"database": True, "schema": True, "runner": True},
    )


def test_tables_of_another_version_are_not_ready(client: FlaskClient, store: Store) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE runner RENAME TO nobody")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"database": True, "schema": False, "runner": False},
    )


def test_a_broken_database_is_not_ready(app: Flask, client: FlaskClient, store: Store) -> None:
    store.engine.dispose()
    assert isinstance(store, SqliteStore)
    for path in store.path.parent.glob(store.path.name + "*"):
        path.write_bytes(b"no database" * 1000)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"database": False, "schema": False, "runner": False},
    )
    assert client.get("/healthz").status_code == 200
