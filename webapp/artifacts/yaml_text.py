"""YAML files from values: whatever a text holds, it is quoted so that it stays that text."""

from collections.abc import Mapping
from typing import Any

import yaml

from webapp.artifacts.blueprint import COMMENT

WIDTH = 10_000  # a folded expression or command is hard to read, and harder to search for


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key and repeats what occurs twice."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _nothing(dumper: yaml.SafeDumper, _: None) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:null", "")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(type(None), _nothing)


def yaml_file(*documents: Mapping[str, Any]) -> str:
    """A file of one or more documents under the template's comment.

    Keys keep their order, sections stand apart from each other, texts of several lines are blocks.
    """
    return f"{COMMENT}\n" + "---\n".join(map(_document, documents))


def _document(document: Mapping[str, Any]) -> str:
    sections = (
        yaml.dump({key: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
        for key, value in document.items()
    )
    return "\n".join(sections)
