"""The variables of the environment and of `.env`, validated, frozen."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webapp.domain.batch import BLUEPRINT
from webapp.domain.endpoint import Deadlines, Endpoint, EndpointType
from webapp.domain.limits import MOST_REPAIR_ROUNDS
from webapp.settings.endpoint_file import EndpointFile
from webapp.settings.endpoints import Given, Usual, build_endpoint, further
from webapp.settings.values import (
    ROOT,
    AbsolutePath,
    CertificateFile,
    DatabaseUrl,
    OllamaHost,
    RedisUrl,
    Url,
    ollama_url,
    passwords,
)

ENV_FILE = ROOT / ".env"
PREFIX = "OMNI_"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CrashPoint = Literal[
    "after_mark",
    "after_send",
    "during_stream",
    "after_answer",
    "during_check",
    "before_commit",
    "after_commit",
    "after_file_rename",
]


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
    project_roots: Annotated[tuple[AbsolutePath, ...], NoDecode] = ()  # folders that pages may read
    database_url: DatabaseUrl | None = Field(None, repr=False)  # PostgreSQL instead of a file
    secret_key: SecretStr | None = None  # made and kept in the data folder at first start
    async_enabled: bool = True
    max_concurrent_requests: int = Field(3, ge=1, le=1000)  # per endpoint
    async_timeout_s: float = Field(120, gt=0, le=3600, validation_alias="OMNI_ASYNC_TIMEOUT")
    max_attempts: int = Field(3, ge=1, le=10)  # counts the first call too
    repair_rounds: int = Field(2, ge=0, le=MOST_REPAIR_ROUNDS)  # 0: errors fail the job at once
    run_here_max_jobs: int = Field(10, ge=0, le=1000)  # 0: never without a runner
    cache_ttl_s: int = Field(3600, ge=0, validation_alias="OMNI_CACHE_TTL")  # 0: no caching
    redis_url: RedisUrl | None = Field(None, repr=False)  # results are cached there, not in files
    full_checks: bool = True  # where the extra `full` is installed
    find_ollama: bool = True  # on the loopback address, where OLLAMA_HOST is not set
    proxy: Url | None = Field(None, repr=False)  # as any URL here, it may hold a password
    ca_file: CertificateFile | None = None
    crash_at: CrashPoint | None = None  # fault tests only: the runner kills itself there
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: Url | None = Field(None, repr=False, validation_alias="OPENAI_BASE_URL")
    anthropic_api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    gemini_api_key: SecretStr | None = Field(None, validation_alias="GEMINI_API_KEY")
    watsonx_api_key: SecretStr | None = Field(None, validation_alias="WATSONX_API_KEY")
    watsonx_project_id: str | None = Field(None, validation_alias="WATSONX_PROJECT_ID")
    watsonx_space_id: str | None = Field(None, validation_alias="WATSONX_SPACE_ID")
    watsonx_url: Url | None = Field(None, repr=False, validation_alias="WATSONX_URL")
    ollama_host: OllamaHost | None = Field(None, repr=False, validation_alias="OLLAMA_HOST")

    _file: EndpointFile = PrivateAttr(default_factory=EndpointFile)

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(host.strip().lower() for host in value.split(",") if host.strip())
        return value

    @field_validator("project_roots", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(path.strip() for path in value.split(",") if path.strip())
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("watsonx_space_id")
    @classmethod
    def _is_alone(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("watsonx_project_id") is not None:
            raise ValueError("and WATSONX_PROJECT_ID are both set: keep one")
        return value

    @model_validator(mode="after")
    def _other_hosts_are_named(self) -> Self:
        if self.host not in LOOPBACK and not self.allowed_hosts:
            raise ValueError(
                f"OMNI_HOST is {self.host}, which others can reach: set OMNI_ALLOWED_HOSTS to the "
                "host names people will use."
            )
        return self

    def with_file(self, file: EndpointFile) -> Self:
        """These settings, with the endpoints of an `omni.toml`."""
        settings = self.model_copy()
        settings._file = file
        return settings

    @property
    def database(self) -> Path | str:
        """Where everything is kept: one SQLite file, or the address of a PostgreSQL."""
        return self.database_url or self.data_dir / "omni.sqlite3"

    @property
    def cache_dir(self) -> Path:
        """Where cached results lie; it may be deleted at any time."""
        return self.data_dir / "cache"

    @property
    def cache_place(self) -> tuple[Path, int, str | None]:
        """Where results are cached: the folder, for how many seconds, and the Redis instead."""
        return self.cache_dir, self.cache_ttl_s, self.redis_url

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every endpoint, also those not set up, in the order the pages show them."""
        built_in = self._built_in()
        names = frozenset(given.name for given in built_in)
        usual = Usual(
            cap=self.max_concurrent_requests,
            cap_setting=variable_name("max_concurrent_requests"),
            total_s=self.async_timeout_s,
            proxy=self.proxy,
            ca_file=self.ca_file,
        )
        others = (*built_in, *further(self._file, names))
        return (_blueprint(), *(build_endpoint(given, self._file, usual) for given in others))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must never be shown or logged, the passwords within URLs included."""
        endpoints = self.endpoints
        keys = (_plain(self.secret_key), *(endpoint.key for endpoint in endpoints))
        addresses = (
            (endpoint.base_url, endpoint.proxy, endpoint.wire.iam_url) for endpoint in endpoints
        )
        urls = {
            self.proxy,
            self.redis_url,
            self.database_url,
            *(url for each in addresses for url in each),
        }
        return (
            *(key for key in keys if key is not None),
            *self._file.variables.values(),
            *(word for url in urls if url is not None for word in passwords(url)),
        )

    def _built_in(self) -> tuple[Given, ...]:
        return (
            Given(
                name="openai",
                type=EndpointType.OPENAI,
                base_url=self.openai_base_url,
                url_setting="OPENAI_BASE_URL",
                key=_plain(self.openai_api_key),
                key_setting="OPENAI_API_KEY",
            ),
            Given(
                name="anthropic",
                type=EndpointType.ANTHROPIC,
                key=_plain(self.anthropic_api_key),
                key_setting="ANTHROPIC_API_KEY",
            ),
            Given(
                name="gemini",
                type=EndpointType.GEMINI,
                key=_plain(self.gemini_api_key),
                key_setting="GEMINI_API_KEY",
            ),
            self._watsonx(),
            Given(
                name="ollama",
                type=EndpointType.OLLAMA,
                base_url=ollama_url(self.ollama_host) if self.ollama_host else None,
                url_setting="OLLAMA_HOST",
                is_looked_for=self.find_ollama,
            ),
        )

    def _watsonx(self) -> Given:
        return Given(
            name="watsonx",
            type=EndpointType.WATSONX,
            base_url=self.watsonx_url,
            url_setting="WATSONX_URL",
            key=_plain(self.watsonx_api_key),
            key_setting="WATSONX_API_KEY",
            project_id=self.watsonx_project_id,
            space_id=self.watsonx_space_id,
            project_setting="WATSONX_PROJECT_ID or WATSONX_SPACE_ID",
        )


def variable_name(field: str) -> str:
    """The environment variable that sets a field."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _blueprint() -> Endpoint:
    return Endpoint(
        name=BLUEPRINT,
        type=EndpointType.BLUEPRINT,
        base_url="",
        key=None,
        cap=None,
        cap_setting="",
        deadlines=Deadlines(5, 60, 60, 120, 600),
        is_local=True,
    )
