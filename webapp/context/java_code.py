"""What stands in Java and Kotlin code: main classes, variables, ports, health routes."""

import re
from collections.abc import Iterator

from webapp.context.code import (
    PORT_NAME,
    Sources,
    places,
    ports,
    prefixes,
    rooted,
    sources,
    variables,
    watched,
)
from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

_ENDINGS = (".java", ".kt")
_PACKAGE = re.compile(r"^package\s{1,9}([\w.]{1,200})", re.MULTILINE)
_MAIN = re.compile(
    r"\bpublic\s{1,9}static\s{1,9}void\s{1,9}main\s{0,9}\("
    r"|^(?:suspend\s{1,9})?fun\s{1,9}main\s{0,9}\("
    r"|^[ \t]{0,99}(?:static\s{1,9})?void\s{1,9}main\s{0,9}\(",
    re.MULTILINE,
)
_STARTS = re.compile(
    r"\bSpringApplication\b|\brunApplication\s{0,9}<|\bMicronaut\.(?:run|build)\(|\bmicronaut\.run"
    r"|\bQuarkus\.run\(|\bJavalin\.create|\bembeddedServer\(|\bEngineMain\b|\bHttpServer\.create\("
)
_VARIABLE = re.compile(
    r"\bgetenv\(\s{0,9}\"([A-Za-z_]\w{0,99})\"|\bgetenv\(\)(?:\.get(?:OrDefault)?\(|\[)\s{0,9}\"([A-Za-z_]\w{0,99})\""
    r"|@Value\(\s{0,9}\"\\?\$\{([A-Z][A-Z0-9_]{0,99})[:}]"
    r"|(?<![Ss]et)[Ee]nv\w{0,30}\(\s{0,9}\"([A-Z][A-Z0-9_]{0,99})\""
)
_PORTS = (
    re.compile(r"\.start\(\s{0,9}(?:\"[\w.]{1,50}\",\s{0,9})?([0-9]{2,5})\s{0,9}\)"),
    re.compile(r"\bembeddedServer\([^)\n]{0,99}?\bport\s{0,9}=\s{0,9}([0-9]{2,5})\b"),
    re.compile(r"\bforPort\(\s{0,9}([0-9]{2,5})\b"),
    re.compile(r"\bInetSocketAddress\(\s{0,9}(?:\"[\w.]{1,50}\",\s{0,9})?([0-9]{2,5})\b"),
    re.compile(
        rf"getenv\(\s{{0,9}}\"{PORT_NAME}\"\s{{0,9}}\)[^;\n]{{0,99}}?[^\w.]([0-9]{{2,5}})\b"
    ),
    re.compile(rf"\"{PORT_NAME}\",\s{{0,9}}\"?([0-9]{{2,5}})\b"),
)
_CLASS = re.compile(
    r"^[^\n*/\"]{0,99}\b(?:class|interface|object|record)\s{1,9}[A-Z]", re.MULTILINE
)
_BEFORE = re.compile(
    r"@(?:RequestMapping|Controller|Path)\(\s{0,9}(?:(?:value|path)\s{0,9}=\s{0,9})?\"([\w./~{}-]{0,200})\""
)
_ROUTE = re.compile(
    r"@(?:Get|GetMapping|RequestMapping|Path)\b"
    r"(?:\(\s{0,9}(?:(?:value|path|uri)\s{0,9}=\s{0,9})?\"/?([\w./~-]{1,200})\")?"
    r"|@GET\b|\bget\(\s{0,9}\"/?([\w./~-]{1,200})\""
)
_BLOCK = re.compile(r"\b(?:path|route)\(\s{0,9}\"([\w./~-]{1,100})\"")


def entries(tree: Tree) -> Iterator[Fact]:
    """The class whose `main` starts the application; none where that cannot be told."""
    found: list[tuple[bool, Fact]] = []
    for path, text in tree.code(_ENDINGS):
        if main := _MAIN.search(text):
            package = _PACKAGE.search(text)
            stem = path.rpartition("/")[2].rpartition(".")[0]
            name = f"{stem}Kt" if "fun" in main[0] else stem
            line = text.count("\n", 0, main.start()) + 1
            value = f"{package[1]}.{name}" if package else name
            found.append(
                (_STARTS.search(text) is not None, Fact(FactName.ENTRY, value, path, line))
            )
    starting = [fact for is_start, fact in found if is_start] or [fact for _, fact in found]
    yield from starting[: len(starting) == 1]


def read_code(tree: Tree) -> Iterator[Fact]:
    """Variables, ports and health routes, file by file, those nearest to the top first."""
    files = sources(tree, _ENDINGS)
    yield from variables(_VARIABLE, files)
    yield from ports(_PORTS, files)
    yield from _health(files)


def _health(files: Sources) -> Iterator[Fact]:
    """Routes of annotations, behind those of their class, and of blocks within each other."""
    for path, text in files:
        begin = _CLASS.search(text)
        head = text[: begin.start()] if begin else ""
        before = next((rooted(found[1]) for found in _BEFORE.finditer(head)), "")
        blocks = prefixes(text, _BLOCK)
        for _, line, found in places(_ROUTE, [(path, text)]):
            route = rooted(found[found.lastindex] if found.lastindex else "")
            if begin and found.start() >= begin.start() and found[0][0] == "@":
                yield from _annotated(before, route, path, line)
            elif found[0][0] != "@":
                yield from watched(blocks[line - 1], route, path, line)


def _annotated(before: str, route: str, path: str, line: int) -> Iterator[Fact]:
    if route:
        yield from watched(before, route, path, line)
    else:
        yield from watched("", before, path, line)
