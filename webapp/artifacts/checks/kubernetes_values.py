"""What Kubernetes refuses but its published schemas allow: words, names, numbers and their forms.

Each entry is added to the schemas, so that one validator finds all faults. A `title` ends the
sentence “… is “x”, not …”. Patterns are linear on any text.
"""

import re
from collections.abc import Mapping
from typing import Any

Refinements = Mapping[str, Mapping[str, Any]]

_CORE = "io.k8s.api.core.v1"
_APPS = "io.k8s.api.apps.v1"
_BATCH = "io.k8s.api.batch.v1"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_FIELD = r"(?:{0}|(?:\*|\?|{1}(?:-{1})?)(?:/[0-9]{{1,2}})?)(?:,(?:\*|{1}(?:-{1})?)(?:/[0-9]{{1,2}})?)*"


def _form(pattern: str, title: str) -> dict[str, Any]:
    return {"pattern": rf"\A(?:{pattern})\Z", "title": title}


def _one_of(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


def _cron() -> str:
    months = "|".join("jan feb mar apr may jun jul aug sep oct nov dec".split())
    days = "|".join("sun mon tue wed thu fri sat".split())
    numbers = (
        "[0-5]?[0-9]",
        "(?:[01]?[0-9]|2[0-3])",
        "(?:0?[1-9]|[12][0-9]|3[01])",
        f"(?:0?[1-9]|1[0-2]|{months})",
        f"(?:[0-6]|{days})",
    )
    part = r"(?:[*?]|{0}(?:-{0})?)(?:/[1-9][0-9]?)?"
    fields = (f"{item}(?:,{item})*" for item in (part.format(number) for number in numbers))
    words = "yearly|annually|monthly|weekly|daily|midnight|hourly|every [0-9]{1,6}[smh]"
    return f"(?i:@(?:{words})|{'[ ]+'.join(fields)})"


PORT = {"minimum": 1, "maximum": 65535}
DNS_LABEL = _form(_LABEL, "a DNS label: up to 63 lower-case letters, digits and “-”")
DNS_NAME = _form(
    rf"(?=.{{1,253}}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*",
    "a DNS name: lower-case letters, digits, “-” and “.”",
)
SERVICE_NAME = _form(
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
    "a DNS label that starts with a letter: up to 63 lower-case letters, digits and “-”",
)
PORT_NAME = _form(
    r"(?=.{1,15}\Z)(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*",
    "a port name: up to 15 lower-case letters, digits and “-”",
)
LABEL_VALUE = _form(
    r"(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?",
    "a label's value: up to 63 letters, digits, “-”, “_” and “.”",
)
LABEL_KEY = _form(
    r"(?:[a-z0-9][a-z0-9.-]{0,252}/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?",
    "a label's name, such as app or example.org/part",
)
QUANTITY = _form(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,3})?",
    "a quantity such as 250m or 64Mi",
)
KEY = _form(r"[-._A-Za-z0-9]{1,253}", "a key: letters, digits, “-”, “_” and “.”")
LABELS = {"additionalProperties": {"type": "string", **LABEL_VALUE}, "propertyNames": LABEL_KEY}
PROTOCOL = _one_of("TCP", "UDP", "SCTP")
POLICY = _one_of("Cluster", "Local")

# Definition, and in it a property (`[]` for the items of a list) → what is added to its schema.
REFINEMENTS: Refinements = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"": QUANTITY},
}
