"""The rules of consistency: two artifacts in, what they disagree about out.

Each compares what both write out, and is silent where one of them leaves it open.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import product

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.statements import Statement, Statements, Topic
from webapp.artifacts.statements.images import is_foreign, repository, version
from webapp.artifacts.statements.runtimes import fits, version_of

_PORTS = (Topic.LISTENS, Topic.REACHES)
_LOCAL = frozenset({"", "localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal"})  # noqa: S104
# Of these kinds of labels the value names the application.
_NAMING = ("app.kubernetes.io/name", "app", "app.kubernetes.io/component")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two statements that cannot both be true, as one sentence."""

    rule: str
    one: Statement
    other: Statement
    sentence: str

    @property
    def turned(self) -> "Disagreement":
        """The same seen from the other side."""
        return Disagreement(self.rule, self.other, self.one, self.sentence)


Rule = Callable[[Statements, Statements, bool], Iterator[Disagreement]]


def _disagree(rule: str, one: Statement, other: Statement) -> Disagreement:
    return Disagreement(rule, one, other, f"{one.sentence}, and {other.sentence}.")


def _both_ways(
    rule: Callable[[Statements, Statements], Iterator[Disagreement]],
    one: Statements,
    other: Statements,
) -> Iterator[Disagreement]:
    """What a rule finds that asks one side what it has, and the other what it wants."""
    yield from rule(one, other)
    yield from (each.turned for each in rule(other, one))


def _apart(
    rule: str, ones: Collection[Statement], others: Collection[Statement]
) -> Iterator[Disagreement]:
    """The first of both, where they have no value in common."""
    values = {one.value for one in ones}
    if ones and others and values.isdisjoint(one.value for one in others):
        yield _disagree(rule, next(iter(ones)), next(iter(others)))


def ports(one: Statements, other: Statements, is_sure: bool) -> Iterator[Disagreement]:
    """What listens, and what is sent where."""

    def missed(serving: Statements, sending: Statements) -> Iterator[Disagreement]:
        listening = serving.of(Topic.LISTENS)
        known = serving.values(*_PORTS) | sending.values(Topic.LISTENS)
        reached = sending.of(Topic.REACHES)
        strange = [each for each in reached if each.value not in known]
        if listening and (is_sure or len(strange) == len(reached)):
            yield from (_disagree("port", listening[0], each) for each in strange)

    apart = list(_apart("port", one.of(Topic.LISTENS), other.of(Topic.LISTENS)))
    yield from apart or _both_ways(missed, one, other)


def images(one: Statements, other: Statements, is_sure: bool) -> Iterator[Disagreement]:
    """The names of images that are built and started, and versions that both write out."""
    ones, others = _own_images(one), _own_images(other)
    names = {repository(each.value) for each in others}
    if ones and others and names.isdisjoint(repository(each.value) for each in ones):
        yield _disagree("image", ones[0], others[0])
        return
    for each in ones:
        same = [two for two in others if repository(two.value) == repository(each.value)]
        versions = {version(two.value) for two in same} - {None}
        if version(each.value) and versions and version(each.value) not in versions:
            yield _disagree("image", each, same[0])


def _own_images(said: Statements) -> list[Statement]:
    listed = said.of(Topic.BUILDS, Topic.RUNS)
    return [one for one in listed if repository(one.value) and not is_foreign(one.value)]


def users(one: Statements, other: Statements, is_sure: bool) -> Iterator[Disagreement]:
    """The numbers of the users that it runs as."""
    yield from _apart("user", one.of(Topic.USER), other.of(Topic.USER))


def probes(one: Statements, other: Statements, is_sure: bool) -> Iterator[Disagreement]:
    """The routes by which it is asked whether it is well; “/” is that of whoever knows none."""
    ones = [each for each in one.of(Topic.HEALTH) if each.value != "/"]
    others = [each for each in other.of(Topic.HEALTH) if each.value != "/"]
    yield from _apart("probe", ones, others)


def runtimes(one: Statements, other: Statements, is_sure: bool) -> Iterator[Disagreement]:
    """The versions of the language in which it is built and tested, and that it runs with."""
    pairs: dict[str, list[tuple[Statement, Statement]]] = {}
    for each, theirs in product(one.of(Topic.RUNTIME), other.of(Topic.RUNTIME)):
        if each.name == theirs.name and version_of(each) and version_of(theirs):
            pairs.setdefault(each.name, []).append((each, theirs))
    for told in pairs.values():
        if not any(fits(version_of(each), version_of(theirs)) for each, theirs in told):
            yield _disagree("runtime", *told[0])


def variables(one: Statements, other: Statements, is_sure: bool) -> Iterator[Disagreement]:
    """Variables without which it cannot do, of which one of them knows nothing."""
    yield from _both_ways(_forgotten, one, other)


def _forgotten(one: Statements, other: Statements) -> Iterator[Disagreement]:
    given = other.values(Topic.ENV)
    place = other.first(Topic.ENV) or other.first(Topic.RUNS, Topic.BUILDS)
    # An image alone holds what all who start it have in common, and a pipeline starts nothing.
    starts = other.of(Topic.WORKLOAD) and other.of(Topic.RUNS, Topic.BUILDS)
    if place is None or not starts or other.of(Topic.OPEN_ENV):
        return
    for each in one.of(Topic.ENV):
        if each.is_needed and each.value not in given:
            rest = f"{place.place}, where the variables are, lacks it"
            yield Disagreement("env", each, place, f"{each.sentence}, and {rest}.")


