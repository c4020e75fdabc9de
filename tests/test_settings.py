import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from webapp.domain.endpoint import Deadlines, Endpoint
from webapp.settings import (
    ROOT,
    BadSettings,
    Settings,
    load_settings,
    ollama_url,
    private_folder,
    secret_key,
    variable_name,
)

KEY = "sk-canary-4711"
VALUES = [
    ("OMNI_HOST", "localhost", "host", "localhost"),
    ("OMNI_PORT", "0", "port", 0),
    ("OMNI_ALLOWED_HOSTS", "Omni.lan, 10.0.0.7", "allowed_hosts", ("omni.lan", "10.0.0.7")),
    ("OMNI_PROXY_HOPS", "1", "proxy_hops", 1),
    ("OMNI_WEB_WORKERS", "4", "web_workers", 4),
    ("OMNI_WEB_THREADS", "16", "web_threads", 16),
    ("OMNI_DATA_DIR", "/srv/omni", "data_dir", Path("/srv/omni")),
    ("OMNI_PROJECT_ROOTS", "/srv/a, /srv/b", "project_roots", (Path("/srv/a"), Path("/srv/b"))),
    ("OMNI_DATABASE_URL", "postgresql://u:pw@db/omni", "database_url", "postgresql://u:pw@db/omni"),
    ("OMNI_SECRET_KEY", KEY, "secret_key", SecretStr(KEY)),
    ("OMNI_ASYNC_ENABLED", "false", "async_enabled", False),
    ("OMNI_MAX_CONCURRENT_REQUESTS", "20", "max_concurrent_requests", 20),
    ("OMNI_ASYNC_TIMEOUT", "7.5", "async_timeout_s", 7.5),
    ("OMNI_MAX_ATTEMPTS", "1", "max_attempts", 1),
    ("OMNI_REPAIR_ROUNDS", "0", "repair_rounds", 0),
    ("OMNI_RUN_HERE_MAX_JOBS", "2", "run_here_max_jobs", 2),
    ("OMNI_CACHE_TTL", "0", "cache_ttl_s", 0),
    ("OMNI_REDIS_URL", "redis://:pw@cache:6379/0", "redis_url", "redis://:pw@cache:6379/0"),
    ("OMNI_FULL_CHECKS", "false", "full_checks", False),
    ("OMNI_FIND_OLLAMA", "false", "find_ollama", False),
    ("OMNI_PROXY", "http://proxy:3128/", "proxy", "http://proxy:3128"),
    ("OMNI_CA_FILE", "pyproject.toml", "ca_file", ROOT / "pyproject.toml"),
    ("OMNI_CRASH_AT", "before_commit", "crash_at", "before_commit"),
    ("OMNI_LOG_LEVEL", "WARNING", "log_level", "warning"),
    ("OMNI_LOG_FORMAT", "json", "log_format", "json"),
    ("OPENAI_API_KEY", KEY, "openai_api_key", SecretStr(KEY)),
    ("OPENAI_BASE_URL", "http://10.0.0.7:8080/v1/", "openai_base_url", "http://10.0.0.7:8080/v1"),
    ("ANTHROPIC_API_KEY", KEY, "anthropic_api_key", SecretStr(KEY)),
    ("GEMINI_API_KEY", KEY, "gemini_api_key", SecretStr(KEY)),
    ("WATSONX_API_KEY", KEY, "watsonx_api_key", SecretStr(KEY)),
    ("WATSONX_PROJECT_ID", "p-1", "watsonx_project_id", "p-1"),
    ("WATSONX_SPACE_ID", "s-1", "watsonx_space_id", "s-1"),
    ("WATSONX_URL", "https://eu-de.ml.cloud.ibm.com/", "watsonx_url", "https://eu-de.ml.cloud.ibm.com"),
    ("OLLAMA_HOST", "gpu:11434", "ollama_host", "gpu:11434"),
]  # fmt: skip
FAULTS = [
    ("OMNI_HOST", "0.0.0.0", "OMNI_HOST is 0.0.0.0, which others can reach: set OMNI_ALL"),
    ("OMNI_PORT", "eighty", "OMNI_PORT must be a valid integer"),
    ("OMNI_PORT", "65536", "OMNI_PORT must be less than or equal to 65535."),
    ("OMNI_PROXY_HOPS", "-1", "OMNI_PROXY_HOPS must be greater than or equal to 0."),
    ("OMNI_WEB_WORKERS", "0", "OMNI_WEB_WORKERS must be greater than or equal to 1."),
    ("OMNI_WEB_THREADS", "1.5", "OMNI_WEB_THREADS must be a valid integer"),
    ("OMNI_ASYNC_ENABLED", "perhaps", "OMNI_ASYNC_ENABLED must be a valid boolean"),
    ("OMNI_MAX_CONCURRENT_REQUESTS", "0", "OMNI_MAX_CONCURRENT_REQUESTS must be greater"),
    ("OMNI_ASYNC_TIMEOUT", "nan", "OMNI_ASYNC_TIMEOUT must be"),
    ("OMNI_ASYNC_TIMEOUT", "0", "OMNI_ASYNC_TIMEOUT must be greater than 0."),
    ("OMNI_MAX_ATTEMPTS", "0", "OMNI_MAX_ATTEMPTS must be greater than or equal to 1."),
    ("OMNI_CACHE_TTL", "-1", "OMNI_CACHE_TTL must be greater than or equal to 0."),
    ("OMNI_PROXY", f"socks://user:{KEY}@proxy", "OMNI_PROXY must be a URL such as"),
    ("OMNI_CA_FILE", "/no/such.pem", "OMNI_CA_FILE must be a file of certificates"),
    ("OMNI_LOG_LEVEL", "loud", "OMNI_LOG_LEVEL must be 'debug', 'info', 'warning' or 'error'."),
    ("OMNI_LOG_FORMAT", "xml", "OMNI_LOG_FORMAT must be 'text' or 'json'."),
    ("OPENAI_BASE_URL", f"https://u:{KEY}@host:99999/v1", "OPENAI_BASE_URL must be a URL"),
    ("OPENAI_BASE_URL", "https://host/v1?key=1", "OPENAI_BASE_URL must be a URL such as"),
    ("OLLAMA_HOST", "http://[nowhere", "OLLAMA_HOST must be a URL such as"),
    ("OMNI_FIND_OLLAMA", "maybe", "OMNI_FIND_OLLAMA must be a valid boolean"),
    ("WATSONX_URL", "eu-de", "WATSONX_URL must be a URL such as"),
    ("OMNI_PROT", "80", "OMNI_PROT is not a setting: did you mean OMNI_PORT?"),
    ("omni_data_folder", "x", "OMNI_DATA_FOLDER is not a setting: did you mean OMNI_DATA_DIR?"),
    ("OMNI_OPENAI_API_KEY", KEY, "OMNI_OPENAI_API_KEY is not a setting: did you mean OPENAI"),
    ("OMNI_XYZZY", "1", "OMNI_XYZZY is not a setting: see the README's table."),
]  # fmt: skip


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {variable_name(field) for field in Settings.model_fields}
    for name in os.environ:
        if name in known or name.startswith("OMNI_"):
            monkeypatch.delenv(name)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def endpoint(settings: Settings, name: str) -> Endpoint:
    return next(endpoint for endpoint in settings.endpoints if endpoint.name == name)


