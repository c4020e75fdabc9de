"""Secrets of an uploaded project never get into the product, and its pages say what was masked."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

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


def written(folder: Path) -> bytes:
    """All that the product has written."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


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
    assert KEY.encode() not in written(settings.data_dir)


def test_a_user_may_leave_secrets_as_they_are(client: FlaskClient) -> None:
    form = {"project": (packed(), "shop.zip"), "as_it_is": "1"}
    page = client.post("/projects", data=form).text
    assert "1 secret left as they are" in page
    assert "AWS Access Key" in page
    assert KEY not in page
