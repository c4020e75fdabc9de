"""Whether an artifact does what the facts of the project say."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from webapp.artifacts.backing_services import BACKING
from webapp.artifacts.blueprint import read_app
from webapp.artifacts.checks import findings
from webapp.artifacts.language import Language
from webapp.artifacts.statements import Statements, Topic, read_statements
from webapp.domain.artifact import ArtifactFile, Finding, Severity
from webapp.domain.project import FactName, Facts

MOST_NAMED = 5
_MANIFESTS = ("kubernetes", "kustomize")
_PIPELINES = ("github-actions", "gitlab-ci")
# What a command line that installs begins with, by installer.
_INSTALLERS = {
    "pip": r"\bpip3?\b", "poetry": r"\bpoetry\b", "uv": r"\buv\b", "pipenv": r"\bpipenv\b",
    "npm": r"\bnpm\b", "yarn": r"\byarn\b", "pnpm": r"\bpnpm\b", "bun": r"\bbun\b",
    "go": r"\bgo\b", "maven": r"\bmvnw?\b", "gradle": r"\bgradlew?\b", "bundler": r"\bbundle\b",
    "composer": r"\bcomposer\b", "nuget": r"\bdotnet\b", "cargo": r"\bcargo\b",
}  # fmt: skip
_BY_ITSELF = "config.ru"  # every server of Ruby takes it unasked
# Their commands name what is started; a compiled program may be called anything.
_INTERPRETED = frozenset({"python", "node", "ruby", "php"})


@dataclass(frozen=True, slots=True)
class Honoured:
    """Of each fact that an artifact has to show, whether it does, and a finding where not."""

    checked: Mapping[str, bool]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """An artifact and what is known of the application it is for."""

    files: Sequence[ArtifactFile]
    said: Statements
    facts: Facts

    def values(self, topic: Topic) -> set[str]:
        return {each.value for each in self.said.get(topic, ())}

    @property
    def variables(self) -> tuple[str, ...]:
        """Those of the application that somebody has to give it."""
        return read_app(self.facts).env


# What is missing, as words for a sentence; nothing where the fact is honoured.
_Look = Callable[[_Given], str | None]


def honoured(kind: str, files: Sequence[ArtifactFile], facts: Facts) -> Honoured:
    """Compare an artifact with facts; what the project does not tell is not asked for.

    Takes a millisecond or two. A kind that shows nothing of an application is asked for nothing.
    """
    asked = {
        name: look for name, (kinds, look) in _LOOKS.items() if kind in kinds and facts.value(name)
    }
    if not asked:
        return Honoured({}, ())
    given = _Given(files, read_statements(kind, files), facts)
    missing = {name: look(given) for name, look in asked.items()}
    found = (_finding(given, name, what) for name, what in missing.items() if what is not None)
    return Honoured({name: what is None for name, what in missing.items()}, tuple(found))


def _port(given: _Given) -> str | None:
    port = str(read_app(given.facts).listens)
    if port == "None" or port in given.values(Topic.PORT):
        return None
    others = sorted(given.values(Topic.PORT))
    return f"it listens on {port}, and the port here is {', '.join(others) or 'missing'}"


def _health(given: _Given) -> str | None:
    app = read_app(given.facts)
    if app.listens is None or app.health is None or app.health in given.values(Topic.PROBE):
        return None
    return f"its health route is {app.health}, and it is not asked here"


def _version(given: _Given) -> str | None:
    app = read_app(given.facts)
    if app.version is None or app.language in (None, Language.STATIC):
        return None
    for value in given.values(Topic.RUNTIME):
        language, _, version = value.partition(" ")
        if language == app.language and _is_within(version, app.version):
            return None
    return f"it is for {app.language.label} {app.version}, and no such image or version is named"


def _is_within(version: str, asked: str) -> bool:
    """Whether one of the versions is the other, told more exactly."""
    return all(a == b for a, b in zip(version.split("."), asked.split("."), strict=False))


def _start(given: _Given) -> str | None:
    app = read_app(given.facts)
    if app.language not in _INTERPRETED:
        return None
    program = (app.start or "").split()[:1]
    # PHP serves the folder in which its entry lies.
    entry = "" if app.entry == _BY_ITSELF else app.entry or ""
    wanted = [word for word in (*program, *entry.rpartition("/")) if len(word) > 1]
    commands = " ".join(given.values(Topic.START))
    if not wanted or any(word in commands for word in wanted):
        return None
    return f"it starts with “{app.start or app.entry}”, and the command here is another"


def _installer(given: _Given) -> str | None:
    installer = given.facts.value(FactName.INSTALLER) or ""
    pattern = _INSTALLERS.get(installer)
    texts = (file.content for file in given.files)
    if pattern is None or any(re.search(pattern, text) for text in texts):
        return None
    return f"it is installed by {installer}, which is not called here"


def _env(given: _Given) -> str | None:
    names = given.values(Topic.ENV)
    missing = [name for name in given.variables if name not in names]
    if not missing or "*" in names:
        return None
    more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    return f"it reads {', '.join(missing[:MOST_NAMED])}{more}, which is not given here"


def _services(given: _Given) -> str | None:
    there = given.values(Topic.BACKING)
    asked = [name for name in read_app(given.facts).services if name in BACKING]
    missing = [BACKING[name].title for name in asked if name not in there]
    return f"it needs {', '.join(missing)}, which is not here" if missing else None


_LOOKS: Mapping[FactName, tuple[tuple[str, ...], _Look]] = {
    FactName.PORT: (("dockerfile", "compose", *_MANIFESTS), _port),
    FactName.HEALTH: (("dockerfile", "compose", *_MANIFESTS), _health),
    FactName.VERSION: (("dockerfile", *_PIPELINES), _version),
    FactName.START: (("dockerfile", "systemd"), _start),
    FactName.ENTRY: (("dockerfile",), _start),
    FactName.INSTALLER: (("dockerfile", *_PIPELINES), _installer),
    FactName.ENV: (("compose", *_MANIFESTS, "systemd"), _env),
    FactName.SERVICE: (("compose",), _services),
}
_TOPICS = {
    FactName.PORT: Topic.PORT,
    FactName.HEALTH: Topic.PROBE,
    FactName.VERSION: Topic.RUNTIME,
    FactName.START: Topic.START,
    FactName.ENTRY: Topic.START,
    FactName.ENV: Topic.ENV,
    FactName.SERVICE: Topic.BACKING,
}
SEVERITY = {f"facts/{name}": Severity.WARNING for name in _LOOKS}


def _finding(given: _Given, name: FactName, missing: str) -> Finding:
    topic = _TOPICS.get(name)
    said = next(iter(given.said.get(topic, ())), None) if topic else None
    path = said.path if said else given.files[0].path if given.files else ""
    place = next(_places(given.facts, name), "")
    message = f"The project says{place} that {missing}."
    return findings.make(SEVERITY, f"facts/{name}", path, said.line if said else None, message)


def _places(facts: Facts, name: FactName) -> Iterator[str]:
    return (f" in {fact.place}" for fact in facts.found if fact.name == name and fact.path)
