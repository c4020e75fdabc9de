"""What the services of a Compose project ask of each other and of the sections around them."""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.compose_project import Project, PublishedPorts, Service
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "compose/undeclared-service": Severity.ERROR,
    "compose/undeclared-network": Severity.ERROR,
    "compose/undeclared-volume": Severity.ERROR,
    "compose/undeclared-secret": Severity.ERROR,
    "compose/undeclared-config": Severity.ERROR,
    "compose/dependency-cycle": Severity.ERROR,
    "compose/port": Severity.ERROR,
    "compose/port-clash": Severity.ERROR,
    "compose/container-name-clash": Severity.ERROR,
    "compose/no-healthcheck": Severity.WARNING,
    "compose/unused": Severity.NOTE,
}
SECTIONS = ("networks", "volumes", "secrets", "configs")


def links(project: Project) -> Iterator[Finding]:
    """Names nothing declares, cycles, clashes, and declarations that nothing uses."""
    yield from _undeclared(project)
    yield from _cycle(project)
    yield from _port_clashes(project)
    yield from _container_names(project)
    yield from _unhealthy(project)
    yield from _unused(project)


def _finding(rule: str, service: Service, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, rule, service.path, line, message)


def _undeclared(project: Project) -> Iterator[Finding]:
    if any("include" in document.value for document in project.documents):
        return  # what is included may declare anything
    declared = {section: project.declared(section) for section in ("services", *SECTIONS)}
    for service in project.services:
        for use in service.uses():
            if use.name not in declared[use.section] and "$" not in use.name:
                one = use.section.removesuffix("s")
                message = (
                    f"{service.name} uses the {one} “{findings.shortened(use.name)}”, "
                    f"which is not declared under {use.section}."
                )
                yield _finding(f"compose/undeclared-{one}", service, use.line, message)


def _cycle(project: Project) -> Iterator[Finding]:
    services = {service.name: service for service in project.services}
    # Lists and not sets: of several circles the same is found in every process.
    graph = {
        name: [use.name for use in service.uses() if use.section == "services"]
        for name, service in services.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # Each is needed by the next, so read backwards it says who waits for whom.
        circle = [str(name) for name in reversed(error.args[1])]
        service = services[circle[0]]
        line = service.line_of("depends_on")
        message = f"These services wait for each other for ever: {' → '.join(circle[:10])}."
        yield _finding("compose/dependency-cycle", service, line, message)


def _port_clashes(project: Project) -> Iterator[Finding]:
    published: list[tuple[Service, PublishedPorts]] = []
    for service in project.services:
        for ports in service.published():
            if isinstance(ports, int):
                message = f"This is no port mapping that {service.name} could publish."
                yield _finding("compose/port", service, ports, message)
            elif "profiles" not in service.config:  # else they may never run together
                published.append((service, ports))
    published.sort(key=lambda entry: (entry[1].first, entry[1].line))
    # By protocol and address the ports that reach highest: as the first ones rise, whatever
    # clashes with any clashes with these. None stands for all addresses together.
    highest: dict[tuple[str, str | None], tuple[Service, PublishedPorts]] = {}
    for service, ports in published:
        for address in ("", ports.address) if ports.address else (None,):
            taken = highest.get((ports.protocol, address))
            if taken and _overlap(*taken, service, ports):
                message = (
                    f"{service.name} publishes port {ports.first}, which {taken[0].name} has taken."
                )
                yield _finding("compose/port-clash", service, ports.line, message)
                break
        for address in (ports.address, None):
            taken = highest.get((ports.protocol, address))
            if taken is None or taken[1].last < ports.last:
                highest[ports.protocol, address] = service, ports


def _overlap(one: Service, taken: PublishedPorts, other: Service, ports: PublishedPorts) -> bool:
    is_override = one.name == other.name and one.path != other.path
    return ports.first <= taken.last and not is_override


def _container_names(project: Project) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for service in project.services:
        name = service.config.get("container_name")
        if name and taken.setdefault(name, service.name) != service.name:
            message = f"{taken[name]} and {service.name} have the same container name."
            line = service.line_of("container_name")
            yield _finding("compose/container-name-clash", service, line, message)


def _unhealthy(project: Project) -> Iterator[Finding]:
    checked = {service.name for service in project.services if _is_checked(service)}
    named = {service.name for service in project.services}
    for service in project.services:
        for name, options, line in service.entries("depends_on"):
            waits = isinstance(options, dict) and options.get("condition") == "service_healthy"
            if waits and name in named - checked:
                message = (
                    f"{service.name} waits until {name} is healthy, but {name} has no "
                    "healthcheck: unless its image has one, this never starts."
                )
                yield _finding("compose/no-healthcheck", service, line, message)


def _is_checked(service: Service) -> bool:
    """Whether anything looks at the health of a service: a healthcheck can also be taken away."""
    given = service.config.get("healthcheck")
    if not isinstance(given, YamlMap):
        return given is not None
    return given.get("disable") is not True and given.get("test") not in ("NONE", ["NONE"])


def _unused(project: Project) -> Iterator[Finding]:
    used = {(use.section, use.name) for service in project.services for use in service.uses()}
    for document in project.documents:
        for section in SECTIONS:
            for name, line in _lines(document.value.get(section)):
                if (section, name) not in used and name != "default":
                    message = f"{name} is declared under {section}, but no service uses it."
                    rule = "compose/unused"
                    yield findings.make(SEVERITY, rule, document.path, line, message)


def _lines(section: object) -> Iterable[tuple[str, int]]:
    return getattr(section, "lines", {}).items()
