"""`omni.toml`: endpoints by name, and what differs at the built-in ones."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from webapp.domain.endpoint import Deadlines, Endpoint, EndpointType, Price
from webapp.settings import ROOT, BadSettings, Settings, load_settings
from webapp.settings.table import EndpointTable

KEY = "gsk-canary-4711"
GROQ = '[endpoints.groq]\ntype = "openai"\nbase_url = "https://groq.example/v1"\n'
WATSONX = '[endpoints.ibm]\ntype = "watsonx"\n'

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load an `omni.toml` with this text beside a `.env` with this one, in a bare environment."""
    for name in os.environ:
        if re.match(r"OMNI_|OPENAI_|ANTHROPIC_|GEMINI_|WATSONX_|OLLAMA_|GROQ_", name):
            monkeypatch.delenv(name)

    def loaded(text: str, env: str = "") -> Settings:
        (tmp_path / "omni.toml").write_text(text, encoding="utf-8")
        (tmp_path / ".env").write_text(env)
        return load_settings(tmp_path / ".env")

    return loaded


def endpoint(settings: Settings, name: str = "groq") -> Endpoint:
    return next(each for each in settings.endpoints if each.name == name)


# Field, its value in the file, and where in an endpoint it shows as what.
FIELDS: list[tuple[str, str, str, object]] = [
    ("base_url", '"http://vllm.example:8000/v1/"', "base_url", "http://vllm.example:8000/v1"),
    ("key", '"GROQ_API_KEY"', "key", KEY),
    ("headers", '{ X-Title = "Omni" }', "wire.headers", {"X-Title": "Omni"}),
    ("key_header", '"api-key"', "wire.key_header", "api-key"),
    ("model", '"llama-3.3-70b"', "default_model", "llama-3.3-70b"),
    ("cap", "9", "cap", 9),
    ("requests_per_minute", "500", "requests_per_minute", 500),
    ("tokens_per_minute", "200000", "tokens_per_minute", 200_000),
    ("connect_s", "2.5", "deadlines.connect_s", 2.5),
    ("first_byte_s", "90", "deadlines.first_byte_s", 90),
    ("idle_s", "20", "deadlines.idle_s", 20),
    ("total_s", "240", "deadlines.total_s", 240),
    ("reasoning_total_s", "900", "deadlines.reasoning_total_s", 900),
    ("local", "true", "is_local", True),
    ("proxy", '"http://proxy.example:3128"', "proxy", "http://proxy.example:3128"),
    ("ca_file", '"pyproject.toml"', "ca_file", ROOT / "pyproject.toml"),
    ("api", '"responses"', "wire.api", "responses"),
    ("limit_field", '"max_tokens"', "wire.limit_field", "max_tokens"),
    ("api_version", '"2024-10-21"', "wire.api_version", "2024-10-21"),
    ("price", "{ input = 0.1, output = 4 }", "price", Price(0.1, 4)),
]
WATSONX_FIELDS: list[tuple[str, str, str, object]] = [
    ("project_id", '"p-1"', "wire.project_id", "p-1"),
    ("space_id", '"s-1"', "wire.space_id", "s-1"),
    ("iam_url", '"https://iam.example/token"', "wire.iam_url", "https://iam.example/token"),
]


def shown(found: Endpoint, path: str) -> object:
    value: object = found
    for name in path.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize(("field", "text", "path", "value"), FIELDS)
def test_a_field_changes_a_built_in_endpoint(
    load: Load, field: str, text: str, path: str, value: object
) -> None:
    env = f"OPENAI_API_KEY=sk-1\nGROQ_API_KEY={KEY}\n"
    assert shown(endpoint(load("", env), "openai"), path) != value
    settings = load(f"[endpoints.openai]\n{field} = {text}\n", env)
    assert shown(endpoint(settings, "openai"), path) == value


@pytest.mark.parametrize(
    ("name", "table", "row"),
    [("groq", GROQ, row) for row in FIELDS if row[0] != "base_url"]
    + [("ibm", WATSONX, row) for row in WATSONX_FIELDS],
)
def test_a_field_sets_a_named_endpoint(
    load: Load, name: str, table: str, row: tuple[str, str, str, object]
) -> None:
    field, text, path, value = row
    settings = load(f"{table}{field} = {text}\n", f"GROQ_API_KEY={KEY}\n")
    assert shown(endpoint(settings, name), path) == value


