import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.compose import check
from webapp.domain.artifact import ArtifactFile

SMALL = sample("small.compose.yaml")

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("restart: always", "restart_policy: always", "unknown-field", "restart_policy"),
    ("      - inner\n    secrets", "      inner: 1\n    secrets", "wrong-type", "inner: 1"),
    ("condition: service_healthy", "condition: healthy", "wrong-value", "condition: healthy"),
    ("condition: service_healthy", "restart: true", "missing-field", "db:\n        restart"),
    ("restart: always", "restart: on_failure", "restart", "on_failure"),
    ("image: postgres:17.2", "user: postgres", "no-image", "db:\n    user"),
    ("restart: always", "network_mode: bridge", "network-mode", "network_mode"),
    ("restart: always", "privileged: true", "privileged", "privileged"),
    ("files:/srv", "data:/srv", "undeclared-volume", "data:/srv"),
    ("inner\n    secrets", "outer\n    secrets", "undeclared-network", "outer"),
    ("- token", "- key", "undeclared-secret", "- key"),
    ("- settings", "- options", "undeclared-config", "- options"),
    ("      db:\n", "      database:\n", "undeclared-service", "database:"),
    ("restart: always", "pid: service:app", "undeclared-service", "pid"),
    ('"8000:80"', '"80000:80"', "port", "80000"),
    ('"8000:80"', '"http:80"', "port", "http:80"),
    ('"8000:80"', '"8000:80000"', "port", "80000"),
    ('"8000:80"', '"8000-8005:80-82"', "port", "80-82"),
    ("test: pg_isready", "test: [pg_isready]", "healthcheck", "[pg_isready]"),
    ("test: pg_isready", "test: a\n      timeout: 5 secs", "duration", "5 secs"),
    ("restart: always", "stop_grace_period: 1:30", "duration", "1:30"),
    ('"8000:80"', '"5430-5440:80"', "port-clash", "127.0.0.1:5432"),
    (
        "test: pg_isready",
        "test: a\n    depends_on: [web]",
        "dependency-cycle",
        "depends_on:\n      db",
    ),
]
REMARKED = [
    ("    healthcheck:\n      test: pg_isready\n", "", "no-healthcheck", "db:\n        condition"),
    ("web:1.4.2", "web:latest", "unpinned-image", "web:latest"),
    ("postgres:17.2", "postgres", "unpinned-image", "image: postgres"),
    ("LOG_LEVEL: info", "API_TOKEN: abc123", "literal-secret", "API_TOKEN"),
    ("LOG_LEVEL: info", "DB_PASSWORD: 1234", "literal-secret", "DB_PASSWORD"),
    ("LOG_LEVEL: info", "DB: mysql://me:secret@db/shop", "literal-secret", "mysql"),
    ("files:/srv", "/var/run/docker.sock:/var/run/docker.sock", "docker-socket", "- /var/run"),
    ("restart: always", "pid: host", "host-namespace", "pid"),
    ("configs:\n  settings:", "configs:\n  spare: {file: a}\n  settings:", "unused", "spare"),
    ("services:", "version: '3'\nservices:", "obsolete-version", "version"),
]


@pytest.mark.parametrize("name", ["small.compose.yaml", "shop.compose.yaml"])
def test_good_compose_files_have_no_findings(name: str) -> None:
    assert check(files("compose.yaml", sample(name))) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_compose_refuses_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(SMALL, old, new)
    found = errors(check(files("compose.yaml", text)))
    assert places(found) == [(f"compose/{rule}", line_of(text, mark))]


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_remarked_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(SMALL, old, new)
    found = check(files("compose.yaml", text))
    assert (f"compose/{rule}", line_of(text, mark)) in places(found)
    # The volume that stands in the sample may have lost its use.
    assert {finding.rule for finding in found} <= {f"compose/{rule}", "compose/unused"}
    assert not errors(found)


def test_two_services_cannot_have_one_container_name() -> None:
    text = faulty(SMALL, "restart: always", "container_name: one")
    text = faulty(text, "image: postgres:17.2", "image: postgres:17.2\n    container_name: one")
    found = errors(check(files("compose.yaml", text)))
    assert [finding.rule for finding in found] == ["compose/container-name-clash"]


@pytest.mark.parametrize(
    ("ports", "clashing"),
    [
        (["127.0.0.1:80:1", "127.0.0.2:80:1", "127.0.0.1:80:1"], 1),
        (["80-90:1-11", "127.0.0.1:81:1", "127.0.0.2:85:1"], 2),
        (["127.0.0.1:80:1", "127.0.0.2:80:1", "127.0.0.3:80:1", "80:1"], 1),
        (["127.0.0.1:80:1", "127.0.0.2:80:1", "80:1/udp", "81:1"], 0),
    ],
)
def test_ports_may_clash_with_others_than_their_neighbours(ports: list[str], clashing: int) -> None:
    text = "services:\n" + "".join(
        f"  s{number}: {{image: 'a:1', ports: ['{port}']}}\n" for number, port in enumerate(ports)
    )
    found = check(files("compose.yaml", text))
    assert [finding.rule for finding in found] == ["compose/port-clash"] * clashing


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("- a\n", "compose/one-document"),
        ("services: {}\n", "compose/no-services"),
        ("volumes: {a: }\n", "compose/no-services"),
    ],
)
def test_a_file_that_is_no_project_is_an_error(text: str, rule: str) -> None:
    assert rule in [finding.rule for finding in check(files("compose.yaml", text))]


def test_an_answer_without_a_compose_file_is_an_error() -> None:
    found = check(files("stack.yaml", SMALL))
    assert places(found) == [("compose/no-file", None), ("compose/not-checked", None)]


def test_an_override_may_repeat_the_ports_of_its_service() -> None:
    override = "services:\n  web:\n    ports: ['8000:80']\n"
    both = [ArtifactFile("compose.yaml", SMALL), ArtifactFile("compose.override.yaml", override)]
    assert check(both) == []


def test_what_is_included_may_declare_what_is_used() -> None:
    assert check(files("compose.yaml", "include: [db/services.yaml]\n")) == []
    text = faulty(SMALL, "services:", "include: [a.yaml]\nservices:").replace("files:/", "more:/")
    assert not errors(check(files("compose.yaml", text)))


def test_a_variable_stands_for_a_value_of_any_type() -> None:
    text = faulty(SMALL, "restart: always", "privileged: ${PRIVILEGED}\n    restart: ${RESTART}")
    assert check(files("compose.yaml", text)) == []


def test_thousands_of_unknown_fields_are_thirty_findings() -> None:
    text = SMALL + "".join(f"field{n}: 1\n" for n in range(20_000))
    assert len(check(files("compose.yaml", text))) == 30


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    check(files("compose.yaml", text))
