"""An endpoint: a named place that answers prompts, with its limits."""

from dataclasses import dataclass, field
from enum import StrEnum


class EndpointType(StrEnum):
    """The wire contract an endpoint speaks."""

    BLUEPRINT = "blueprint"
    OPENAI = "openai"
    OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds; `idle_s` is the longest silence between two pieces of an answer."""

    connect_s: float
    first_byte_s: float
    idle_s: float
    total_s: float
    reasoning_total_s: float  # for models that think before they answer


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One provider as configured. `cap` bounds the calls in flight; None is no bound.

    `missing` names the variable to set where the endpoint is not set up. The key is never shown:
    `repr` leaves it out.
    """

    name: str
    type: EndpointType
    base_url: str
    key: str | None = field(repr=False)
    cap: int | None
    cap_setting: str  # which variable sets the cap, for the plan
    deadlines: Deadlines
    is_local: bool
    missing: str | None = None

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
    """An endpoint as the pages show it; health is None where it was not asked yet."""

    name: str
    type: EndpointType
    base_url: str
    cap: int | None
    is_local: bool
    missing: str | None
    health: Health | None


@dataclass(frozen=True, slots=True)
class KindView:
    """An artifact kind as the form offers it."""

    name: str
    title: str
    targets: tuple[str, ...]
    max_tokens: int
    is_checked: bool
    has_blueprint: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a batch can be made of."""

    kinds: tuple[KindView, ...]
    endpoints: tuple[EndpointView, ...]
