"""What stands in the JavaScript and TypeScript of a project: variables, ports, health routes."""

import re
from collections.abc import Iterator

from webapp.context.code import Sources, places, sources, watched
from webapp.context.tree import HEALTH, METRICS, VARIABLE, Tree, port_fact
from webapp.domain.project import Fact, FactName

_ENDINGS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_BUILT = (".min.js", ".bundle.js", ".d.ts")
_VARIABLE = re.compile(
    r"\bprocess\.env(?:\.([A-Za-z_]\w{0,99})|\[\s*[\"'`]([A-Za-z_]\w{0,99})[\"'`]\s*\])"
    r"(?!\s*=[^=])"
)
_TAKEN_APART = re.compile(r"\{([^{}]{1,1000})\}\s{0,9}=\s{0,9}process\.env\b")
_PORTS = (
    re.compile(
        r"\bprocess\.env\.PORT(?:\s{0,9},\s{0,9}10)?\s{0,9}\)?\s{0,9}(?:\|\||\?\?)\s{0,9}"
        r"[\"'`]?([0-9]{2,5})\b"
    ),
    re.compile(r"\.listen\(\s{0,9}(?:\{\s{0,9}port\s{0,9}:\s{0,9})?[\"'`]?([0-9]{2,5})\b"),
    re.compile(r"\b(?:const|let|var)\s{1,9}port\s{0,9}=\s{0,9}([0-9]{2,5})\b", re.I),
)
_ROUTE = re.compile(
    r"\b(?P<on>[A-Za-z_$]\w{0,50})\.(?P<method>all|get|head|route|use)"
    r"\(\s{0,9}[\"'`](?P<route>/[\w./~-]{1,200})[\"'`]"
)
_URL = re.compile(r"\burl\s{0,9}:\s{0,9}[\"'`](/[\w./~-]{1,200})[\"'`]")
_DECORATOR = re.compile(r"@(?:Controller|Get)\(\s{0,9}[\"'`]/?([\w./~-]{1,200})[\"'`]")
_GLOBAL_PREFIX = re.compile(r"\.setGlobalPrefix\(\s{0,9}[\"'`]/?([\w./-]{1,100})[\"'`]")
_PREFIX = re.compile(r"\bprefix\s{0,9}:\s{0,9}[\"'`]/\w")
_FILE_ROUTE = re.compile(
    r"(?:^|/)(?:src/)?(?:app(/(?:[\w.~-]+/){1,6})route|pages(/api/[\w./~-]{1,100}))\.[jt]sx?$"
)
_APPS = frozenset({"app", "server"})


def read_code(tree: Tree) -> Iterator[Fact]:
    """The facts in the code, file by file, those nearest to the top first."""
    files = [source for source in sources(tree, _ENDINGS) if not source[0].endswith(_BUILT)]
    for source in files:
        yield from _variables(*source)
    for pattern in _PORTS:
        for path, line, found in places(pattern, files):
            yield from port_fact(found[1], path, line)
    yield from _watched(files)


def _variables(path: str, text: str) -> Iterator[Fact]:
    for _, line, found in places(_VARIABLE, [(path, text)]):
        yield Fact(FactName.ENV, found[1] or found[2], path, line)
    for _, line, found in places(_TAKEN_APART, [(path, text)]):
        for part in found[1].split(","):
            name = re.split(r"[:=]", part)[0].strip()  # `{ PORT: port = 3000 }` reads PORT
            if VARIABLE.fullmatch(name):
                yield Fact(FactName.ENV, name, path, line)


def _watched(files: Sources) -> Iterator[Fact]:
    """Routes of health and metrics, where it is sure under which path they are reached."""
    routes = [
        (found["on"], found["method"], found["route"], path, line)
        for path, line, found in places(_ROUTE, files)
    ]
    is_prefixed = any(
        method == "use" and not (HEALTH.fullmatch(route) or METRICS.fullmatch(route))
        for _, method, route, _, _ in routes
    ) or any(_PREFIX.search(text) for _, text in files)
    for on, _, route, path, line in routes:
        if on in _APPS or not is_prefixed:
            yield from watched("", route, path, line)
    yield from _declared(files, is_prefixed)
    for path, text in files:
        if found := _FILE_ROUTE.search(path):
            route = (found[1] or found[2]).removesuffix("/")
            yield from watched("", route, path, _first_export(text))


def _declared(files: Sources, is_prefixed: bool) -> Iterator[Fact]:
    """Routes of Nest's decorators, behind its global prefix, and of Fastify's route objects."""
    prefixes = [found[1] for _, _, found in places(_GLOBAL_PREFIX, files)]
    before = f"/{prefixes[0].strip('/')}" if prefixes else ""
    for path, line, found in places(_DECORATOR, files):
        yield from watched(before, f"/{found[1]}", path, line)
    for path, line, found in places(_URL, files):
        if not is_prefixed:
            yield from watched("", found[1], path, line)


def _first_export(text: str) -> int:
    position = text.find("export ")
    return text.count("\n", 0, max(position, 0)) + 1
