"""Secrets of an uploaded project never get into the product, and its pages say what was masked."""

import hashlib
import io
import json
import logging
import sqlite3
import zipfile
import zlib
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

from tests.context.planted import FORMS, IN_ITS_PLACE, NAMED
from tests.rows import all_rows
from tests.web.gate import gate_settings
from webapp.domain.batch import BatchSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store import reads
from webapp.store.database import Store


@pytest.fixture
def settings(tmp_path: Path, llm: FakeProvider) -> Settings:
    """An endpoint that takes any prompt."""
    return gate_settings(tmp_path, llm)


KEY = "AKIA" + "Q3EGUVZ5MX2A7KDF"


def packed() -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("app.py", f"import flask\n\nKEY = '{KEY}'\n")
    stream.seek(0)
    return stream


def written(settings: Settings) -> bytes:
    """All that the product has written, and what is packed in it."""
    files = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())
    with sqlite3.connect(settings.data_dir / "omni.sqlite3") as database:
        packed = database.execute("SELECT content FROM blob").fetchall()
    database.close()
    return files + b"".join(zlib.decompress(content) for (content,) in packed)


def test_a_secret_is_masked_before_anything_is_stored(
    client: FlaskClient, settings: Settings, service: Service, store: Store
) -> None:
    page = client.post("/projects", data={"project": (packed(), "shop.zip")}).text
    assert "1 secret masked" in page
    assert "app.py:3" in page
    assert "MASKED-AWS-ACCESS-KEY-1" in page
    assert KEY not in page
    project = page.split('name="project_id" value="')[1].split('"')[0]
    jobs = matrix("A shop.", [KindChoice("text")], [ModelChoice("gate", "m")])
    spec = BatchSpec("A shop.", jobs, Mode.ASYNC, 1, project_id=project)
    batch_id = async_to_sync(service.submit)(spec)
    (row,) = all_rows(store, batch_id)
    detail = reads.job(store, row.id)
    assert "MASKED-AWS-ACCESS-KEY-1" in "".join(part.text for part in detail.prompt)
    told = json.loads(client.get(f"/jobs/{row.id}/receipt").text)
    assert [each["path"] for each in told["files"]] == ["app.py"]
    assert [each["name"] for each in told["masks"]] == ["MASKED-AWS-ACCESS-KEY-1"]
    assert told["files"][0]["size_bytes"] == len(
        "import flask\n\nKEY = 'MASKED-AWS-ACCESS-KEY-1'\n"
    )
    shown = client.get(f"/jobs/{row.id}?show=prompt").text
    assert told["files"][0]["digest"][:12] in shown
    assert KEY.encode() not in written(settings)


def test_the_receipt_says_which_bytes_of_a_lock_file_were_sent(
    client: FlaskClient, service: Service, store: Store
) -> None:
    lock = 'accepts@1:\n  version "1.3.8"\nexpress@^4:\n  version "4.21.2"\n'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("package.json", '{"dependencies": {"express": "^4"}}')
        archive.writestr("yarn.lock", lock)
    project = async_to_sync(service.add_project)(stream, "shop.zip")
    jobs = matrix("A shop.", [KindChoice("dockerfile")], [ModelChoice("gate", "m")])
    spec = BatchSpec("A shop.", jobs, Mode.ASYNC, 1, project.id, added_paths=("yarn.lock",))
    (row,) = all_rows(store, async_to_sync(service.submit)(spec))
    told = json.loads(client.get(f"/jobs/{row.id}/receipt").text)
    whole, part = told["files"]
    sent = lock[lock.index("express") :]
    assert (whole["path"], whole["ranges"], whole["whole_bytes"]) == ("package.json", [], None)
    assert part == {
        "path": "yarn.lock",
        "digest": hashlib.sha256(sent.encode()).hexdigest(),
        "size_bytes": len(sent),
        "tokens": 9,
        "ranges": [[lock.index("express"), len(lock)]],
        "whole_bytes": len(lock),
    }
    page = client.get(f"/jobs/{row.id}?show=prompt").text
    assert f"{len(sent)} of {len(lock)}" in page
    assert "accepts" not in page


def test_a_user_may_leave_secrets_as_they_are(client: FlaskClient) -> None:
    form = {"project": (packed(), "shop.zip"), "as_it_is": "1"}
    page = client.post("/projects", data=form).text
    assert "1 secret left as they are" in page
    assert "AWS Access Key" in page
    assert KEY not in page


def planted() -> tuple[dict[str, str], set[str]]:
    """A project with every secret we know of, and the secrets."""
    files = {"app.py": "import flask\n"}
    files |= {f"forms/{n}.py": f"x = f('{secret}')\n" for n, secret in enumerate(FORMS.values())}
    files |= {f"notes/{n}.md": line for n, (line, _) in enumerate(IN_ITS_PLACE.values())}
    files |= {f"named/{path}": lines for path, (lines, _) in NAMED.items()}
    told = (*IN_ITS_PLACE.values(), *NAMED.values())
    return files, {*FORMS.values(), *(secret for _, secret in told)}


def test_no_planted_secret_gets_anywhere(
    client: FlaskClient,
    settings: Settings,
    service: Service,
    store: Store,
    llm: FakeProvider,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    files, secrets = planted()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    stream.seek(0)
    pages = client.post("/projects", data={"project": (stream, "shop.zip")}).text
    project = pages.split('name="project_id" value="')[1].split('"')[0]
    jobs = matrix("A shop.", [KindChoice("text")], [ModelChoice("gate", "m")])
    added = tuple(files)
    spec = BatchSpec("A shop.", jobs, Mode.ASYNC, 1, project_id=project, added_paths=added)
    batch_id = async_to_sync(service.submit)(spec)
    (row,) = all_rows(store, batch_id)
    assert async_to_sync(service.run_here)(batch_id)
    assert len(reads.job(store, row.id).sent) == len(files)
    for address in (
        f"/jobs/{row.id}/receipt",
        f"/jobs/{row.id}?show=prompt",
        f"/batches/{batch_id}",
    ):
        pages += client.get(address).text
    called = b"".join(request.content for request in llm.requests)
    everything = b"".join((pages.encode(), caplog.text.encode(), called, written(settings)))
    assert [secret for secret in secrets if secret.encode() in everything] == []
    assert b"MASKED-AWS-ACCESS-KEY" in called
