"""YAML files from values: whatever a text holds, it is quoted so that it stays that text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from webapp.artifacts.blueprint import COMMENT

WIDTH = 10_000  # a folded expression or command is hard to read, and harder to search for
# Text to PyYAML, and a truth value or a number to other readers.
_AMBIGUOUS = re.compile(r"[yYnN]|0o[0-7]+|[-+]?[0-9.]+[eE][-+]?[0-9]+")


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key and repeats what occurs twice."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else "'" if _AMBIGUOUS.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _nothing(dumper: yaml.SafeDumper, _: None) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:null", "")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(type(None), _nothing)


def yaml_file(*documents: Mapping[str, Any]) -> str:
    """A file of one or more documents under the template's comment.

    Keys keep their order, an empty line follows a section of several, texts of several are blocks.
    """
    return f"{COMMENT}\n" + "---\n".join(map(_document, documents))


def yaml_list(items: Sequence[Mapping[str, Any]]) -> str:
    """A file that is one list, under the template's comment; texts of several lines are blocks."""
    text: str = yaml.dump([*items], Dumper=_Dumper, sort_keys=False, width=WIDTH)
    return f"{COMMENT}\n{text}"


def _document(document: Mapping[str, Any]) -> str:
    sections = [
        yaml.dump({key: value}, Dumper=_Dumper, sort_keys=False, width=WIDTH)
        for key, value in document.items()
    ]
    apart = (f"{section}\n" if section.count("\n") > 1 else section for section in sections[:-1])
    return "".join((*apart, *sections[-1:]))
