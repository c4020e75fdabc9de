"""What is known of a PHP application, from its composer.json and its code."""

import re
from collections.abc import Iterator, Sequence

from webapp.context.ci import pipeline_version
from webapp.context.code import Sources, places, prefixes, rooted, sources, variables, watched
from webapp.context.deploy_facts import (
    ENV_FILES,
    dockerfile,
    env_example,
    image_version,
    pinned,
    procfile,
    started,
    tool_version,
)
from webapp.context.json_file import JsonFile, json_file
from webapp.context.libraries import PHP_DRIVERS, PHP_FRAMEWORKS, PHP_SERVICES
from webapp.context.meters import Place
from webapp.context.tree import Tree, port_fact
from webapp.domain.project import Fact, FactName

MANIFESTS = ("composer.json",)
_PORTS = dict(PHP_FRAMEWORKS.values())
_PINNED = re.compile(r"([78]\.[0-9]{1,2}(?:\.[0-9]{1,3})?)")
_LOWEST = re.compile(r"(?:^|[\s^~>=v|,])([78]\.[0-9]{1,2}(?:\.[0-9]{1,3})?)\b")
_PAGES = ("public/index.php", "web/index.php", "index.php")
_COMMENTS = re.compile(r"^[ \t]*(?://|\*|/\*|#(?!\[))[^\n]*", re.MULTILINE)
_VARIABLE = re.compile(
    r"\b(?:env|getenv)\(\s{0,9}[\"']([A-Za-z_]\w{0,99})[\"']"
    r"|\$_ENV\[\s{0,9}[\"']([A-Za-z_]\w{0,99})[\"']\s{0,9}\](?!\s{0,9}=[^=>])"
    r"|%env\((?:[a-z_]{1,30}:){0,5}([A-Z_][A-Z0-9_]{0,99})\)%"
    r"|(?:->env|Env::get)\(\s{0,9}[\"']([A-Za-z_]\w{0,99})[\"']"
)
_UP = re.compile(r"\bhealth:\s{0,9}[\"'](/[\w./~-]{1,100})[\"']")
_ROUTE = re.compile(
    r"(?:\bRoute::|\$\w{1,50}->)(?:get|any|match)\(\s{0,9}[\"']/?([\w./~-]{1,200})[\"']"
)
_ATTRIBUTE = re.compile(
    r"#\[(?:\w{1,50}\\)?Route\(\s{0,9}(?:path:\s{0,9})?[\"'](/?[\w./~-]{0,200})[\"']"
)
_CLASS = re.compile(r"^[^\n*/\"']{0,50}\bclass\s{1,9}\w", re.MULTILINE)
_BLOCK = re.compile(
    r"(?:->group\(\s{0,9}|\bprefix\(\s{0,9}|[\"']prefix[\"']\s{0,9}=>\s{0,9})[\"']/?([\w/-]{1,100})[\"']"
)
_DRIVER = re.compile(r"(?:[A-Z]{1,20}_)?(?:CONNECTION|DRIVER|STORE)=([a-z]{1,20})\s*$")
_ADDRESS = re.compile(r"[A-Z_]{1,50}_(?:URL|DSN)=[\"']?([a-z]{1,20})://")


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is no composer.json."""
    composer = json_file(tree, "composer.json")
    if composer is None:
        return None
    path = composer.path
    return [
        Fact(FactName.LANGUAGE, "php", path, 1),
        Fact(FactName.INSTALLER, "composer", path, 1),
        Fact(FactName.MANIFEST, path, path, 1),
        Fact(FactName.NAME, composer.string("name"), path, composer.line("name")),
        *_versions(tree, composer),
        *_known(composer),
        *_drivers(tree),
    ]


def libraries(tree: Tree) -> dict[str, Place]:
    """The packages and extensions that are there in production."""
    composer = json_file(tree, "composer.json")
    used = composer.table("require") if composer else {}
    lines = {name: composer.line(name, "require") for name in used} if composer else {}
    return {name: (tree.path("composer.json"), line) for name, line in lines.items()}


def loose(tree: Tree) -> list[Fact]:
    """What is known where no file lists dependencies: that there is a page in PHP."""
    pages = [tree.path(page) for page in filter(tree.has, _PAGES)]
    return [Fact(FactName.LANGUAGE, "php", pages[0], 1)] if pages else []


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    yield from procfile(tree)
    yield from _start(tree)
    yield from dockerfile(tree)
    for page in filter(tree.has, _PAGES):
        yield Fact(FactName.ENTRY, tree.path(page), tree.path(page), 1)
    files = sources(tree, (".php", ".yaml"), _COMMENTS)
    yield from variables(_VARIABLE, files)
    yield from _health(files)
    yield from env_example(tree)
    for fact in said:
        if fact.name == FactName.FRAMEWORK and (port := _PORTS[fact.value]):
            yield from port_fact(port, fact.path, fact.line)


def _versions(tree: Tree, composer: JsonFile) -> Iterator[Fact]:
    """The version of PHP that is pinned, then the lowest that the manifest takes."""
    yield from pinned(tree, (".php-version",), _PINNED)
    yield from tool_version(tree, "php")
    if found := _PINNED.fullmatch(composer.string("config", "platform", "php")):
        yield Fact(FactName.VERSION, found[1], composer.path, composer.line("php", "platform"))
    yield from image_version(tree, "php")
    yield from pipeline_version(tree, "php")
    if found := _LOWEST.search(composer.string("require", "php")[:200]):
        yield Fact(FactName.VERSION, found[1], composer.path, composer.line("php", "require"))


def _known(composer: JsonFile) -> Iterator[Fact]:
    """The framework and the services that the dependencies name."""
    required = composer.table("require")
    for library, (framework, _) in PHP_FRAMEWORKS.items():
        if library in required:
            line = composer.line(library, "require")
            yield Fact(FactName.FRAMEWORK, framework, composer.path, line)
    for library in required:
        if service := PHP_SERVICES.get(library):
            line = composer.line(library, "require")
            yield Fact(FactName.SERVICE, service, composer.path, line)


def _drivers(tree: Tree) -> Iterator[Fact]:
    """The services that the settings choose: neither framework names one in its manifest."""
    for name in ENV_FILES:
        for number, line in enumerate(tree.lines(name), 1):
            found = _DRIVER.match(line) or _ADDRESS.match(line)
            if found and (service := PHP_DRIVERS.get(found[1])):
                yield Fact(FactName.SERVICE, service, tree.path(name), number)


def _start(tree: Tree) -> Iterator[Fact]:
    """The script `start`, where it is one plain command."""
    composer = json_file(tree, "composer.json")
    command = composer.string("scripts", "start").strip() if composer else ""
    if composer and command and not command.startswith("@"):
        yield from started(command, composer.path, composer.line("start", "scripts"))


def _health(files: Sources) -> Iterator[Fact]:
    """Laravel's own health route, then others, where it is sure under which path they lie."""
    for path, line, found in places(_UP, files):
        yield Fact(FactName.HEALTH, found[1], path, line)
    for path, text in files:
        api = "/api" if path.endswith("routes/api.php") else ""
        blocks = prefixes(text, _BLOCK)
        for _, line, found in places(_ROUTE, [(path, text)]):
            yield from watched(api + blocks[line - 1], rooted(found[1]), path, line)
        begin = _CLASS.search(text)
        before = ""
        for _, line, found in places(_ATTRIBUTE, [(path, text)]):
            if begin and found.start() < begin.start():
                before = rooted(found[1])
            else:
                yield from watched(before, rooted(found[1]), path, line)
