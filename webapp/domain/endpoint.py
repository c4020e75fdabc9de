"""An endpoint: a named place that answers prompts, with its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Literal


class EndpointType(StrEnum):
    """The wire contract an endpoint speaks."""

    BLUEPRINT = "blueprint"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    WATSONX = "watsonx"
    OLLAMA = "ollama"


# What is asked for where an endpoint names no other, as the makers' own libraries did in Nov 2026.
API_VERSIONS: Mapping[EndpointType, str] = MappingProxyType(
    {
        EndpointType.ANTHROPIC: "2026-10-21",
        EndpointType.GEMINI: "v1",
        EndpointType.WATSONX: "2026-10-14",
    }
)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds; `idle_s` is the longest silence between two pieces of an answer."""

    connect_s: float
    first_byte_s: float
    idle_s: float
    total_s: float
    reasoning_total_s: float  # for models that think before they answer


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input_usd: float
    output_usd: float

    @property
    def is_free(self) -> bool:
        """Whether a call costs nothing."""
        return self.input_usd == 0 and self.output_usd == 0


@dataclass(frozen=True, slots=True)
class Wire:
    """What of a wire contract differs between endpoints of one type; None or empty: as is usual.

    `api_version` is Anthropic's `anthropic-version`, Gemini's `v1` or `v1beta`, the `version` of
    watsonx, the `api-version` of Azure. `api` chooses Responses instead of Chat Completions,
    `limit_field` how Chat Completions are told the output limit. `headers` are sent with every
    request, `key_header` is the one that carries the key. Of `project_id` and `space_id` watsonx
    needs exactly one; `iam_url` is where it gives tokens.
    """

    api_version: str | None = None
    api: Literal["chat", "responses"] = "chat"
    limit_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    key_header: str | None = None
    project_id: str | None = None
    space_id: str | None = None
    iam_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One provider as configured. `cap` bounds the calls in flight; None is no bound.

    `missing` names the variable to set where the endpoint is not set up. The `…_setting` say in
    sentences what sets a value: a variable, or a place in `omni.toml`. The key is never shown,
    nor a password in a URL: `repr` leaves them out. `proxy` and `ca_file` are those of the whole
    product where the endpoint has none of its own. `is_looked_for` says that nobody set it up: it
    is there while it answers.
    """

    name: str
    type: EndpointType
    base_url: str = field(repr=False)
    key: str | None = field(repr=False)
    cap: int | None
    cap_setting: str
    deadlines: Deadlines
    is_local: bool
    missing: str | None = None
    key_setting: str = ""
    url_setting: str = ""
    wire: Wire = Wire()
    default_model: str | None = None
    price: Price | None = None
    proxy: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    is_looked_for: bool = False
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    @property
    def is_free(self) -> bool:
        """Whether a call costs nothing, as far as is known."""
        return self.is_local if self.price is None else self.price.is_free

    @property
    def is_set_up(self) -> bool:
        """Whether jobs can be sent there at all."""
        return self.missing is None


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe of an endpoint found; `sentence` holds the provider's own words on failure."""

    endpoint: str
    is_ok: bool
    sentence: str
    models: tuple[str, ...]
    latency_s: float | None


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint as the pages show it; health is None where it was not asked yet.

    URLs may still hold a password here: the pages leave it out.
    """

    name: str
    type: EndpointType
    base_url: str = field(repr=False)
    cap: int | None
    cap_setting: str
    deadlines: Deadlines
    is_free: bool
    is_looked_for: bool
    missing: str | None
    default_model: str | None
    price: Price | None
    proxy: str | None = field(repr=False)
    api_version: str | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    health: Health | None

    @property
    def is_there(self) -> bool:
        """Whether jobs can be sent there now, as far as is known."""
        answers = self.health is not None and self.health.is_ok
        return self.missing is None and (answers or not self.is_looked_for)


@dataclass(frozen=True, slots=True)
class KindView:
    """An artifact kind as the form offers it."""

    name: str
    title: str
    targets: tuple[str, ...]
    needs_target: bool
    max_tokens: int
    is_checked: bool
    has_blueprint: bool


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the form offers it: for artifacts of which kinds, and by the blueprint of which."""

    name: str
    title: str
    kinds: tuple[str, ...]
    blueprint_kinds: frozenset[str]

    def fits(self, kind: str, *, is_blueprint: bool) -> bool:
        """Whether an artifact of a kind can be changed so, by a model or by the blueprint."""
        return kind in (self.blueprint_kinds if is_blueprint else self.kinds)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a batch can be made of."""

    kinds: tuple[KindView, ...]
    steps: tuple[StepView, ...]
    endpoints: tuple[EndpointView, ...]
