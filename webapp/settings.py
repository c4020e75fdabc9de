"""Settings: read once at start from the environment and `.env`, validated, frozen."""

import difflib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webapp.domain.batch import BLUEPRINT
from webapp.domain.endpoint import Deadlines, Endpoint, EndpointType

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / ".env"
PREFIX = "OMNI_"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OPENAI_URL = "https://api.openai.com/v1"
OLLAMA_URL = "http://127.0.0.1:11434"


class BadSettings(Exception):
    """A setting is wrong; the message is one sentence a line, naming the variable."""


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_base = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:  # brackets without an address in them, or a port beyond 65535
        is_base = False
    if not is_base or parts.scheme not in ("http", "https"):
        raise ValueError("must be a URL such as https://host:8080/path")
    return text.rstrip("/")


def _ollama_host(text: str) -> str:
    _url(ollama_url(text))
    return text


def _absolute(path: Path) -> Path:
    # Not from the working directory: all commands must find the same folder.
    return ROOT / path.expanduser()


CrashPoint = Literal[
    "after_mark", "during_stream", "after_answer", "during_check", "before_commit", "after_commit"
]
Url = Annotated[str, AfterValidator(_url)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class Settings(BaseSettings):
    """Validated configuration. Every field is documented in the README."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_ignore_empty=True,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)  # 0: a free one, said at start
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    proxy_hops: int = Field(0, ge=0, le=10)
    web_workers: int = Field(2, ge=1, le=64)
    web_threads: int = Field(8, ge=1, le=256)
    data_dir: AbsolutePath = ROOT / "var"
    secret_key: SecretStr | None = None  # made and kept in the data folder at first start
    async_enabled: bool = True
    max_concurrent_requests: int = Field(3, ge=1, le=1000)  # per endpoint
    async_timeout_s: float = Field(120, gt=0, le=3600, validation_alias="OMNI_ASYNC_TIMEOUT")
    max_attempts: int = Field(3, ge=1, le=10)  # counts the first call too
    cache_ttl_s: int = Field(3600, ge=0, validation_alias="OMNI_CACHE_TTL")  # 0: no caching
    proxy: Url | None = Field(None, repr=False)  # as any URL here, it may hold a password
    ca_file: AbsolutePath | None = None
    crash_at: CrashPoint | None = None  # fault tests only: the runner kills itself there
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: Url | None = Field(None, repr=False, validation_alias="OPENAI_BASE_URL")
    ollama_host: Annotated[str, AfterValidator(_ollama_host)] | None = Field(
        None, repr=False, validation_alias="OLLAMA_HOST"
    )

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(host.strip().lower() for host in value.split(",") if host.strip())
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("ca_file")
    @classmethod
    def _exists(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError("must be a file of certificates; there is no such file")
        return path

    @model_validator(mode="after")
    def _other_hosts_are_named(self) -> Self:
        if self.host not in LOOPBACK and not self.allowed_hosts:
            raise ValueError(
                f"OMNI_HOST is {self.host}, which others can reach: set OMNI_ALLOWED_HOSTS to the "
                "host names people will use."
            )
        return self

    @property
    def database_path(self) -> Path:
        """The one SQLite file."""
        return self.data_dir / "omni.sqlite3"

    @property
    def cache_dir(self) -> Path:
        """Where cached results lie; it may be deleted at any time."""
        return self.data_dir / "cache"

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every endpoint, also those not set up, in the order the pages show them."""
        return (self._blueprint(), self._openai(), self._ollama())

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be shown or logged, the passwords within URLs included."""
        keys = (self.openai_api_key, self.secret_key)
        urls = (self.proxy, self.openai_base_url, self.ollama_host)
        return (
            *(key.get_secret_value() for key in keys if key is not None),
            *(word for url in urls if url is not None for word in _passwords(url)),
        )

    def _deadlines(self) -> Deadlines:
        total_s = self.async_timeout_s
        return Deadlines(
            connect_s=min(5, total_s),
            first_byte_s=min(60, total_s),
            idle_s=min(60, total_s),
            total_s=total_s,
            reasoning_total_s=max(600, total_s),
        )

    def _blueprint(self) -> Endpoint:
        return Endpoint(
            name=BLUEPRINT,
            type=EndpointType.BLUEPRINT,
            base_url="",
            key=None,
            cap=None,
            cap_setting="",
            deadlines=self._deadlines(),
            is_local=True,
        )

    def _openai(self) -> Endpoint:
        key = self.openai_api_key
        return Endpoint(
            name="openai",
            type=EndpointType.OPENAI,
            base_url=self.openai_base_url or OPENAI_URL,
            key=key.get_secret_value() if key else None,
            cap=self.max_concurrent_requests,
            cap_setting="OMNI_MAX_CONCURRENT_REQUESTS",
            deadlines=self._deadlines(),
            is_local=False,
            # A compatible server may ask for no key; OpenAI itself always does.
            missing=None if key or self.openai_base_url else "OPENAI_API_KEY",
            key_setting="OPENAI_API_KEY",
            url_setting="OPENAI_BASE_URL",
            proxy=self.proxy,
            ca_file=self.ca_file,
        )

    def _ollama(self) -> Endpoint:
        return Endpoint(
            name="ollama",
            type=EndpointType.OLLAMA,
            base_url=ollama_url(self.ollama_host) if self.ollama_host else OLLAMA_URL,
            key=None,
            cap=1,  # it computes one answer at a time: more calls would only queue there
            cap_setting="the ollama endpoint",
            deadlines=Deadlines(5, 300, 300, 1800, 1800),
            is_local=True,
            missing=None if self.ollama_host else "OLLAMA_HOST",
            key_setting="OLLAMA_HOST",
            url_setting="OLLAMA_HOST",
            proxy=self.proxy,
            ca_file=self.ca_file,
        )


def ollama_url(host: str) -> str:
    """The base URL for a value of OLLAMA_HOST, which may lack the scheme or the port."""
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "http", host
    rest = rest.rstrip("/")
    name = rest.rpartition("]")[2] if rest.startswith("[") else rest
    return f"{scheme}://{rest}" if ":" in name or separator else f"{scheme}://{rest}:11434"


def load_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read the environment and `.env`; BadSettings with a sentence for each fault."""
    sentences = [*_unknown_variables(env_file)]
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        sentences += _sentences(error)
    if sentences:
        raise BadSettings("\n".join(sentences))
    return settings


def variable_name(field: str) -> str:
    """The environment variable that sets a field."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


def private_folder(path: Path) -> Path:
    """Make a folder that only this user may enter, where there is none; BadSettings if it fails."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"The folder {path} cannot be made: {error.strerror}. See OMNI_DATA_DIR."
        raise BadSettings(sentence) from None
    return path


def secret_key(settings: Settings) -> str:
    """What signs cookies: the setting, else 256 random bits that the first start keeps.

    BadSettings where other users could read the kept ones.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    private_folder(settings.data_dir)
    path = private_folder(settings.data_dir / "keys") / "secret_key"
    if not path.exists():
        _keep_new_key(path)
    if path.stat().st_mode & 0o077:
        raise BadSettings(f"Others can read {path}: delete it, or run chmod 600 on it.")
    return path.read_text(encoding="ascii")


def _keep_new_key(path: Path) -> None:
    """Write a new key whole, and only where no other process was faster."""
    draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _unknown_variables(env_file: Path) -> Iterator[str]:
    known = {variable_name(field) for field in Settings.model_fields}
    endings = {name.removeprefix(PREFIX): name for name in known}
    given = {name.upper() for name in (*os.environ, *dotenv_values(env_file))}
    for name in sorted(given - known):
        if name.startswith(PREFIX):
            close = difflib.get_close_matches(name.removeprefix(PREFIX), endings, n=1)
            advice = f"did you mean {endings[close[0]]}?" if close else "see the README's table."
            yield f"{name} is not a setting: {advice}"


def _passwords(url: str) -> Iterator[str]:
    password = urlsplit(url).password
    if password:
        yield password
        yield unquote(password)


def _sentences(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        if not fault["loc"]:
            yield message
            continue
        place = str(fault["loc"][0])
        name = variable_name(place) if place in Settings.model_fields else place
        yield f"{name} {message}."
