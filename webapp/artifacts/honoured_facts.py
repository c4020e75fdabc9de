"""How each fact of a project shows in an artifact, and what to say where it does not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from webapp.artifacts.backing import BACKING, is_secret, known, value_of
from webapp.artifacts.blueprint import read_app
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.statements import Statement, Statements, Topic
from webapp.artifacts.statements.images import is_named_as
from webapp.artifacts.statements.runtimes import fits, version_of
from webapp.domain.project import Fact, FactName, Facts

_VERSION = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4}){0,3}")
_TOOLS = {
    "pip": ("pip", "pip3", "uv"),
    "yarn": ("yarn", "corepack"),
    "pnpm": ("pnpm", "corepack"),
    "maven": ("mvn", "mvnw"),
    "gradle": ("gradle", "gradlew"),
    "bundler": ("bundle", "bundler-cache"),
    "nuget": ("dotnet",),
}
_NODE_STARTERS = frozenset({"npm", "yarn", "pnpm"})
# What a command has in common with many others.
_USUAL = _NODE_STARTERS | frozenset(
    {"app", "bash", "bun", "bundle", "cmd", "dotnet", "exec", "java", "main", "node", "npx", "php"}
    | {"pipenv", "poetry", "python", "python3", "ruby", "run", "serve", "start", "uv", "jar"}
)
_BETWEEN = re.compile(r"[\s\"'\[\](),:=&|;]+")
_ENDING = re.compile(r"\.(?:[cm]?js|ts|py|rb|dll|jar|exe)\Z")
_WORD = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)
# Their first file says little of the command that serves it.
_STARTED_BY_OTHERS = frozenset({"php", "ruby"})
# Nothing of a site runs, and the archives of Java may be called anything.
_STARTED_ANYHOW = frozenset({"static", "java"})
_STATIC = "static"
_PORTS = (Topic.LISTENS, Topic.REACHES)
_DEFAULT_ROUTE = "/metrics"


@dataclass(frozen=True, slots=True)
class Miss:
    """What a sentence says of the project and of the artifact, and where that stands in it."""

    fact: str
    artifact: str
    statement: Statement | None


def _miss(fact: str, wrong: Statement | None, absent: str) -> Miss:
    """What is said instead, or that nothing is."""
    return Miss(fact, wrong.sentence if wrong else absent, wrong)


def asked(name: str, facts: Facts, said: Statements) -> list[Fact]:
    """The facts of a name that an artifact has to show; none where it leaves the matter open."""
    if name == "env":
        return [] if said.of(Topic.OPEN_ENV) else _needed(facts)
    told = [fact for fact in facts.found if fact.name == name and fact.value]
    if name == "service":
        return [fact for fact in told if fact.value in BACKING]
    if name == "start":
        told = told or [fact for fact in facts.found if fact.name == FactName.ENTRY]
        return [fact for fact in told[:1] if _names(fact, facts)]
    if name == "metrics_route" and not said.of(Topic.TARGET):
        return []
    if name == "port" and not said.of(Topic.WORKLOAD, *_PORTS):
        return []  # where nothing is run in a container the program alone may know its port
    # Nothing of a site runs but the server that its image brings.
    return [] if facts.value(FactName.LANGUAGE) == _STATIC else told[:1]


def _needed(facts: Facts) -> list[Fact]:
    """Variables that are secret or lead to a service: the others may have a default."""
    app = read_app(facts)
    services = known(app.services)
    return [
        fact
        for fact in facts.found
        if fact.name == FactName.ENV
        and fact.value in app.env
        and (is_secret(fact.value) or value_of(fact.value, services) is not None)
    ]


def _port(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    # What is opened counts more than what is only expected.
    told = said.values(Topic.LISTENS) or said.values(Topic.REACHES)
    if fact.value in told:
        return None
    wrong = said.first(Topic.LISTENS) or said.first(Topic.REACHES)
    return _miss(f"listens on {fact.value}", wrong, "nothing names that port")


def _health(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    routes = {route.rstrip("/") for route in said.values(Topic.HEALTH)}
    if fact.value.rstrip("/") in routes:
        return None
    fact_told = f"tells at {shortened(fact.value)} whether it is well"
    return _miss(fact_told, said.first(Topic.HEALTH), "nothing asks it there")


def _env(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    if fact.value in said.values(Topic.ENV):
        return None
    return _miss(f"reads {fact.value}", None, "nothing gives it a value")


def _service(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    images, names = said.values(Topic.BACKING), said.values(Topic.SERVICE)
    if fact.value in names or any(is_named_as(image, fact.value) for image in images):
        return None
    return _miss(f"needs {BACKING[fact.value].title}", None, "no service runs that")


def _language(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    told = said.of(Topic.RUNTIME)
    installer = facts.value(FactName.INSTALLER)
    is_used = installer is not None and _is_run(installer, said)
    if is_used or fact.value in {one.name for one in told}:
        return None
    return _miss(f"is written in {fact.value}", said.first(Topic.RUNTIME), "nothing brings that")


def _version(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    language = facts.value(FactName.LANGUAGE) or ""
    told = [one for one in said.of(Topic.RUNTIME) if one.name == language and version_of(one)]
    if not _VERSION.fullmatch(fact.value) or any(fits(version_of(one), fact.value) for one in told):
        return None
    wrong = told[0] if told else None
    return _miss(f"asks for {language} {fact.value}", wrong, "nothing sets up that version")


def _is_run(installer: str, said: Statements) -> bool:
    tools = "|".join(re.escape(tool) for tool in _TOOLS.get(installer, (installer,)))
    pattern = re.compile(rf"(?<![\w-])(?:{tools})(?![\w-])")
    return any(pattern.search(one.value) for one in said.of(Topic.BUILD_STEP))


def _installer(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    if _is_run(fact.value, said):
        return None
    return _miss(f"is installed by {shortened(fact.value)}", None, "nothing runs that")


def _manifest(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    name = fact.value.rpartition("/")[2]
    steps = [one for one in said.of(Topic.BUILD_STEP) if one.verb == "copies"]
    if any(_copies(name, source) for one in steps for source in one.value.split()[:-1]):
        return None
    return _miss(f"lists what it needs in {shortened(name)}", None, "nothing copies that file")


def _copies(name: str, source: str) -> bool:
    """Whether what is copied holds a file: by name, by pattern, or with all the rest."""
    return source in (".", "./") or fnmatchcase(name, source.rpartition("/")[2])


def _names(fact: Fact, facts: Facts) -> set[str]:
    """The words of a command or an entry that tell it from others; none where it has none."""
    language = facts.value(FactName.LANGUAGE)
    is_by_other = language in _STARTED_BY_OTHERS and fact.name != FactName.START
    if language in _STARTED_ANYHOW or is_by_other:
        return set()
    return {word for word in _words(fact.value) if _WORD.fullmatch(word)} - _USUAL


def _words(command: str) -> set[str]:
    """The words of a command, each also without its folder and ending, and as a module."""
    words = {word.removeprefix("./") for word in _BETWEEN.split(command[:2_000])}
    whole = {word for word in words if word[:1] not in ("", "-", "$")}
    bare = {_ENDING.sub("", word) for word in whole}
    modules = {word.replace("/", ".") for word in bare}
    return {word.rpartition("/")[2] for word in whole | bare} | whole | bare | modules


def _start(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    started = said.of(Topic.START)
    words = {word for one in (*started, *said.of(Topic.BUILD_STEP)) for word in _words(one.value)}
    entries = [one for one in facts.found if one.name in (FactName.ENTRY, FactName.START)]
    names = {name for one in entries for name in _names(one, facts)}
    is_by_script = facts.value(FactName.LANGUAGE) == "node" and _NODE_STARTERS & words
    if started and (is_by_script or words & names or _is_program(facts, words)):
        return None
    wrong = started[0] if started else None
    return _miss(f"is started by “{shortened(fact.value, 60)}”", wrong, "nothing starts it")


def _is_program(facts: Facts, words: set[str]) -> bool:
    """Whether what is started is called as the project, or as the folder of its program."""
    app = read_app(facts)
    folder = (app.entry or "").rpartition("/")[2]
    return bool(words & ({app.name, app.program or app.name, folder} - _USUAL))


def _metric(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    own = facts.values(fact.name)
    queried = said.values(Topic.METRIC)
    if any(series in queried for series in own):
        return None
    return _miss(f"measures {fact.value}", None, "no rule asks for a series of its own")


def _metrics_route(fact: Fact, facts: Facts, said: Statements) -> Miss | None:
    route = f"/{fact.value.partition('/')[2]}"
    told = said.of(Topic.METRICS_ROUTE)
    if route in {one.value for one in told} or (not told and route == _DEFAULT_ROUTE):
        return None
    wrong = told[0] if told else None
    return _miss(f"shows its metrics at {route}", wrong, f"{_DEFAULT_ROUTE} is asked")


Judge = Callable[[Fact, Facts, Statements], Miss | None]
JUDGES: Mapping[str, Judge] = {
    "language": _language,
    "version": _version,
    "installer": _installer,
    "manifest": _manifest,
    "start": _start,
    "port": _port,
    "health": _health,
    "env": _env,
    "service": _service,
    "metric": _metric,
    "metrics_route": _metrics_route,
}