def test_the_tables_above_have_every_field() -> None:
    rows = [row[0] for row in (*FIELDS, *WATSONX_FIELDS)]
    assert {"type", *rows} == EndpointTable.model_fields.keys()


@pytest.mark.parametrize("kind", [k for k in EndpointType if k is not EndpointType.BLUEPRINT])
def test_a_named_endpoint_is_of_any_type(load: Load, kind: EndpointType) -> None:
    settings = load(f'[endpoints.mine]\ntype = "{kind}"\n')
    assert endpoint(settings, "mine").type is kind


def test_named_endpoints_come_after_the_built_in_ones_in_the_order_of_the_file(load: Load) -> None:
    settings = load(f'[endpoints.zeta]\ntype = "gemini"\n[endpoints.ollama]\ncap = 2\n{GROQ}')
    names = [each.name for each in settings.endpoints]
    built_in = ["blueprint", "openai", "anthropic", "gemini", "watsonx", "ollama"]
    assert names == [*built_in, "zeta", "groq"]


def test_a_named_endpoint_has_what_is_usual_where_its_table_is_silent(load: Load) -> None:
    env = "OMNI_MAX_CONCURRENT_REQUESTS=7\nOMNI_ASYNC_TIMEOUT=30\nOMNI_PROXY=http://proxy:1\n"
    found = endpoint(load(GROQ, f"{env}OMNI_CA_FILE=pyproject.toml\n"))
    assert (found.cap, found.cap_setting) == (7, "OMNI_MAX_CONCURRENT_REQUESTS")
    assert found.deadlines == Deadlines(5, 30, 30, 30, 600)
    assert (found.proxy, found.ca_file) == ("http://proxy:1", ROOT / "pyproject.toml")
    assert (found.missing, found.key, found.is_local, found.price) == (None, None, False, None)


def test_an_empty_proxy_is_none_at_all(load: Load) -> None:
    assert endpoint(load(f'{GROQ}proxy = ""\n', "OMNI_PROXY=http://proxy:1\n")).proxy is None


def test_what_sets_a_value_is_named(load: Load) -> None:
    found = endpoint(load(f'{GROQ}key = "GROQ_API_KEY"\ncap = 2\n'))
    assert found.cap_setting == "cap of [endpoints.groq] in omni.toml"
    assert found.url_setting == "base_url of [endpoints.groq] in omni.toml"
    assert found.key_setting == "GROQ_API_KEY"
    openai = endpoint(load('[endpoints.openai]\nbase_url = "http://h/v1"\n'), "openai")
    assert openai.url_setting == "base_url of [endpoints.openai] in omni.toml"
    assert openai.key_setting == "OPENAI_API_KEY"
    assert endpoint(load(GROQ)).key_setting == "key of [endpoints.groq] in omni.toml"


def test_a_local_endpoint_has_time_and_is_asked_one_thing_at_a_time(load: Load) -> None:
    found = endpoint(load(f"{GROQ}local = true\n"))
    assert (found.cap, found.cap_setting) == (1, "cap of [endpoints.groq] in omni.toml")
    assert found.deadlines == Deadlines(5, 300, 300, 1800, 1800)


def test_an_ollama_elsewhere_is_as_patient_unless_it_is_not_local(load: Load) -> None:
    table = '[endpoints.gpu]\ntype = "ollama"\nbase_url = "http://gpu:11434"\n'
    assert endpoint(load(table), "gpu").deadlines.first_byte_s == 300
    cloud = endpoint(load(f"{table}local = false\n"), "gpu")
    assert (cloud.is_local, cloud.cap, cloud.deadlines.first_byte_s) == (False, 3, 60)


