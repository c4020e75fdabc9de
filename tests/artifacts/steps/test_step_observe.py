"""Observe: health checks, probes and annotations where facts say that something answers."""

from typing import cast

import pytest

from tests.artifacts.catalogue.built import facts
from tests.artifacts.steps.rewritten import FLASK, POD, one_file, put_in, rewritten, text_after
from webapp.domain.project import Fact, FactName, Facts

GO = facts(language="go", framework="gin", name="web", port="8000", health="/healthz")
WITHOUT_ROUTE = facts(language="python", framework="flask", name="web", port="8000")
SERVING = f"{POD}          ports:\n            - containerPort: 8000\n"


def notes(kind: str, text: str, known: Facts = FLASK) -> str:
    """What is said of a file that is made observable."""
    return "\n".join(rewritten("observe", kind, one_file(kind, text), known).unknown)


@pytest.mark.parametrize(
    ("base", "known", "program"),
    [
        ("python:3.13-slim", FLASK, '["python", "-c"'),
        ("golang:1.26-alpine", GO, '["wget", "-q"'),
        ("debian:13", GO, '["bash", "-c"'),
        ("alpine:3.23", FLASK, '["wget", "-q"'),
    ],
)
def test_an_image_is_asked_by_a_program_that_it_has(base: str, known: Facts, program: str) -> None:
    after = text_after("observe", "dockerfile", f'FROM {base} AS run\nFROM run\nCMD ["a"]\n', known)
    assert f"--retries=3 CMD {program}" in after
    assert after.endswith(']\nCMD ["a"]\n')


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("FROM gcr.io/distroless/static:nonroot\n", GO),
        ("FROM scratch\n", GO),
        ("FROM python:3.13-slim\n", WITHOUT_ROUTE),
        ("FROM python:3.13-slim\n", Facts()),
        ("FROM python:3.13-slim\nHEALTHCHECK NONE\n", FLASK),
    ],
)
def test_an_image_is_not_asked_where_nothing_is_known(text: str, known: Facts) -> None:
    assert text_after("observe", "dockerfile", text, known) == text
    assert "HEALTHCHECK" in text or "no HEALTHCHECK" in notes("dockerfile", text, known)


LOGS = (
    "    logging:\n      driver: json-file\n      options:\n        max-size: 10m\n"
    '        max-file: "3"'
)


def test_a_service_is_asked_on_its_route_and_its_logs_are_rotated() -> None:
    before = "services:\n  web:\n    build: .\n    ports: ['8000:8000']\n"
    new = put_in(before, text_after("observe", "compose", before))
    assert new.startswith("    healthcheck:\n      test:\n        - CMD\n        - python\n")
    assert "localhost:8000/healthz" in new
    assert new.endswith(LOGS)


@pytest.mark.parametrize(
    ("more", "known", "why"),
    [
        ("", WITHOUT_ROUTE, "no route for it is known"),
        ("", Facts(), "which application it runs is not known"),
        ("", GO, "which program its image has"),
        ("    command: [python, worker.py]\n", FLASK, "nothing says that it serves"),
        ("    healthcheck: {disable: true}\n", FLASK, ""),
    ],
)
def test_a_service_is_not_asked_where_nothing_is_known(more: str, known: Facts, why: str) -> None:
    before = f"services:\n  web:\n    build: .\n{more}"
    assert put_in(before, text_after("observe", "compose", before, known)) == LOGS
    assert why in notes("compose", before, known)


def test_each_application_has_its_own_service() -> None:
    before = (
        "services:\n  web:\n    image: registry.example.org/web:1\n"
        "  other:\n    build: other\n  db:\n    image: postgres:17.2\n"
    )
    after = text_after("observe", "compose", before)
    assert after.index("healthz") < after.index("  other:")
    assert 'pg_isready --username=\\"$${POSTGRES_USER:-postgres}\\"' in after
    assert "other: has no healthcheck" in notes("compose", before)


def test_the_one_service_that_is_built_is_the_one_application() -> None:
    before = "services:\n  server:\n    build: ./src\n"
    assert "localhost:8000/healthz" in text_after("observe", "compose", before)


def test_a_pod_is_probed_on_the_number_of_a_port_without_a_name() -> None:
    new = put_in(SERVING, text_after("observe", "kubernetes", SERVING))
    ask = "            httpGet:\n              path: /healthz\n              port: 8000\n"
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert f"          {probe}:\n{ask}" in new
    assert new.startswith("  labels:\n    app.kubernetes.io/name: web\n")


def test_a_pod_is_probed_on_the_name_of_its_port() -> None:
    before = SERVING.replace("- containerPort: 8000", "- {name: main, containerPort: 8000}")
    assert "              port: main\n" in text_after("observe", "kubernetes", before)


def test_probes_that_are_there_are_left_as_they_are() -> None:
    before = f"{SERVING}          livenessProbe: {{tcpSocket: {{port: 8000}}}}\n"
    new = put_in(before, text_after("observe", "kubernetes", before))
    assert "readinessProbe" in new
    assert "startupProbe" not in new


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        ("8000", "9000", FLASK),
        ("kind: Deployment", "kind: Job", FLASK),
        ("registry.example.org/web", "nginx", FLASK),
        ("8000", "8000", WITHOUT_ROUTE),
        ("8000", "8000", Facts()),
    ],
)
def test_a_pod_that_is_not_known_to_answer_is_not_probed(old: str, new: str, known: Facts) -> None:
    assert "Probe:" not in text_after("observe", "kubernetes", SERVING.replace(old, new), known)


@pytest.mark.parametrize(
    ("route", "port", "path"), [("/metrics", "8000", "/metrics"), (":9100/m", "9100", "/m")]
)
def test_metrics_are_scraped_where_a_fact_says_that_they_are_served(
    route: str, port: str, path: str
) -> None:
    known = Facts((*FLASK.found, Fact(cast(FactName, "metrics_route"), route, "a.py", 1)))
    new = put_in(SERVING, text_after("observe", "kubernetes", SERVING, known))
    assert (
        '      annotations:\n        prometheus.io/scrape: "true"\n'
        f'        prometheus.io/port: "{port}"\n        prometheus.io/path: {path}\n'
    ) in new


def test_nothing_is_scraped_where_no_fact_says_so() -> None:
    assert "prometheus.io" not in text_after("observe", "kubernetes", SERVING)
    assert "no route of metrics is known" in notes("kubernetes", SERVING)


def test_the_labels_of_pods_are_left_to_their_selectors() -> None:
    alone = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
        "spec:\n  containers: [{name: a, image: a:1}]\n"
    )
    assert text_after("observe", "kubernetes", alone) == alone
    assert "      labels: {app: web}\n" in text_after("observe", "kubernetes", SERVING)
