"""JSON schemas: built once, linear on hostile input, and their faults as sentences with a line."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.yaml_source import Document

MAX_FAULTS = 30
MAX_NAME_CHARS = 60

Path = Sequence[str | int]
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


class _Error(Protocol):
    """A fault as jsonschema sees it, once it is complete."""

    validator: str
    validator_value: Any
    instance: Any
    schema: Any
    message: str
    context: Sequence["_Error"]
    absolute_path: Path
    relative_path: Path
    absolute_schema_path: Path


class Validator(Protocol):
    """What `jsonschema` builds from a schema; build it once and keep it."""

    @property
    def schema(self) -> Any:
        """The schema it was built from."""
        ...

    def iter_errors(self, instance: Any) -> Iterable[_Error]:
        """All faults, one after the other."""
        ...


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """What a document has that its schema forbids.

    `rule` ends the name of a rule: `unknown-field`, `missing-field`, `wrong-type`, `wrong-value`.
    `value` is what stands there where that is text, a number or nothing.
    """

    rule: str
    line: int
    message: str
    value: str | float | None = None


def build_validator(schema: Any) -> Validator:
    """A validator for a JSON schema of 2020-12; `$ref` reaches nothing outside the schema."""
    # Here and not above: every process would pay 50 ms for it, most without using it.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry

    made = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {"additionalProperties": _additional_properties, "uniqueItems": _unique_items},
    )
    validator: Validator = made(schema, registry=Registry())
    return validator


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[Exception]:
    # jsonschema's own takes them in another order in each process.
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, dict) and allowed is not True:
        patterns = schema.get("patternProperties", ())
        names = (name for name in instance if name not in schema.get("properties", ()))
        extra = [name for name in names if not _is_one_of(name, patterns)]
        if isinstance(allowed, dict):
            for name in extra:
                yield from validator.descend(instance[name], allowed, path=name)
        elif extra:
            yield ValidationError("it has unknown fields")


def _is_one_of(name: str, patterns: Iterable[str]) -> bool:
    return any(re.search(pattern, name) for pattern in patterns)


def _unique_items(
    validator: Any, is_unique: bool, instance: Any, schema: Any
) -> Iterator[Exception]:
    # jsonschema's own compares every item with every other: minutes for a list of mappings.
    from jsonschema.exceptions import ValidationError

    if is_unique and isinstance(instance, list):
        spelled = {json.dumps(item, sort_keys=True) for item in instance}
        if len(spelled) < len(instance):
            yield ValidationError("an item stands in it twice")


def faults(validator: Validator, document: Document) -> list[SchemaFault]:
    """The first 30 faults of a document, each the deepest reason that can be given."""
    errors = list(islice(validator.iter_errors(document.value), MAX_FAULTS))
    root = validator.schema
    found: dict[SchemaFault, None] = {}
    for error in errors:
        described = _described(_deepest(error), document, root)
        # A single error may name thousands of fields, each costly to find a better name for.
        found |= dict.fromkeys(islice(described, MAX_FAULTS))
    if errors and not found:
        return [SchemaFault("wrong-value", document.line, "The document breaks its schema.")]
    return list(found)[:MAX_FAULTS]


def line_of(document: Document, path: Path) -> int:
    """The line of a value, or of the nearest thing around it."""
    line, value = document.line, document.value
    for step in path:
        try:
            line, value = value.lines[step], value[step]
        except (AttributeError, KeyError, IndexError):
            break
    return line


def dotted(path: Path) -> str:
    """A path as people write it: `services.web.ports[0]`."""
    steps = (f"[{s}]" if isinstance(s, int) else f".{shortened(s, MAX_NAME_CHARS)}" for s in path)
    return "".join(steps).removeprefix(".")


def _deepest(error: _Error) -> _Error:
    """The reason behind "valid under none of these": that of the branch which fits best."""
    while error.context:
        best = max(error.context, key=_depth)
        if best.validator == "type" and not best.relative_path:
            break  # it has the type of no branch
        error = best
    return error


def _depth(error: _Error) -> tuple[int, bool]:
    return len(error.relative_path), error.validator != "type"


def _described(error: _Error, document: Document, root: Any) -> Iterator[SchemaFault]:
    path = list(error.absolute_path)
    if "propertyNames" in list(error.absolute_schema_path)[-2:]:
        path.append(error.instance)
    place = dotted(path) or "The document"
    line = line_of(document, path)
    instance = error.instance
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        for name, near in _unknown(instance, error.schema, root):
            yield SchemaFault(
                "unknown-field",
                line_of(document, [*path, name]),
                f"“{shortened(name)}” is not a field of {place}{near}.",
            )
    elif error.validator == "required":
        missing = [name for name in error.validator_value if name not in instance]
        for name in missing:
            yield SchemaFault("missing-field", line, f"{place} has no “{name}”.")
    else:
        rule, message = _wrong(error, place)
        scalar = None if isinstance(instance, dict | list) else instance
        yield SchemaFault(rule, line, message, scalar)


def _unknown(instance: Iterable[str], schema: Any, root: Any) -> Iterator[tuple[str, str]]:
    known, patterns = _fields(schema, root)
    for name in instance:
        if name not in known and not _is_one_of(name, patterns):
            near = difflib.get_close_matches(name[:MAX_NAME_CHARS], known, 1, 0.75)
            yield name, f" (did you mean “{near[0]}”?)" if near else ""


def _fields(schema: Any, root: Any) -> tuple[set[str], set[str]]:
    """The names a schema knows, and the patterns of names, those of the schemas it includes too."""
    known = set(schema.get("properties", ()))
    patterns = set(schema.get("patternProperties", ()))
    included = [schema, *schema.get("allOf", ())]
    for reference in (part["$ref"] for part in included if "$ref" in part):
        part = root
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
        more, more_patterns = _fields(part, root)
        known, patterns = known | more, patterns | more_patterns
    return known, patterns


def _wrong(error: _Error, place: str) -> tuple[str, str]:
    if error.validator in ("type", "oneOf", "anyOf") and (wanted := _wanted(error)):
        return "wrong-type", f"{place} must be {wanted}, not {_kind(error.instance)}."
    if error.validator == "pattern" and "title" in error.schema:
        return "wrong-value", f"{place} is {_kind(error.instance)}, not {error.schema['title']}."
    if error.validator == "enum":
        choices = ", ".join(str(choice) for choice in error.validator_value[:12])
        return "wrong-value", f"{place} is {_kind(error.instance)}; allowed is only {choices}."
    return "wrong-value", f"{place} is not valid: {shortened(error.message, 120)}."


def _wanted(error: _Error) -> str:
    errors = error.context or [error]
    types = [error.validator_value for error in errors if error.validator == "type"]
    names = [name for type_ in types for name in ([type_] if isinstance(type_, str) else type_)]
    return " or ".join(dict.fromkeys(_WORDS[name] for name in names if name in _WORDS))


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"“{shortened(value, 40)}”"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a mapping"
