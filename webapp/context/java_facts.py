"""What is known of a Java or Kotlin application, from its build, configuration and code."""

import re
from collections.abc import Iterator, Sequence

from webapp.context import java_code
from webapp.context.ci import pipeline_version
from webapp.context.code import rooted
from webapp.context.deploy_facts import (
    dockerfile,
    env_example,
    image_version,
    pinned,
    procfile,
    tool_version,
)
from webapp.context.gradle import SCRIPTS, gradle
from webapp.context.java_config import Setting, settings
from webapp.context.libraries import JAVA_FRAMEWORKS, JAVA_SERVICES
from webapp.context.maven import Build, maven
from webapp.context.meters import Place
from webapp.context.tree import Tree, port_fact
from webapp.domain.project import Fact, FactName

MANIFESTS = ("pom.xml", *SCRIPTS)
_PORTS = dict(JAVA_FRAMEWORKS.values())
_PINNED = re.compile(
    r"(?:java(?:\.runtime\.version)?\s?=\s?)?(?:[a-z]{1,20}-)?(?:1\.)?([0-9]{1,2})"
    r"(?:\.[0-9]{1,3}){0,3}(?:-[a-z]{1,20})?"
)
_PINS = (".java-version", ".sdkmanrc", "system.properties")
_IMAGES = ("eclipse-temurin", "amazoncorretto", "openjdk")
_PORT_KEYS = ("server.port", "quarkus.http.port", "micronaut.server.port", "ktor.deployment.port")
# What answers whether all is well, by the artifact that brings it.
_HEALTH = {
    "spring-boot-starter-actuator": "/actuator/health",
    "quarkus-smallrye-health": "/q/health",
    "micronaut-management": "/health",
}
_CONTEXT_KEYS = ("server.servlet.context-path", "spring.webflux.base-path")
_OWN_PORT_KEYS = ("management.server.port", "quarkus.management.enabled", "endpoints.all.port")


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is nothing to be built from."""
    build = maven(tree) or gradle(tree)
    if build is None:
        return None
    return [
        Fact(FactName.LANGUAGE, "java", build.path, 1),
        Fact(FactName.MANIFEST, build.path, build.path, 1),
        *pinned(tree, _PINS, _PINNED),
        *tool_version(tree, "java"),
        *build.facts,
        *image_version(tree, *_IMAGES),
        *pipeline_version(tree, "java"),
        *_known(build),
        *_health(build, list(settings(tree))),
    ]


def libraries(tree: Tree) -> dict[str, Place]:
    """What the build asks for, as `group:artifact`."""
    build = maven(tree) or gradle(tree)
    used = build.dependencies if build else {}
    return {name: (build.path, line) for name, line in used.items()} if build else {}


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    framework = next((fact for fact in said if fact.name == FactName.FRAMEWORK), None)
    yield from procfile(tree)
    yield from dockerfile(tree)
    entries = [fact for fact in said if fact.name == FactName.ENTRY]
    entries += java_code.entries(tree)
    yield from entries
    for setting in settings(tree):
        if setting.key in _PORT_KEYS:
            yield from port_fact(setting.port(), setting.path, setting.line)
        for name in setting.variables():
            yield Fact(FactName.ENV, name, setting.path, setting.line)
    yield from java_code.read_code(tree)
    yield from env_example(tree)
    # Quarkus brings its own entry; of the others a library without one listens nowhere.
    is_started = framework and (entries or framework.value == "quarkus")
    if framework and is_started and (port := _PORTS[framework.value]):
        yield from port_fact(port, framework.path, framework.line)


def _known(build: Build) -> Iterator[Fact]:
    """The framework and the services that the dependencies name."""
    for group, (framework, _) in JAVA_FRAMEWORKS.items():
        for name, line in build.dependencies.items():
            if name == group or name.startswith((f"{group}:", f"{group}.")):
                yield Fact(FactName.FRAMEWORK, framework, build.path, line)
    for name, line in build.dependencies.items():
        artifact = name.lower()
        services = (JAVA_SERVICES[part] for part in JAVA_SERVICES if part in artifact)
        if service := next(services, None):
            yield Fact(FactName.SERVICE, service, build.path, line)


def _health(build: Build, configured: Sequence[Setting]) -> Iterator[Fact]:
    """The route that the framework itself answers, unless it does so on a port of its own."""
    said = {setting.key: setting.value for setting in configured}
    if any(key in said for key in _OWN_PORT_KEYS):
        return
    context = "".join(rooted(said[key]) for key in _CONTEXT_KEYS if key in said)
    for name, line in build.dependencies.items():
        if route := _HEALTH.get(name.rpartition(":")[2]):
            base = rooted(said.get("management.endpoints.web.base-path", "actuator"))
            route = route.replace("/actuator", base)
            yield Fact(FactName.HEALTH, context + route, build.path, line)
