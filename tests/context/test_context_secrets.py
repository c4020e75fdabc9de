"""Secrets in the files of a project: what is masked, and what is no secret."""

import io
import zipfile

import pytest

from tests.artifacts.catalogue.built import PROJECTS, SAMPLES
from tests.context.planted import AWS, FORMS, IN_ITS_PLACE, NAMED, NO_SECRETS, PASSWORD
from webapp.context import read_directory, read_upload
from webapp.context.secrets import Masker


@pytest.mark.parametrize("what", FORMS)
def test_a_secret_known_by_its_form_is_masked_and_listed_with_its_place(what: str) -> None:
    masker = Masker()
    text = masker.masked("app.py", f"# a line\nx = f('{FORMS[what]}')\nlast: 1\n")
    (found,) = masker.found
    assert (found.line, found.what) == (2, what)
    assert text == f"# a line\nx = f('{found.name}')\nlast: 1\n"
    assert Masker().masked("app.py", text) == text


@pytest.mark.parametrize("what", IN_ITS_PLACE)
def test_a_secret_is_known_by_what_stands_before_it(what: str) -> None:
    line, secret = IN_ITS_PLACE[what]
    masker = Masker()
    text = masker.masked("notes.md", line)
    (found,) = masker.found
    assert found.what == what
    assert text == line.replace(secret, found.name or "")


@pytest.mark.parametrize("path", NAMED)
def test_a_secret_is_known_by_its_name(path: str) -> None:
    lines, secret = NAMED[path]
    masker = Masker()
    text = masker.masked(path, f"\n{lines}\n")
    (found,) = masker.found
    assert found.what == "Named secret"
    assert text == f"\n{lines}\n".replace(secret, found.name or "")


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    masker = Masker()
    assert masker.masked("config.yml", text) == text
    assert masker.found == []


def test_the_same_secret_has_the_same_mask_everywhere() -> None:
    masker = Masker()
    texts = {masker.masked(path, f'key = "{AWS}"') for path in ("a.py", "b.py")}
    assert len(texts) == 1
    assert masker.masked("c.py", f'key = "{AWS[:-1]}X"') not in texts


def test_bare_values_are_secrets_only_in_settings() -> None:
    line = f"password = {PASSWORD}"
    assert Masker().masked("app.ini", line) != line
    assert Masker().masked("app.py", line) == line


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_a_long_secret_is_masked_to_its_end(quote: str) -> None:
    masker = Masker()
    text = masker.masked("a.yml", f"token: {quote}{'a1B2' * 500}{quote}\nlast: 1\n")
    (found,) = masker.found
    assert text == f"token: {quote}{found.name}{quote}\nlast: 1\n"


def test_what_is_a_secret_in_one_file_is_one_in_all() -> None:
    files = {"README.md": f"Sign in as ada, {PASSWORD}.\n", "app.ini": f"password={PASSWORD}\n"}
    upload = read_upload(_zip(files), "a.zip")
    assert [(each.path, each.line) for each in upload.masks] == [("README.md", 1), ("app.ini", 1)]
    assert not [file.path for file in upload.files if PASSWORD in file.content]


def test_a_file_full_of_secrets_is_not_taken() -> None:
    lines = "".join(
        f"token{number} = '{FORMS['GitHub Token'][:-3]}{number:03}'\n" for number in range(201)
    )
    upload = read_upload(_zip({"app.py": "import flask\n", "dump.txt": lines}), "a.zip")
    assert [(each.path, each.why) for each in upload.left_out] == [
        ("dump.txt", "holds more than 200 secrets")
    ]


@pytest.mark.parametrize("head", ["OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "PRIVATE KEY"])
def test_a_file_with_a_private_key_is_not_taken(head: str) -> None:
    files = {"app.py": "import flask\n", "key.json": f'"-----BEGIN {head}-----\\nMIIE"'}
    upload = read_upload(_zip(files), "a.zip")
    assert [(each.path, each.why) for each in upload.left_out] == [
        ("key.json", "holds a private key")
    ]


@pytest.mark.parametrize("project", SAMPLES)
def test_the_sample_projects_hold_no_secrets(project: str) -> None:
    # Two pipelines write out the password of a database that lives as long as their tests do.
    assert read_directory(PROJECTS / project).masks == ()


def test_facts_are_found_beside_masks() -> None:
    upload = read_upload(
        _zip({"app.py": f'import os\nPORT = os.environ["PORT"]\nKEY = "{AWS}"\n'}), "a.zip"
    )
    assert [each.path for each in upload.masks] == ["app.py"]
    assert AWS not in upload.files[0].content
    assert "PORT" in upload.applications[0].facts.values("env")  # type: ignore[arg-type]


def test_secrets_are_only_listed_where_the_user_says_so() -> None:
    upload = read_upload(_zip({"app.py": f'KEY = "{AWS}"\n'}), "a.zip", masks=False)
    assert AWS in upload.files[0].content
    assert [(each.what, each.name) for each in upload.masks] == [("AWS Access Key", None)]


@pytest.mark.parametrize(
    "text",
    [
        "eyJ" * 200_000, "//" * 300_000, "sk-" * 200_000, "aws_key" * 90_000, "password=" * 70_000,
        "://a:" * 120_000, "glpat-" * 100_000, "name: a_key\n" * 40_000, "<password>" * 60_000,
        "kind: Secret\ndata:\n" * 30_000, "key" + " " * 600_000, "password" * 70_000,
        "--token " * 70_000, "xoxb-1-" * 90_000, "_authToken=" * 50_000, "a" * 600_000,
    ],
)  # fmt: skip
def test_a_text_made_to_be_slow_is_read_to_its_end(text: str) -> None:
    assert isinstance(Masker().masked("a.yml", text), str)


def _zip(files: dict[str, str]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    packed.seek(0)
    return packed
