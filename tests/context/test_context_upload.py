"""One file as an upload: taken like a file of a project, or refused in a sentence."""

import io

import pytest

from tests.zips import APP, packed
from webapp.context import read_upload
from webapp.domain.errors import BadUpload

DOCKERFILE = b"FROM python:3.13-slim\nEXPOSE 8000\n"


def test_a_single_file_is_the_project() -> None:
    upload = read_upload(io.BytesIO(DOCKERFILE), "Dockerfile")
    assert upload.name == "Dockerfile"
    assert [(file.path, file.content) for file in upload.files] == [
        ("Dockerfile", DOCKERFILE.decode())
    ]


def test_a_folder_before_its_name_is_left_away() -> None:
    upload = read_upload(io.BytesIO(DOCKERFILE), "../../shop/Dockerfile")
    assert [file.path for file in upload.files] == ["Dockerfile"]


def test_its_secrets_are_masked() -> None:
    text = b'POSTGRES_PASSWORD = "kX9$vT2qLm8!wZ4r"\n'
    (file,) = read_upload(io.BytesIO(text), "config.py").files
    assert "kX9" not in file.content
    (file,) = read_upload(io.BytesIO(text), "config.py", masks=False).files
    assert file.content == text.decode()


def test_a_zip_of_another_name_is_a_zip() -> None:
    upload = read_upload(packed({"app.py": APP, "b.py": APP}), "shop.upload")
    assert [file.path for file in upload.files] == ["app.py", "b.py"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("logo.png", b"\x89PNG\0\0", "not text in UTF-8"),
        ("app.tar.gz", b"\x1f\x8b", "an archive"),
        (".env", b"A=1\n", "may hold secrets"),
        ("a.py", b"#" * 2_000_001, "larger than 2 MB"),
        ("b\\a.py", APP, "backslash"),
        ("", b"a", "no name"),
    ],
)
def test_what_is_not_taken_is_refused(name: str, content: bytes, why: str) -> None:
    with pytest.raises(BadUpload) as caught:
        read_upload(io.BytesIO(content), name)
    assert why in caught.value.sentence
    assert caught.value.sentence.endswith(".")
