"""Secrets in the files of a project: what is masked, and what is no secret."""

import io
import zipfile

import pytest

from tests.artifacts.catalogue.built import PROJECTS, SAMPLES
from webapp.context import read_directory, read_upload
from webapp.context.secrets import Masker

# Put together here, so that nobody's scanner takes this file for a leak.
AWS = "AKIA" + "Q3EGUVZ5MX2A7KDF"
PASSWORD = "Tr0ub4dor&3x"
SECRETS = {
    "AWS Access Key": f'KEY = "{AWS}"',
    "GitHub Token": "url = https://" + "ghp_" + "a1B2" * 9 + "@github.com",
    "GitLab Token": "token: " + "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
    "Slack Token": "SLACK = 'xoxb-" + "123456789012-123456789012-aBcDeFgHiJkLmNoPqRsTuVwX'",
    "Stripe Access Key": "stripe.api_key = 'sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc'",
    "OpenAI API key": "key = 'sk-" + "proj-" + "a1B2" * 10 + "'",
    "Anthropic API key": "key = 'sk-" + "ant-" + "a1B2" * 10 + "'",
    "Google API key": "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "npm token": "//registry.example.org/:_authToken=" + "npm_" + "a1B2" * 9,
    "JSON Web Token": "Bearer " + "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dGhlc2lnbmF0dXJl",
    "Basic Auth Credentials": f"postgresql://shop:{PASSWORD}@db:5432/shop",
    "Named secret": f'DB_PASSWORD: "{PASSWORD}"',
}
NO_SECRETS = [
    "password: ${DB_PASSWORD}",
    'password = os.environ["DB_PASSWORD"]',
    "DB_PASSWORD=",
    "DB_PASSWORD=changeme",
    'SECRET_KEY = "replace-me-1"',
    "api_token: str = Field(min_length=8)",
    "url: postgresql://user:${PASSWORD}@db/shop",
    "postgres://postgres:postgres@localhost/test",
    "integrity: sha512-" + "a1B2" * 20,
    'token = request.headers["x-token-1"]',
    "secretKeyRef: {name: shop-secrets, key: url}",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
]


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_masked_and_listed_with_its_place(what: str) -> None:
    masker = Masker()
    text = masker.masked("config.yml", f"# a line\n{SECRETS[what]}\nlast: 1\n")
    (found,) = masker.found
    assert (found.line, found.what) == (2, what)
    assert found.name is not None
    assert found.name in text
    assert text.startswith("# a line\n")
    assert text.endswith("\nlast: 1\n")
    assert Masker().masked("config.yml", text) == text


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


# The passwords of databases that only their tests use, written out in a pipeline.
KNOWN = {"django-clinic": ".github/workflows/ci.yml", "go-meter": ".gitlab-ci.yml"}


@pytest.mark.parametrize("project", SAMPLES)
def test_no_more_is_masked_in_the_sample_projects_than_there_are_secrets(project: str) -> None:
    found = {(each.path, each.what) for each in read_directory(PROJECTS / project).masks}
    assert found == ({(KNOWN[project], "Basic Auth Credentials")} if project in KNOWN else set())


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
    ["eyJ" * 200_000, "//" * 300_000, "sk-" * 200_000, "aws_key" * 90_000, "password=" * 70_000,
     "://a:" * 120_000, "xoxb-1-" * 90_000, "_authToken=" * 50_000, "a" * 600_000],
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