# The table of an endpoint x, what `.env` says besides, and what is still missing.
IN_FILE = "of [endpoints.x] in omni.toml"
MISSING = [
    ('type = "openai"', "", f"key {IN_FILE}"),
    ('type = "openai"\nkey = "K"', "", "K"),
    ('type = "openai"\nkey = "K"', "K=", "K"),
    ('type = "openai"\nkey = "K"', "K=1", None),
    ('type = "openai"\nbase_url = "http://h"', "", None),
    ('type = "openai"\nbase_url = "http://h"\nkey = "K"', "", "K"),
    ('type = "openai"\nbase_url = "http://h"\nheaders = { A = "$K" }', "", "K"),
    ('type = "gemini"', "GEMINI_API_KEY=1", f"key {IN_FILE}"),
    ('type = "anthropic"\nbase_url = "http://h"', "", None),
    ('type = "ollama"', "", f"base_url {IN_FILE}"),
    ('type = "watsonx"\nbase_url = "http://h"', "", f"key {IN_FILE}"),
    ('type = "watsonx"\nkey = "K"', "K=1", f"project_id or space_id {IN_FILE}"),
    ('type = "watsonx"\nkey = "K"\nspace_id = "s"', "K=1", None),
]


@pytest.mark.parametrize(("text", "env", "missing"), MISSING)
def test_what_is_missing_is_named(load: Load, text: str, env: str, missing: str | None) -> None:
    assert endpoint(load(f"[endpoints.x]\n{text}\n", env), "x").missing == missing