@pytest.mark.parametrize(("variable", "text", "field", "value"), VALUES)
def test_a_variable_sets_its_field(
    variable: str,
    text: str,
    field: str,
    value: object,
    env_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert getattr(load_settings(env_file), field) != value
    monkeypatch.setenv(variable, text)
    assert getattr(load_settings(env_file), field) == value


def test_the_table_above_has_every_setting() -> None:
    assert [variable for variable, *_ in VALUES] == list(map(variable_name, Settings.model_fields))


@pytest.mark.parametrize(("variable", "text", "field", "value"), VALUES)
def test_the_env_file_sets_it_too(
    variable: str, text: str, field: str, value: object, env_file: Path
) -> None:
    env_file.write_text(f"{variable}={text!r}\n")
    assert getattr(load_settings(env_file), field) == value


def test_the_environment_wins_over_the_env_file(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("OMNI_PORT=1\n")
    monkeypatch.setenv("OMNI_PORT", "2")
    assert load_settings(env_file).port == 2


def test_an_empty_variable_is_none(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_PORT", "")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    settings = load_settings(env_file)
    assert (settings.port, settings.openai_api_key) == (8000, None)


@pytest.mark.parametrize(("variable", "text", "sentence"), FAULTS)
def test_a_fault_is_one_sentence_without_the_value_of_a_secret(
    variable: str, text: str, sentence: str, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(BadSettings) as caught:
        load_settings(env_file)
    said = str(caught.value)
    assert said.startswith(sentence)
    assert "\n" not in said
    assert KEY not in said


def test_an_error_of_the_library_hides_the_value_too() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, proxy=f"socks://user:{KEY}@proxy")
    assert KEY not in str(caught.value)


def test_a_misspelt_variable_in_the_env_file_is_named(env_file: Path) -> None:
    env_file.write_text("OMNI_CACHE_TLL=1\n")
    with pytest.raises(
        BadSettings, match="OMNI_CACHE_TLL is not a setting: did you mean OMNI_CACH"
    ):
        load_settings(env_file)


def test_all_faults_are_told_at_once(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("OMNI_PROT=1\nOMNI_WEB_THREADS=none\n")
    monkeypatch.setenv("OMNI_PORT", "high")
    with pytest.raises(BadSettings) as caught:
        load_settings(env_file)
    assert [line.split()[0] for line in str(caught.value).splitlines()] == [
        "OMNI_PROT",
        "OMNI_PORT",
        "OMNI_WEB_THREADS",
    ]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "omni.example.org"])
def test_a_host_that_others_reach_needs_the_names_they_use(host: str, env_file: Path) -> None:
    env_file.write_text(f"OMNI_HOST={host}\nOMNI_ALLOWED_HOSTS=omni.example.org\n")
    assert load_settings(env_file).host == host


@pytest.mark.parametrize(
    ("text", "folder"),
    [("data", ROOT / "data"), ("~/omni", Path.home() / "omni"), ("/srv", Path("/srv"))],
)
def test_a_relative_data_folder_is_the_same_from_everywhere(
    text: str, folder: Path, env_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(f"OMNI_DATA_DIR={text}\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(env_file).data_dir == folder


def test_secrets_are_keys_and_the_passwords_of_urls() -> None:
    settings = Settings(
        _env_file=None,
        openai_api_key=SecretStr("a"),
        secret_key=SecretStr("b"),
        proxy="http://user:c%20d@proxy",
    )
    assert set(settings.secrets) == {"a", "b", "c%20d", "c d"}
    shown = repr(settings) + repr(settings.endpoints)
    assert "c%20d" not in shown
    assert "key='a'" not in shown


def test_without_settings_only_the_blueprint_is_set_up(settings: Settings) -> None:
    missing = {endpoint.name: endpoint.missing for endpoint in settings.endpoints}
    assert list(missing.items()) == [
        ("blueprint", None),
        ("openai", "OPENAI_API_KEY"),
        ("anthropic", "ANTHROPIC_API_KEY"),
        ("gemini", "GEMINI_API_KEY"),
        ("watsonx", "WATSONX_API_KEY"),
        ("ollama", "OLLAMA_HOST"),
    ]


def test_a_key_sets_up_openai() -> None:
    openai = endpoint(Settings(_env_file=None, openai_api_key=SecretStr(KEY)), "openai")
    assert (openai.is_set_up, openai.base_url, openai.key) == (
        True,
        "https://api.openai.com/v1",
        KEY,
    )


@pytest.mark.parametrize(
    ("name", "base_url", "api_version"),
    [
        ("anthropic", "https://api.anthropic.com", "2026-10-21"),
        ("gemini", "https://generativelanguage.googleapis.com", "v1"),
    ],
)
def test_a_key_sets_up_its_provider(name: str, base_url: str, api_version: str) -> None:
    settings = Settings(
        _env_file=None, anthropic_api_key=SecretStr(KEY), gemini_api_key=SecretStr(KEY)
    )
    found = endpoint(settings, name)
    assert (found.is_set_up, found.key, found.base_url) == (True, KEY, base_url)
    assert found.wire.api_version == api_version


def test_watsonx_needs_a_project_or_a_space_besides_its_key() -> None:
    settings = Settings(_env_file=None, watsonx_api_key=SecretStr(KEY))
    bare = endpoint(settings, "watsonx")
    assert bare.missing == "WATSONX_PROJECT_ID or WATSONX_SPACE_ID"
    assert bare.base_url == "https://us-south.ml.cloud.ibm.com"
    assert bare.wire.api_version == "2026-10-14"
    assert bare.wire.iam_url == "https://iam.cloud.ibm.com/identity/token"
    for field in ("project_id", "space_id"):
        found = endpoint(settings.model_copy(update={f"watsonx_{field}": "x"}), "watsonx")
        assert (found.missing, getattr(found.wire, field)) == (None, "x")


def test_a_watsonx_project_and_a_space_contradict_each_other(env_file: Path) -> None:
    env_file.write_text("WATSONX_PROJECT_ID=p\nWATSONX_SPACE_ID=s\nOMNI_PORT=x\n")
    with pytest.raises(BadSettings) as caught:
        load_settings(env_file)
    assert str(caught.value).splitlines()[1] == (
        "WATSONX_SPACE_ID and WATSONX_PROJECT_ID are both set: keep one."
    )


def test_an_ollama_is_looked_for_on_this_machine_alone() -> None:
    settings = Settings(_env_file=None, proxy="http://proxy:3128")
    ollama = endpoint(settings, "ollama")
    assert (ollama.is_set_up, ollama.is_looked_for) == (True, True)
    assert (ollama.base_url, ollama.proxy) == ("http://127.0.0.1:11434", None)
    given = endpoint(settings.model_copy(update={"ollama_host": "gpu"}), "ollama")
    assert (given.is_looked_for, given.proxy) == (False, "http://proxy:3128")


def test_a_compatible_server_needs_no_key() -> None:
    openai = endpoint(Settings(_env_file=None, openai_base_url="http://here/v1"), "openai")
    assert (openai.is_set_up, openai.base_url, openai.key) == (True, "http://here/v1", None)


def test_a_cap_and_deadlines_come_from_the_settings() -> None:
    settings = Settings(_env_file=None, max_concurrent_requests=7, async_timeout_s=30)
    openai = endpoint(settings, "openai")
    assert openai.cap == 7
    assert openai.deadlines == Deadlines(5, 30, 30, 30, 600)


def test_a_local_model_has_time_and_is_asked_one_thing_at_a_time() -> None:
    ollama = endpoint(Settings(_env_file=None, ollama_host="gpu", async_timeout_s=1), "ollama")
    assert (ollama.is_set_up, ollama.is_local, ollama.cap) == (True, True, 1)
    assert ollama.deadlines == Deadlines(5, 300, 300, 1800, 1800)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("gpu", "http://gpu:11434"),
        ("gpu:8080", "http://gpu:8080"),
        ("10.0.0.7", "http://10.0.0.7:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("https://gpu.example.org", "https://gpu.example.org"),
        ("http://gpu:8080/", "http://gpu:8080"),
    ],
)
def test_ollama_host_is_written_as_ollama_reads_it(host: str, url: str) -> None:
    assert ollama_url(host) == url


def test_a_secret_key_is_made_once_and_only_for_us(settings: Settings) -> None:
    key = secret_key(settings)
    folder = settings.data_dir / "keys"
    assert secret_key(settings) == key
    assert len(bytes.fromhex(key)) == 32
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder)]
    assert modes == [0o700, 0o700]
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_the_secret_key(settings: Settings) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(secret_key, [settings] * 64))
    assert len(keys) == 1
    assert len(keys.pop()) == 64


def test_a_secret_key_that_others_can_read_is_refused(settings: Settings) -> None:
    secret_key(settings)
    path = settings.data_dir / "keys" / "secret_key"
    path.chmod(0o640)
    with pytest.raises(BadSettings, match=f"Others can read {path}"):
        secret_key(settings)


def test_a_secret_key_that_is_given_is_not_written_down(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", secret_key=SecretStr(KEY))
    assert secret_key(settings) == KEY
    assert not settings.data_dir.exists()


def test_a_file_in_the_place_of_the_data_folder_is_one_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.touch()
    with pytest.raises(BadSettings) as caught:
        private_folder(in_the_way)
    assert str(caught.value) == (
        f"The folder {in_the_way} cannot be made: File exists. See OMNI_DATA_DIR."
    )
