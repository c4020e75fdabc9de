"""`omni.toml`: endpoints by name, and what differs at the built-in ones."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from webapp.domain.batch import BLUEPRINT
from webapp.domain.endpoint import EndpointType
from webapp.settings.faults import BadSettings, did_you_mean, sentences
from webapp.settings.table import EndpointTable

NAME = "omni.toml"
BUILT_IN = tuple(kind.value for kind in EndpointType if kind is not EndpointType.BLUEPRINT)
_ENDPOINT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ONLY_FOR = {
    "api": ("openai",),
    "limit_field": ("openai",),
    "key_header": ("openai", "anthropic", "gemini", "ollama"),
    "api_version": ("openai", "anthropic", "gemini", "watsonx"),
    "project_id": ("watsonx",),
    "space_id": ("watsonx",),
    "iam_url": ("watsonx",),
}


@dataclass(frozen=True, slots=True)
class EndpointFile:
    """The tables by name, and the values of those variables they name which are set."""

    tables: Mapping[str, EndpointTable] = field(default_factory=lambda: MappingProxyType({}))
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


def place(name: str, entry: str) -> str:
    """Where a field of an endpoint is set."""
    return f"{entry} of [endpoints.{name}] in {NAME}"


def read_endpoint_file(path: Path, variables: Mapping[str, str]) -> EndpointFile:
    """What the file says, nothing where there is none; BadSettings with a sentence a fault."""
    faults: list[str] = []
    tables = {}
    for name, entries in _entries(path, faults).items():
        try:
            tables[name] = _table(name, entries)
        except BadSettings as error:
            faults.append(str(error))
    if faults:
        raise BadSettings("\n".join(faults))
    named = {variable for table in tables.values() for variable in table.variables}
    return EndpointFile(
        tables, {name: variables[name] for name in sorted(named) if variables.get(name)}
    )


def _entries(path: Path, faults: list[str]) -> Mapping[str, object]:
    """What stands under `endpoints`."""
    document = _document(path)
    for name in sorted(document.keys() - {"endpoints"}):
        advice = did_you_mean(
            name, {"endpoints": "endpoints"}, "all there is are tables [endpoints.NAME]."
        )
        faults.append(f"{name} in {NAME} is not known: {advice}")
    entries = document.get("endpoints", {})
    if not isinstance(entries, dict):
        faults.append(f"endpoints in {NAME} must be tables: write [endpoints.NAME].")
        return {}
    return entries


def _document(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path} is not TOML: {error}.") from None
    except RecursionError:
        raise BadSettings(f"{path} is not TOML that can be read: it is nested too deep.") from None


def _table(name: str, entries: object) -> EndpointTable:
    """One table; BadSettings with a sentence a fault."""
    where = f"[endpoints.{name}] in {NAME}"
    if name == BLUEPRINT:
        raise BadSettings(f"{where}: it has nothing to set.")
    if not _ENDPOINT_NAME.fullmatch(name):
        raise BadSettings(
            f"{where}: the name must be at most 40 small letters, digits and hyphens, and must not "
            "begin with a hyphen."
        )
    if not isinstance(entries, dict):
        raise BadSettings(f"{where} must be a table.")
    known = {
        entry: value for entry, value in entries.items() if entry in EndpointTable.model_fields
    }
    faults = [*_unknown(name, entries.keys() - known)]
    try:
        table = EndpointTable.model_validate(known)
    except ValidationError as error:
        faults += sentences(error, lambda entry: place(name, entry))
        wrong = {fault["loc"][0] for fault in error.errors()}
        right = {entry: value for entry, value in known.items() if entry not in wrong}
        table = EndpointTable.model_validate(right)
    faults += _misplaced(name, table, has_type="type" in known)
    if faults:
        raise BadSettings("\n".join(faults))
    return table


def _unknown(name: str, entries: set[str]) -> Iterator[str]:
    fields = {entry: entry for entry in EndpointTable.model_fields}
    for entry in sorted(entries):
        advice = did_you_mean(entry, fields, f"see {NAME}.example.")
        yield f"{place(name, entry)} is not a field: {advice}"


def _misplaced(name: str, table: EndpointTable, *, has_type: bool) -> Iterator[str]:
    """Faults that only show when the fields are seen together."""
    if name in BUILT_IN and table.type not in (None, name):
        yield f"{place(name, 'type')} must be {name}: choose another name for another type."
    kind = name if name in BUILT_IN else table.type
    if not has_type and kind is None:
        yield f"{place(name, 'type')} is missing: write {_either(BUILT_IN)}."
    for entry, kinds in _ONLY_FOR.items():
        if getattr(table, entry) is not None and kind is not None and kind not in kinds:
            yield f"{place(name, entry)} is only for {_either(kinds)}."
    for header in table.unhidden:
        yield (
            f"{place(name, f'headers.{header}')} must be $VARIABLE, for it is a secret, which "
            "belongs into .env."
        )
    if table.project_id and table.space_id:
        yield f"{place(name, 'space_id')} and project_id are both set: keep one."


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
