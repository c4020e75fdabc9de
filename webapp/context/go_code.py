"""What stands in the code of a Go module: programs, variables, ports, health routes."""

import re
from collections.abc import Iterator, Sequence

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

_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_MAIN_FUNCTION = re.compile(r"^func main\(\)", re.MULTILINE)
_LEFT_OUT = re.compile(r"^//go:build ignore\b", re.MULTILINE)
_LISTENS = re.compile(
    r"\bListenAndServe|\bhttp\.Server\{|\.(?:Run|Listen|Start)\(\s*\"|\.Run\(\)|\bnet\.Listen\("
)
_SERVERS = ("server", "api", "web", "app", "http")
_VARIABLE = re.compile(
    r"(?<![Ss]et)[Ee]nv\w{0,30}\(\s{0,9}(?:&?[\w.]{1,50},\s{0,9})?\"([A-Z_][A-Z0-9_]{0,99})\""
    r"|\b(?:env|envconfig):\"([A-Z_][A-Z0-9_]{0,99})"
    r"|\bBindEnv\(\s{0,9}\"[^\"\n]{1,99}\",\s{0,9}\"([A-Z_][A-Z0-9_]{0,99})\""
)
_HERE = r"\"(?:0\.0\.0\.0|127\.0\.0\.1|localhost)?:([0-9]{2,5})\""
_PORTS = (
    re.compile(rf"\bListenAndServe(?:TLS)?\(\s{{0,9}}{_HERE}"),
    re.compile(rf"\.(?:Run|Listen|Start)\(\s{{0,9}}{_HERE}"),
    re.compile(rf"\bListen\(\s{{0,9}}\"tcp[46]?\",\s{{0,9}}{_HERE}"),
    re.compile(rf"\bAddr:\s{{0,9}}{_HERE}"),
    re.compile(rf"[Ee]nv\w{{0,30}}\(\s{{0,9}}\"{PORT_NAME}\",\s{{0,9}}\"?:?([0-9]{{2,5}})\b"),
    re.compile(rf"\benv:\"{PORT_NAME}[^`\n]{{0,99}}\benvDefault:\":?([0-9]{{2,5}})\""),
    re.compile(rf"\benvconfig:\"{PORT_NAME}\"[^`\n]{{0,99}}\bdefault:\":?([0-9]{{2,5}})\""),
    re.compile(
        r"\bflag\.(?:Int|String)(?:Var)?\(\s{0,9}(?:&[\w.]{1,50},\s{0,9})?"
        r"\"(?:addr|address|http|listen|port)\",\s{0,9}\"?(?:[\w.]{0,50}:)?([0-9]{2,5})\b"
    ),
    re.compile(r"\bSetDefault\(\s{0,9}\"(?:\w{1,30}\.)?port\",\s{0,9}\"?:?([0-9]{2,5})\b", re.I),
    re.compile(
        r"\b(?:default|http|listen|server)?_?(?:addr|port)[ \t]{0,40}:?=[ \t]{0,9}"
        r"\"?(?:0\.0\.0\.0|localhost)?:?([0-9]{2,5})\b",
        re.I,
    ),
)
_ROUTE = re.compile(
    r"\b(\w{1,50})\.(?:GET|Get|HEAD|Head|Any|All|Handle|HandleFunc)\(\s{0,9}"
    r"\"(?:GET )?(/[\w./~-]{1,200})\""
)
_ROOT = re.compile(
    r"\b(\w{1,50})\s{0,9}:?=\s{0,9}(?:chi\.NewRouter|chi\.NewMux|gin\.Default|gin\.New|echo\.New"
    r"|fiber\.New|mux\.NewRouter|http\.NewServeMux)\("
)
_GROUP = re.compile(
    r"\b(\w{1,50})\s{0,9}:?=\s{0,9}(\w{1,50})\.(?:Group|PathPrefix)\(\s{0,9}\"([\w./~-]{0,100})\""
)
_BLOCK = re.compile(r"\.Route\(\s{0,9}\"([\w./~-]{1,100})\",\s{0,9}func\(")
_MOUNTED = re.compile(
    r"\.(?:Mount|StripPrefix)\(\s{0,9}\"/\w|\.(?:Group|PathPrefix)\(\s{0,9}\"/?\w"
)


def entries(tree: Tree) -> Iterator[Fact]:
    """The folder of the program that serves, the surest first; none where that cannot be told."""
    programs: dict[str, list[str]] = {}
    mains: dict[str, tuple[str, int]] = {}
    for path, text in tree.code((".go",)):
        if _MAIN.search(text) and not _LEFT_OUT.search(text):
            folder = path.rpartition("/")[0]
            programs.setdefault(folder, []).append(text)
            if found := _MAIN_FUNCTION.search(text):
                mains[folder] = (path, text.count("\n", 0, found.start()) + 1)
    ranked = sorted((_rank(tree, folder, programs[folder]), folder) for folder in mains)
    is_told = len(ranked) < 2 or ranked[0][0] < ranked[1][0]
    for _, folder in ranked[:is_told]:
        yield Fact(FactName.ENTRY, folder or ".", *mains[folder])


def _rank(tree: Tree, folder: str, texts: Sequence[str]) -> tuple[bool, int]:
    """What listens comes first, then what lies at the top or is named like a server."""
    name = tree.within(folder).rpartition("/")[2]
    place = _SERVERS.index(name) + 1 if name in _SERVERS else len(_SERVERS) + 1
    is_listening = any(_LISTENS.search(text) for text in texts)
    return (not is_listening, 0 if folder == tree.folder else place)


def read_code(tree: Tree) -> Iterator[Fact]:
    """Variables, ports and health routes, file by file, those nearest to the top first."""
    files = sources(tree, (".go",))
    yield from variables(_VARIABLE, files)
    yield from ports(_PORTS, files)
    yield from _health(files)


def _health(files: Sources) -> Iterator[Fact]:
    """Routes that answer whether it is well, where it is sure under which path they are reached."""
    is_mounted = any(_MOUNTED.search(text) for _, text in files)
    for path, text in files:
        routers = {"http": "", **{found[1]: "" for found in _ROOT.finditer(text)}}
        for found in _GROUP.finditer(text):
            if found[2] in routers:
                routers[found[1]] = routers[found[2]] + rooted(found[3])
        blocks = prefixes(text, _BLOCK)
        for _, line, found in places(_ROUTE, [(path, text)]):
            prefix = routers.get(found[1], None if is_mounted else "")
            if prefix is not None:
                yield from watched(prefix + blocks[line - 1], found[2], path, line)