def test_the_environment_gives_a_key_rather_than_the_env_file(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = f'{GROQ}key = "GROQ_API_KEY"\n'
    monkeypatch.setenv("GROQ_API_KEY", "")
    assert endpoint(load(table, "GROQ_API_KEY=file\n")).key == "file"
    monkeypatch.setenv("GROQ_API_KEY", "environment")
    assert endpoint(load(table, "GROQ_API_KEY=file\n")).key == "environment"


def test_a_header_takes_its_value_from_a_variable(load: Load) -> None:
    found = endpoint(load(f'{GROQ}headers = {{ X-Team = "$TEAM", X-App = "a b" }}\n', "TEAM=t7\n"))
    assert found.wire.headers == {"X-Team": "t7", "X-App": "a b"}


def test_the_space_of_a_table_takes_the_place_of_the_project_of_a_variable(load: Load) -> None:
    wire = endpoint(
        load('[endpoints.watsonx]\nspace_id = "s"\n', "WATSONX_PROJECT_ID=p\n"), "watsonx"
    ).wire
    assert (wire.project_id, wire.space_id) == (None, "s")


def test_every_value_of_a_variable_and_every_password_is_a_secret(load: Load) -> None:
    text = (
        f'{GROQ}key = "GROQ_API_KEY"\nproxy = "http://u:p%201@proxy"\n'
        'headers = { X-A = "$OTHER", X-B = "plain" }\n'
        '[endpoints.ibm]\ntype = "watsonx"\niam_url = "https://u:pw-iam@h/token"\n'
        '[endpoints.openai]\nbase_url = "http://u:pw-base@h/v1"\n'
    )
    env = f"GROQ_API_KEY={KEY}\nOTHER=pw-other\nANTHROPIC_API_KEY=pw-claude\nOMNI_PROXY=http://u:pw-main@h\n"
    settings = load(text, env)
    secrets = {KEY, "pw-other", "pw-claude", "p%201", "p 1", "pw-iam", "pw-base", "pw-main"}
    assert set(settings.secrets) == secrets
    said = f"{settings!r}{settings.endpoints!r}"
    assert [secret for secret in secrets if secret in said] == []


A_URL = "must be a URL such as https://host:8080/path."
A_NAME = "at most 40 small letters, digits and hyphens, and must not begin with a hyphen."
A_VARIABLE = "must be the NAME of a variable in capital letters; the key itself belongs into .env."
A_SECRET = "must be $VARIABLE, for it is a secret, which belongs into .env."
A_HEADER = "must be the name of a header, such as X-Title."
A_FILE = "must be a file of certificates; there is no such file."
A_LIMIT_FIELD = "must be 'max_completion_tokens' or 'max_tokens'."
NOT_OLLAMA = "is only for openai, anthropic, gemini or watsonx."
NOT_WATSONX = "is only for openai, anthropic, gemini or ollama."
TOO_SMALL = "must be greater than or equal to 0."
BOTH = "and project_id are both set: keep one."
TYPES = "'openai', 'anthropic', 'gemini', 'watsonx' or 'ollama'."
# What the file has besides a good table, and what is said of it.
FILE_FAULTS = [
    ("[endpoint.x]", "endpoint in omni.toml is not known: did you mean endpoints?"),
    ("[a]", "a in omni.toml is not known: all there is are tables [endpoints.NAME]."),
    ("endpoints = 3", "endpoints in omni.toml must be tables: write [endpoints.NAME]."),
    ("endpoints.x = 3", "[endpoints.x] in omni.toml must be a table."),
    ("[endpoints.blueprint]", "[endpoints.blueprint] in omni.toml: it has nothing to set."),
    ("[endpoints.Groq]", f"[endpoints.Groq] in omni.toml: the name must be {A_NAME}"),
    ("[endpoints.-x]", f"[endpoints.-x] in omni.toml: the name must be {A_NAME}"),
]  # fmt: skip
# A line in the table of an endpoint, and what is said of its field.
FIELD_FAULTS = [
    ("x", "", "type", "is missing: write openai, anthropic, gemini, watsonx or ollama."),
    ("x", 'type = "opnai"', "type", f"must be {TYPES}"),
    ("openai", 'type = "gemini"', "type", "must be openai: choose another name for another type."),
    ("groq", 'modle = "x"', "modle", "is not a field: did you mean model?"),
    ("groq", "zzz = 1", "zzz", "is not a field: see omni.toml.example."),
    ("openai", 'base_url = "groq"', "base_url", A_URL),
    ("openai", f'base_url = "https://u:{KEY}@h/?x"', "base_url", A_URL),
    ("groq", f'key = "{KEY}"', "key", A_VARIABLE),
    ("groq", "key = 3", "key", "must be a valid string."),
    ("groq", 'key_header = "api key"', "key_header", A_HEADER),
    ("groq", f'headers.Authorization = "{KEY}"', "headers.Authorization", A_SECRET),
    ("groq", f'headers.X-Api-Key = "{KEY}"', "headers.X-Api-Key", A_SECRET),
    ("groq", 'headers.A = "$x"', "headers.A", "must be a text, or $VARIABLE and nothing else."),
    ("groq", 'headers.A = "a\\nb"', "headers.A", "must be a text of printable ASCII characters."),
    ("groq", 'headers."A B" = "x"', "headers.A B", A_HEADER),
    ("groq", 'headers.Host = "x"', "headers.Host", "must be another header: we set this one."),
    ("groq", "headers = 1", "headers", "must be a table."),
    ("groq", "headers.A = 1", "headers.A", "must be a valid string."),
    ("groq", 'model = "two words"', "model", "must be the name of a model, without spaces."),
    ("groq", "cap = 0", "cap", "must be greater than or equal to 1."),
    ("groq", "cap = 1001", "cap", "must be less than or equal to 1000."),
    ("groq", 'cap = "3"', "cap", "must be a valid integer."),
    ("groq", "total_s = 0", "total_s", "must be greater than 0."),
    ("groq", "idle_s = inf", "idle_s", "must be a finite number."),
    ("groq", "connect_s = nan", "connect_s", "must be a finite number."),
    ("groq", "first_byte_s = 1e9", "first_byte_s", "must be less than or equal to 86400."),
    ("groq", "local = 1", "local", "must be a valid boolean."),
    ("groq", f'proxy = "socks5://u:{KEY}@h"', "proxy", A_URL),
    ("groq", 'ca_file = "/no.pem"', "ca_file", A_FILE),
    ("groq", "ca_file = 3", "ca_file", "must be a path."),
    ("groq", 'api = "old"', "api", "must be 'chat' or 'responses'."),
    ("groq", 'limit_field = "n"', "limit_field", A_LIMIT_FIELD),
    ("groq", 'api_version = "v1/x"', "api_version", "must be letters, digits, dots and hyphens."),
    ("groq", "price = 3", "price", "must be a table."),
    ("groq", "price.input = 1", "price.output", "is missing."),
    ("groq", "price = { input = -1, output = 2 }", "price.input", TOO_SMALL),
    ("groq", "price = { input = 1, output = 2, cached = 3 }", "price.cached", "is not a field."),
    ("groq", 'space_id = "s"', "space_id", "is only for watsonx."),
    ("groq", 'project_id = "p"', "project_id", "is only for watsonx."),
    ("groq", 'iam_url = "https://iam"', "iam_url", "is only for watsonx."),
    ("gemini", 'api = "responses"', "api", "is only for openai."),
    ("ollama", 'limit_field = "max_tokens"', "limit_field", "is only for openai."),
    ("ollama", 'api_version = "1"', "api_version", NOT_OLLAMA),
    ("watsonx", 'key_header = "K"', "key_header", NOT_WATSONX),
    ("watsonx", 'project_id = "p"\nspace_id = "s"', "space_id", BOTH),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), FILE_FAULTS)
