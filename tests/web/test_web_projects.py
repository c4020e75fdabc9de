"""Projects that are no zip: single files, and folders below those that the settings name."""

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp import create_app
from webapp.settings import Settings


@pytest.fixture
def there(settings: Settings, tmp_path: Path) -> FlaskClient:
    """The product with a root that holds one project, and one beside it that is no root."""
    for name in ("allowed/shop", "private"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "app.py").write_text("import flask\n")
    own = settings.model_copy(update={"project_roots": (tmp_path / "allowed",)})
    return create_app(own).test_client()


def asked(client: FlaskClient, folder: Path) -> tuple[int, str]:
    form = {"server_folder": str(folder), "take_folder": "1", "brief": "A shop I typed."}
    answer = client.post("/projects", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    return answer.status_code, answer.text


def test_a_folder_below_a_root_becomes_the_project(there: FlaskClient, tmp_path: Path) -> None:
    status, page = asked(there, tmp_path / "allowed" / "shop")
    assert status == 200
    assert "<b>shop</b>" in page
    assert "app.py" in page


def test_any_other_folder_is_refused_and_nothing_typed_is_lost(
    there: FlaskClient, tmp_path: Path
) -> None:
    status, page = asked(there, tmp_path / "private")
    assert status == 422
    assert "OMNI_PROJECT_ROOTS" in page
    assert "A shop I typed." in page
    assert str(tmp_path / "private") in page


def test_without_roots_there_is_no_such_field(client: FlaskClient, tmp_path: Path) -> None:
    assert "server_folder" not in client.get("/").text
    assert asked(client, tmp_path)[0] == 422


def test_one_file_becomes_the_project(client: FlaskClient) -> None:
    form = {"project": (BytesIO(b"FROM python:3.13-slim\n"), "Dockerfile"), "brief": "Typed."}
    answer = client.post("/projects", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200
    assert "<b>Dockerfile</b>" in answer.text
    assert "1 file," in answer.text


def test_a_picture_is_refused_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    form = {"project": (BytesIO(b"\x89PNG\0"), "logo.png"), "brief": "A shop I typed."}
    answer = client.post("/projects", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    assert "is not taken: not text in UTF-8." in answer.text
    assert "A shop I typed." in answer.text
