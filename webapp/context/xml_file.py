"""An XML file that lists dependencies, with the lines in which its elements begin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from webapp.context.tree import Tree

MAX_DEPTH = 50


@dataclass(slots=True)
class Element:
    """One element and those in it."""

    name: str
    line: int
    attributes: Mapping[str, str]
    parts: list[str] = field(default_factory=list)
    children: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands directly in it, without the spaces around."""
        return "".join(self.parts).strip()

    def all(self, path: str) -> Iterator["Element"]:
        """The elements below names with slashes between."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                yield from child.all(rest) if rest else (child,)

    def first(self, path: str) -> "Element | None":
        """The first of these elements, or None."""
        return next(self.all(path), None)

    def value(self, path: str) -> str:
        """The text of the first of these elements; empty where there is none."""
        found = self.first(path)
        return found.text if found else ""


def xml_file(tree: Tree, name: str) -> Element | None:
    """The top element of an XML file; None where there is none that can be read.

    A file that declares a document type is not read: it may hold entities that grow without end.
    """
    text = "\n".join(tree.lines(name))
    if not text.strip() or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    parser = expat.ParserCreate()
    top = Element("", 0, {})
    open_elements = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > MAX_DEPTH:
            raise ValueError("nested too deeply")
        element = Element(name, parser.CurrentLineNumber, attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.CharacterDataHandler = lambda text: open_elements[-1].parts.append(text)
    try:
        parser.Parse(text.removeprefix("\ufeff"), True)
    except (expat.ExpatError, ValueError):
        return None
    return top.children[0]
