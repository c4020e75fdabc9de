"""What is known of a Ruby application, from its Gemfile and its code."""

import re
from collections.abc import Iterator, Sequence

from webapp.context.ci import pipeline_version
from webapp.context.code import (
    HASHES,
    Sources,
    places,
    ports,
    prefixes,
    sources,
    variables,
    watched,
)
from webapp.context.deploy_facts import (
    dockerfile,
    env_example,
    image_version,
    pinned,
    procfile,
    tool_version,
)
from webapp.context.libraries import RUBY_FRAMEWORKS, RUBY_SERVICES
from webapp.context.meters import Place
from webapp.context.tree import Tree, port_fact
from webapp.domain.project import Fact, FactName

MANIFESTS = ("Gemfile",)
_PORTS_OF = dict(RUBY_FRAMEWORKS.values())
_NUMBER = r"[0-9](?:\.[0-9]{1,3}){1,2}"
_PINNED = re.compile(rf"(?:ruby-)?({_NUMBER})(?:-p[0-9]{{1,4}})?")
_ASKED = re.compile(rf"^ruby[ (]{{1,9}}[\"'][~>=^\s]{{0,9}}({_NUMBER})")
_LOCKED = re.compile(rf"^   ruby ({_NUMBER})")
_GEM = re.compile(r"\s*gem[\s(]+[\"']([\w-]{1,100})[\"'](.{0,500})")
_IN_GROUP = re.compile(r"\bgroups?\b.*")
_GROUP = re.compile(r"\s*group[\s(]+(.{1,200}?)\)?\s+do\b")
_DO = re.compile(r"\bdo(?:\s*\|[^|\n]*\|)?\s*$")
_VARIABLE = re.compile(
    r"\bENV(?:\.fetch\(\s{0,9}|\[\s{0,9})[\"']([A-Za-z_]\w{0,99})[\"']"
    r"(?!\s{0,9}\]\s{0,9}(?:\|\|)?=[^=~])"
)
_DEFAULT = (  # what stands before the port that holds if a variable is not set
    r"(?:ENV\.fetch\(\s{0,9}[\"']\w{1,99}[\"'](?:,\s{0,9}|\)\s{0,9}\{\s{0,9})"
    r"|ENV\[[\"']\w{1,99}[\"']\]\s{0,9}\|\|\s{0,9})?"
)
_PUMA = (
    re.compile(rf"^[ \t]{{0,9}}port[ (]{{1,9}}{_DEFAULT}[\"']?([0-9]{{2,5}})\b", re.MULTILINE),
    re.compile(
        r"^[ \t]{0,9}bind[ (]{1,9}[\"']tcp://[^\"'\n]{0,99}?:([0-9]{2,5})[\"']", re.MULTILINE
    ),
    re.compile(r"\bENV\.fetch\([\"']PORT[\"'](?:,\s{0,9}|\)\s{0,9}\{\s{0,9})([0-9]{2,5})\b"),
)
_SINATRA = (re.compile(rf"\bset\s{{1,9}}:port,\s{{0,9}}{_DEFAULT}[\"']?([0-9]{{2,5}})\b"),)
_SCRIPT = re.compile(r"^require[ (]{1,9}[\"']sinatra[\"']", re.MULTILINE)
_ROUTE = re.compile(
    r"^[ \t]{0,99}(?:get|match)[ (]{1,9}(?P<quote>[\"'])/?(?P<route>[\w./~-]{1,200})(?P=quote)"
    r"(?P<rest>[^\n]{0,200})",
    re.MULTILINE,
)
_BLOCK = re.compile(
    r"^\s{0,99}(?:namespace|scope|map|resources)[ (]{1,9}[:\"']?(?:path:\s{0,9}[\"'])?"
    r"/?([\w/-]{1,100})[^\n]{0,200}\bdo\b"
)


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is no Gemfile, or one of a site."""
    gems = gems_of(tree)
    if gems is None or "jekyll" in gems or "github-pages" in gems:
        return None
    path = tree.path("Gemfile")
    return [
        Fact(FactName.LANGUAGE, "ruby", path, 1),
        Fact(FactName.INSTALLER, "bundler", path, 1),
        Fact(FactName.MANIFEST, path, path, 1),
        *versions(tree),
        *_known(path, gems),
    ]


def gems_of(tree: Tree) -> dict[str, int] | None:
    """The gems that are there in production, with their lines; None without a Gemfile."""
    if not tree.has("Gemfile"):
        return None
    gems: dict[str, int] = {}
    blocks: list[bool] = []  # whether each open block is left out in production
    for number, line in enumerate(tree.lines("Gemfile"), 1):
        if found := _GEM.match(line):
            groups = _IN_GROUP.search(found[2])
            if not any(blocks) and not (groups and _is_left_out(groups[0])):
                gems.setdefault(found[1], number)
        elif found := _GROUP.match(line):
            blocks.append(_is_left_out(found[1]))
        elif _DO.search(line):
            blocks.append(False)
        elif line.strip() == "end" and blocks:
            blocks.pop()
    return gems


def libraries(tree: Tree) -> dict[str, Place]:
    """The gems that are there in production."""
    return {gem: (tree.path("Gemfile"), line) for gem, line in (gems_of(tree) or {}).items()}


def _is_left_out(groups: str) -> bool:
    """Whether gems of these groups are for those who write or test the application."""
    return not re.search(r":(?:production|default)\b", groups)


def versions(tree: Tree) -> Iterator[Fact]:
    """The version of Ruby that is pinned, then the one that the Gemfile asks for."""
    yield from pinned(tree, (".ruby-version",), _PINNED)
    yield from tool_version(tree, "ruby")
    yield from image_version(tree, "ruby")
    for name, pattern in (("Gemfile.lock", _LOCKED), ("Gemfile", _ASKED)):
        for number, line in enumerate(tree.lines(name), 1):
            if found := pattern.match(line):
                yield Fact(FactName.VERSION, found[1], tree.path(name), number)
    yield from pipeline_version(tree, "ruby")


def _known(path: str, gems: dict[str, int]) -> Iterator[Fact]:
    for gem, (framework, _) in RUBY_FRAMEWORKS.items():
        if gem in gems:
            yield Fact(FactName.FRAMEWORK, framework, path, gems[gem])
    for gem, line in gems.items():
        if service := RUBY_SERVICES.get(gem):
            yield Fact(FactName.SERVICE, service, path, line)


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    yield from procfile(tree)
    yield from dockerfile(tree)
    files = sources(tree, (".rb", ".ru", ".yml", ".yaml"), HASHES)
    yield from _entries(tree, files)
    yield from ports(_PUMA, [file for file in files if file[0].endswith("puma.rb")])
    yield from ports(_SINATRA, files)
    yield from variables(_VARIABLE, files)
    yield from _health([file for file in files if file[0].endswith((".rb", ".ru"))])
    yield from env_example(tree)
    for fact in said:
        if fact.name == FactName.FRAMEWORK:
            is_rackup = fact.value == "sinatra" and tree.has("config.ru")
            yield from port_fact(9292 if is_rackup else _PORTS_OF[fact.value], fact.path, fact.line)


def _entries(tree: Tree, files: Sources) -> Iterator[Fact]:
    """What Rack is given, else the script that brings its own server."""
    if tree.has("config.ru"):
        yield Fact(FactName.ENTRY, tree.path("config.ru"), tree.path("config.ru"), 1)
    for path, line, _ in places(_SCRIPT, files):
        yield Fact(FactName.ENTRY, path, path, line)


def _health(files: Sources) -> Iterator[Fact]:
    """Rails' own health route, then others that answer whether it is well."""
    found: list[tuple[bool, Fact]] = []
    for path, text in files:
        blocks = prefixes(text, _BLOCK)
        for _, line, match in places(_ROUTE, [(path, text)]):
            route = f"/{match['route']}"
            if "rails/health#show" in match["rest"]:
                yield Fact(FactName.HEALTH, blocks[line - 1] + route, path, line)
            for fact in watched(blocks[line - 1], route, path, line):
                found.append((blocks[line - 1] != "", fact))
    yield from (fact for _, fact in sorted(found, key=lambda pair: pair[0]))
