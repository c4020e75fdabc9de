"""Cost: what is given to services and containers, with the reason, and what is left to measure."""

import pytest

from tests.artifacts.catalogue.built import facts
from tests.artifacts.steps.rewritten import FLASK, POD, one_file, put_in, rewritten, text_after
from webapp.domain.project import Facts

JAVA = facts(language="java", framework="spring-boot", name="web", port="8080")
SERVICE = "services:\n  web:\n    build: .\n"
THREE = POD.replace("spec:\n  selector", "spec:\n  replicas: 3\n  selector")


def notes(kind: str, text: str) -> str:
    """What is said of a file that is sized."""
    return "\n".join(rewritten("cost", kind, one_file(kind, text)).unknown)


@pytest.mark.parametrize(
    ("known", "value"),
    [
        (FLASK, "256M  # a first guess for Python"),
        (JAVA, "1G  # a first guess for Java"),
        (Facts(), "256M  # a first guess, its language is not known"),
    ],
)
def test_a_service_may_take_so_much_memory(known: Facts, value: str) -> None:
    new = f"    deploy:\n      resources:\n        limits:\n          memory: {value}"
    assert put_in(SERVICE, text_after("cost", "compose", SERVICE, known)) == new


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{SERVICE}    mem_limit: 1g\n", None),
        (f"{SERVICE}    deploy: {{resources: {{limits: {{memory: 1g}}}}}}\n", None),
        (f"{SERVICE}    mem_reservation: 1g\n", "is reserved"),
        (f'{SERVICE}    environment: ["JAVA_OPTS=-Xmx2g"]\n', "sets its memory"),
        ("services:\n  db:\n    image: postgres:17.2\n", "depends on its data"),
    ],
)
def test_a_service_is_left_as_it_is(text: str, why: str | None) -> None:
    assert text_after("cost", "compose", text) == text
    assert (why or "") in notes("compose", text)


def test_a_service_that_runs_several_times_is_said_to() -> None:
    assert "web: runs 3 times" in notes("compose", f"{SERVICE}    scale: 3\n")


def test_a_container_asks_for_what_its_language_usually_takes() -> None:
    new = """\
          resources:
            requests:
              cpu: 100m  # a first guess for Java; what is free may be taken above it
              memory: 1Gi  # a first guess for Java
            limits:
              memory: 1Gi  # as requested, so that no node runs out of it"""
    assert put_in(THREE, text_after("cost", "kubernetes", THREE, JAVA)) == new
    assert "web: runs 3 times" in notes("kubernetes", THREE)
    assert "measure memory at the highest load" in notes("kubernetes", THREE)


def sized(resources: str) -> str:
    """The pod with resources."""
    return f"{THREE}          resources: {resources}\n"


@pytest.mark.parametrize(
    ("resources", "after"),
    [
        ("{limits: {memory: 1Gi}}", "{limits: {memory: 1Gi}, requests: {cpu: 100m}}"),
        ("{limits: {cpu: 1, memory: 1Gi}}", "{limits: {cpu: 1, memory: 1Gi}}"),
        (
            "{requests: {cpu: 1, memory: 90Mi}}",
            "{requests: {cpu: 1, memory: 90Mi}, limits: {memory: 90Mi}}",
        ),
    ],
)
def test_only_what_is_missing_is_asked_for(resources: str, after: str) -> None:
    assert text_after("cost", "kubernetes", sized(resources)) == sized(after)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (THREE.replace("registry.example.org/web", "postgres"), "depends on its data"),
        (f"{THREE}          args: [--max-old-space-size=4096]\n", "sets its memory"),
    ],
)
def test_a_container_is_left_as_it_is(text: str, why: str) -> None:
    assert text_after("cost", "kubernetes", text) == text
    assert why in notes("kubernetes", text)
