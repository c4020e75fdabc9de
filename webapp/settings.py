"""Settings: read once at start from the environment and `.env`, validated, frozen."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webapp.domain.batch import BLUEPRINT
from webapp.domain.endpoint import Deadlines, Endpoint, EndpointType

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OPENAI_URL = "https://api.openai.com/v1"
OLLAMA_URL = "http://127.0.0.1:11434"


class BadSettings(Exception):
    """A setting is wrong; the message is one sentence a line, naming the variable."""


class Settings(BaseSettings):
    """Validated configuration. Every field is documented in the README."""

    model_config = SettingsConfigDict(
        env_prefix="OMNI_",
        env_file=ROOT / ".env",
        env_ignore_empty=True,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
    )

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)  # 0: a free one, said at start
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    proxy_hops: int = Field(0, ge=0, le=10)
    web_workers: int = Field(2, ge=1, le=64)
    web_threads: int = Field(8, ge=1, le=256)
    data_dir: Path = ROOT / "var"
    secret_key: SecretStr | None = None  # made and kept in the data folder at first start
    async_enabled: bool = True
    max_concurrent_requests: int = Field(3, ge=1, le=1000)  # per endpoint
    async_timeout_s: float = Field(120, gt=0, le=3600, validation_alias="OMNI_ASYNC_TIMEOUT")
    max_attempts: int = Field(3, ge=1, le=10)  # counts the first call too
    cache_ttl_s: int = Field(3600, ge=0, validation_alias="OMNI_CACHE_TTL")  # 0: no caching
    proxy: str | None = None
    ca_file: Path | None = None
    crash_at: str | None = None  # fault tests only: the runner kills itself at this point
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    ollama_host: str | None = Field(None, validation_alias="OLLAMA_HOST")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(host.strip().lower() for host in value.split(",") if host.strip())
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

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
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every endpoint, also those not set up, in the order the pages show them."""
        return (self._blueprint(), self._openai(), self._ollama())

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be shown or logged."""
        keys = (self.openai_api_key, self.secret_key)
        return tuple(key.get_secret_value() for key in keys if key is not None)

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
            base_url=(self.openai_base_url or OPENAI_URL).rstrip("/"),
            key=key.get_secret_value() if key else None,
            cap=self.max_concurrent_requests,
            cap_setting="OMNI_MAX_CONCURRENT_REQUESTS",
            deadlines=self._deadlines(),
            is_local=False,
            # A compatible server may ask for no key; OpenAI itself always does.
            missing=None if key or self.openai_base_url else "OPENAI_API_KEY",
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
        )


def ollama_url(host: str) -> str:
    """The base URL for a value of OLLAMA_HOST, which may lack the scheme or the port."""
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "http", host
    rest = rest.rstrip("/")
    name = rest.rpartition("]")[2] if rest.startswith("[") else rest
    return f"{scheme}://{rest}" if ":" in name or separator else f"{scheme}://{rest}:11434"


def load_settings() -> Settings:
    """Read the environment and `.env`; BadSettings with a sentence for each fault."""
    unknown = _unknown_variables()
    if unknown:
        raise BadSettings(f"Unknown setting {', '.join(unknown)}: see the table in the README.")
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings("\n".join(_sentences(error))) from None


def _unknown_variables() -> list[str]:
    known = {variable_name(field) for field in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith("OMNI_") and name not in known)


def variable_name(field: str) -> str:
    """The environment variable that sets a field."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"OMNI_{field.upper()}"


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for fault in error.errors(include_url=False, include_input=False):
        place = str(fault["loc"][0]) if fault["loc"] else ""
        name = variable_name(place) if place in Settings.model_fields else place
        message = fault["msg"].removeprefix("Value error, ")
        sentences.append(f"{name}: {message}." if name else message)
    return sentences
