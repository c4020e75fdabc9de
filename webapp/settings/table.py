"""One `[endpoints.NAME]` of `omni.toml`: its fields, and what each of them may be."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from webapp.domain.limits import MOST_AT_ONCE
from webapp.settings.values import CertificateFile, Url, base_url

LONGEST_WAIT_S = 86_400
# Small letters are in every key that a provider gives, and in no name of a variable here: so a key
# that was written in place of the name is noticed.
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,100}")
_MODEL = re.compile(r"[!-~]{1,200}")
_HEADER = re.compile(r"[A-Za-z0-9!#%&'*+.^_`|~-]{1,100}")
_HEADER_TEXT = re.compile(r"[ -~]{1,1000}")
_OURS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)
_SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret", re.IGNORECASE)


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise ValueError(
            "must be the NAME of a variable in capital letters; the key itself belongs into .env"
        )
    return text


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError("must be letters, digits, dots and hyphens")
    return text


def _model(text: str) -> str:
    if not _MODEL.fullmatch(text):
        raise ValueError("must be the name of a model, without spaces")
    return text


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("must be the name of a header, such as X-Title")
    if name.lower() in _OURS:
        raise ValueError("must be another header: we set this one")
    return name


def _header_text(text: str) -> str:
    if text.startswith("$") and not _VARIABLE.fullmatch(text[1:]):
        raise ValueError("must be a text, or $VARIABLE and nothing else")
    if not _HEADER_TEXT.fullmatch(text):
        raise ValueError("must be a text of printable ASCII characters")
    return text


def _proxy(text: str) -> str:
    return base_url(text) if text else ""


def _path(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be a path")
    return value


Variable = Annotated[str, AfterValidator(_variable)]
Header = Annotated[str, AfterValidator(_header)]
HeaderText = Annotated[str, AfterValidator(_header_text)]
Word = Annotated[str, AfterValidator(_word)]
Seconds = Annotated[float, Field(gt=0, le=LONGEST_WAIT_S, allow_inf_nan=False)]
PerMinute = Annotated[int, Field(ge=1, le=10**9)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class PriceTable(_Strict):
    """US dollars per million tokens."""

    input: Dollars
    output: Dollars


class EndpointTable(_Strict):
    """What a table says; None is what the endpoint has anyway."""

    type: Literal["openai", "anthropic", "gemini", "watsonx", "ollama"] | None = None
    base_url: Url | None = Field(None, repr=False)
    key: Variable | None = None
    headers: dict[Header, HeaderText] = Field({}, repr=False)
    key_header: Header | None = None
    model: Annotated[str, AfterValidator(_model)] | None = None
    cap: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] | None = None
    requests_per_minute: PerMinute | None = None
    tokens_per_minute: PerMinute | None = None
    connect_s: Seconds | None = None
    first_byte_s: Seconds | None = None
    idle_s: Seconds | None = None
    total_s: Seconds | None = None
    reasoning_total_s: Seconds | None = None
    local: bool | None = None
    proxy: Annotated[str, AfterValidator(_proxy)] | None = Field(None, repr=False)  # "": none
    ca_file: Annotated[CertificateFile, BeforeValidator(_path)] | None = Field(None, strict=False)
    api: Literal["chat", "responses"] | None = None
    limit_field: Literal["max_completion_tokens", "max_tokens"] | None = None
    api_version: Word | None = None
    project_id: Word | None = None
    space_id: Word | None = None
    iam_url: Url | None = Field(None, repr=False)
    price: PriceTable | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables it names."""
        taken = (text[1:] for text in self.headers.values() if text.startswith("$"))
        return (*((self.key,) if self.key else ()), *taken)

    @property
    def unhidden(self) -> tuple[str, ...]:
        """The headers that must take their value from a variable, and do not."""
        return tuple(
            name
            for name, text in self.headers.items()
            if _SECRET_HEADER.search(name) and not text.startswith("$")
        )