def test_a_fault_of_the_file_is_one_sentence(load: Load, text: str, sentence: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("name", "line", "field", "sentence"), FIELD_FAULTS)
def test_a_fault_of_a_field_is_one_sentence_without_what_may_be_secret(
    load: Load, name: str, line: str, field: str, sentence: str
) -> None:
    table = GROQ if name == "groq" else f"[endpoints.{name}]\n"
    with pytest.raises(BadSettings) as caught:
        load(table + line)
    assert str(caught.value) == f"{field} of [endpoints.{name}] in omni.toml {sentence}"


def test_a_file_that_is_not_toml_is_told_with_the_line(load: Load, tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        load("[endpoints.x]\ntype = \n")
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'omni.toml'} is not TOML: ")
    assert said.endswith("(at line 2, column 8).")


@pytest.mark.parametrize("content", [b"\xff", b"x = " + b"[" * 100_000])
def test_a_file_that_cannot_be_read_is_one_sentence(
    load: Load, tmp_path: Path, content: bytes
) -> None:
    load("")
    (tmp_path / "omni.toml").write_bytes(content)
    with pytest.raises(BadSettings) as caught:
        load_settings(tmp_path / ".env")
    assert re.fullmatch(r"\S+/omni\.toml is not [^\n]+\.", str(caught.value))


def test_a_folder_in_the_place_of_the_file_is_one_sentence(load: Load, tmp_path: Path) -> None:
    (tmp_path / "omni.toml").mkdir()
    with pytest.raises(BadSettings, match=r"/omni\.toml cannot be read: Is a directory\.$"):
        load_settings(tmp_path / ".env")


def test_all_faults_of_variables_and_file_are_told_at_once(load: Load) -> None:
    text = f'{GROQ}cap = 0\nmodle = "x"\nspace_id = "s"\n[endpoints.B]\n'
    with pytest.raises(BadSettings) as caught:
        load(text, "OMNI_PROT=1\nOMNI_PORT=x\n")
    assert [line.split()[0] for line in str(caught.value).splitlines()] == [
        "OMNI_PROT",
        "OMNI_PORT",
        "modle",
        "cap",
        "space_id",
        "[endpoints.B]",
    ]


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    assert load_settings(tmp_path / ".env").endpoints[-1].name == "ollama"


def test_the_example_is_right_once_its_comments_are_taken_away(load: Load) -> None:
    text = re.sub(r"^#(?=[\[a-z])", "", (ROOT / "omni.toml.example").read_text(), flags=re.M)
    names = tomllib.loads(text)["endpoints"].keys()
    assert {"azure", "groq", "openrouter", "vllm", "llama-cpp", "lm-studio"} <= names
    keys = "".join(f"{name}=k\n" for name in re.findall(r'^key = "(\w+)"', text, re.M))
    settings = load(text, keys)
    assert [name for name in names - {"openai", "gemini"} if endpoint(settings, name).missing] == []


@pytest.mark.parametrize(
    ("table", "is_free"),
    [
        ("", False),
        ("price = { input = 0, output = 0 }\n", True),
        ("price = { input = 0, output = 0.1 }\n", False),
        ("local = true\n", True),
        ("local = true\nprice = { input = 1, output = 1 }\n", False),
    ],
)
def test_what_is_local_or_costs_nothing_is_free(load: Load, table: str, is_free: bool) -> None:
    settings = load(GROQ + table)
    assert endpoint(settings).is_free is is_free
    assert [e.name for e in settings.endpoints if e.is_free][:2] == ["blueprint", "ollama"]
