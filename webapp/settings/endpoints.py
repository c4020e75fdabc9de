"""Endpoints, from what the variables give and what `omni.toml` says."""

from dataclasses import dataclass
from pathlib import Path

from webapp.domain.endpoint import API_VERSIONS, Deadlines, Endpoint, EndpointType, Price, Wire
from webapp.settings.endpoint_file import EndpointFile, place
from webapp.settings.table import EndpointTable

ADDRESSES = {
    EndpointType.OPENAI: "https://api.openai.com/v1",
    EndpointType.ANTHROPIC: "https://api.anthropic.com",
    EndpointType.GEMINI: "https://generativelanguage.googleapis.com",
    EndpointType.WATSONX: "https://us-south.ml.cloud.ibm.com",
    EndpointType.OLLAMA: "http://127.0.0.1:11434",
}
IAM_URL = "https://iam.cloud.ibm.com/identity/token"


@dataclass(frozen=True, slots=True)
class Usual:
    """What an endpoint has where it has none of its own."""

    cap: int
    cap_setting: str
    total_s: float
    proxy: str | None
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class Given:
    """What variables say of an endpoint; an empty `…_setting` means that no variable sets it."""

    name: str
    type: EndpointType
    base_url: str | None = None
    url_setting: str = ""
    key: str | None = None
    key_setting: str = ""
    project_id: str | None = None
    space_id: str | None = None
    project_setting: str = ""
    is_looked_for: bool = False


def build_endpoint(given: Given, file: EndpointFile, usual: Usual) -> Endpoint:
    """The endpoint; what the file says of it comes first."""
    table = file.tables.get(given.name, EndpointTable())
    is_local = given.type is EndpointType.OLLAMA if table.local is None else table.local
    is_looked_for = given.is_looked_for and not (table.base_url or given.base_url)
    usual_proxy = None if is_looked_for else usual.proxy  # it is looked for on this machine
    url_setting = "" if table.base_url else given.url_setting
    return Endpoint(
        name=given.name,
        type=given.type,
        base_url=table.base_url or given.base_url or ADDRESSES[given.type],
        key=file.variables.get(table.key) if table.key else given.key,
        cap=table.cap or (1 if is_local else usual.cap),  # at home, more calls would only queue
        cap_setting=place(given.name, "cap") if table.cap or is_local else usual.cap_setting,
        deadlines=_deadlines(table, is_local, usual.total_s),
        is_local=is_local,
        missing=_missing(given, table, file),
        key_setting=table.key or given.key_setting or place(given.name, "key"),
        url_setting=url_setting or place(given.name, "base_url"),
        wire=_wire(given, table, file),
        default_model=table.model,
        price=Price(table.price.input, table.price.output) if table.price else None,
        proxy=(usual_proxy if table.proxy is None else table.proxy) or None,
        ca_file=table.ca_file or usual.ca_file,
        is_looked_for=is_looked_for,
        requests_per_minute=table.requests_per_minute,
        tokens_per_minute=table.tokens_per_minute,
    )


def further(file: EndpointFile, names: frozenset[str]) -> tuple[Given, ...]:
    """The endpoints that only the file names, in its order."""
    return tuple(
        Given(name, EndpointType(table.type))
        for name, table in file.tables.items()
        if name not in names and table.type is not None
    )


def _deadlines(table: EndpointTable, is_local: bool, usual_total_s: float) -> Deadlines:
    total_s = table.total_s or (1800 if is_local else usual_total_s)
    silence_s = min(300 if is_local else 60, total_s)
    return Deadlines(
        connect_s=table.connect_s or min(5, total_s),
        first_byte_s=table.first_byte_s or silence_s,
        idle_s=table.idle_s or silence_s,
        total_s=total_s,
        reasoning_total_s=table.reasoning_total_s or max(600, total_s),
    )


def _missing(given: Given, table: EndpointTable, file: EndpointFile) -> str | None:
    """What must be set before jobs can be sent there."""
    for variable in table.variables:
        if variable not in file.variables:
            return variable
    is_own = bool(table.base_url or given.base_url)
    if given.type is EndpointType.OLLAMA:
        is_there = is_own or given.is_looked_for
        return None if is_there else given.url_setting or place(given.name, "base_url")
    # A compatible server may ask for no key; the providers themselves always do.
    if not (table.key or given.key or (is_own and given.type is not EndpointType.WATSONX)):
        return given.key_setting or place(given.name, "key")
    has_project = table.project_id or table.space_id or given.project_id or given.space_id
    if given.type is EndpointType.WATSONX and not has_project:
        return given.project_setting or place(given.name, "project_id or space_id")
    return None


def _wire(given: Given, table: EndpointTable, file: EndpointFile) -> Wire:
    has_own = table.project_id or table.space_id
    is_watsonx = given.type is EndpointType.WATSONX
    return Wire(
        api_version=table.api_version or API_VERSIONS.get(given.type),
        api=table.api or "chat",
        limit_field=table.limit_field or "max_completion_tokens",
        headers={
            name: file.variables.get(text[1:], "") if text.startswith("$") else text
            for name, text in table.headers.items()
        },
        key_header=table.key_header,
        project_id=table.project_id if has_own else given.project_id,
        space_id=table.space_id if has_own else given.space_id,
        iam_url=table.iam_url or (IAM_URL if is_watsonx else None),
    )