def secrets(one: Statements, other: Statements, is_sure: bool) -> Iterator[Disagreement]:
    """From where secret variables come, and what the Secrets hold that are made."""
    theirs = {each.name: each for each in other.of(Topic.KEY)}
    for each in one.of(Topic.KEY):
        if each.name in theirs and theirs[each.name].value != each.value:
            yield _disagree("secret", each, theirs[each.name])


def kept_secrets(one: Statements, other: Statements) -> Iterator[Disagreement]:
    """Keys that a Secret of the other lacks."""
    yield from _both_ways(_unkept, one, other)


def _unkept(one: Statements, other: Statements) -> Iterator[Disagreement]:
    kept: dict[str, list[Statement]] = {}
    for each in other.of(Topic.KEPT):
        kept.setdefault(each.name, []).append(each)
    for each in one.of(Topic.KEY):
        secret, _, key = each.value.partition("/")
        if secret in kept and key not in {one.value for one in kept[secret]}:
            first = kept[secret][0]
            lack = f"the Secret at {first.place} has no such key"
            yield Disagreement("secret", each, first, f"{each.sentence}, and {lack}.")


def labels(one: Statements, other: Statements) -> Iterator[Disagreement]:
    """Labels that name the application, those by which policies and rules look for its pods."""
    for name in _NAMING:
        yield from _apart("label", _labels(one, name), _labels(other, name))
    yield from _both_ways(_unselected, one, other)
    yield from _both_ways(_undeployed, one, other)


def _labels(said: Statements, name: str) -> list[Statement]:
    return [each for each in said.of(Topic.LABEL) if each.name == name]


def _unselected(pods: Statements, asking: Statements) -> Iterator[Disagreement]:
    """Selectors of which none finds a pod."""
    held = {(each.name, each.value): each for each in pods.of(Topic.LABEL)}
    keys = {name for name, _ in held}
    wanted = [each for each in asking.of(Topic.SELECTOR) if each.name in keys]
    if wanted and not any((each.name, each.value) in held for each in wanted):
        yield _disagree("label", _labels(pods, wanted[0].name)[0], wanted[0])


def _undeployed(pods: Statements, asking: Statements) -> Iterator[Disagreement]:
    """Names of Deployments of which none is there."""
    deployments = [each for each in pods.of(Topic.WORKLOAD) if each.value == "Deployment"]
    names = {each.about for each in deployments}
    asked = asking.of(Topic.DEPLOYMENT_QUERY)
    if deployments and asked and names.isdisjoint(each.value for each in asked):
        first = deployments[0]
        called = f"{first.place} calls its Deployment {shortened(first.about)}"
        yield Disagreement("label", first, asked[0], f"{called}, and {asked[0].sentence}.")


def jobs(one: Statements, other: Statements) -> Iterator[Disagreement]:
    """Jobs that rules ask for, where nothing is scraped or named so."""
    yield from _both_ways(_unscraped, one, other)


def _unscraped(naming: Statements, asking: Statements) -> Iterator[Disagreement]:
    yield from _apart("scrape", naming.of(Topic.JOB), asking.of(Topic.QUERY))


def hosts(one: Statements, other: Statements, served: Collection[str]) -> Iterator[Disagreement]:
    """Hosts and ports that are scraped, against services; `served` are those of all members."""

    def missing(serving: Statements, asking: Statements) -> Iterator[Disagreement]:
        services = {each.value: each for each in serving.of(Topic.SERVICE)}
        for target in asking.of(Topic.TARGET):
            host, _, port = target.value.rpartition(":")
            name = host.partition(".")[0]
            if name in services:
                yield from _unserved(serving, services[name], target, port)
            elif not host:
                yield from _unopened(serving, asking, target, port)
            elif "." not in host and services and name not in {*served, *_LOCAL}:
                yield _disagree("service", next(iter(services.values())), target)

    yield from _both_ways(missing, one, other)


def _unserved(
    serving: Statements, service: Statement, target: Statement, port: str
) -> Iterator[Disagreement]:
    """A target whose host is known and has other ports."""
    about = [each for each in serving.of(*_PORTS, Topic.SERVED) if each.about == service.about]
    if about and port not in {each.value for each in about}:
        yield _disagree("scrape", about[0], target)


def _unopened(
    serving: Statements, asking: Statements, target: Statement, port: str
) -> Iterator[Disagreement]:
    """A port of its pods that is scraped, and that the image does not open."""
    listening = serving.of(Topic.LISTENS)
    known = serving.values(*_PORTS) | asking.values(Topic.LISTENS)
    if listening and port not in known:
        yield _disagree("scrape", listening[0], target)


OF_ONE_APPLICATION: tuple[Rule, ...] = (
    ports,
    images,
    users,
    probes,
    runtimes,
    variables,
    secrets,
)
OF_ALL = (kept_secrets, labels, jobs)
