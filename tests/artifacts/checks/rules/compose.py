"""Pairs for the rules of Compose files."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.compose import check

PATH = "compose.yaml"
GOOD = sample("small.compose.yaml")
RESTART = "restart: always"
DB = "image: postgres:17.2"
TWIN = "container_name: one\n  twin:\n    image: a:1\n    container_name:"
swap = swaps(PATH, GOOD)

CHECK = check
PAIRS = {
    "compose/no-file": Pair({"stack.yaml": GOOD}, {"docker-compose.dev.yml": GOOD}),
    "compose/not-checked": Pair({PATH: GOOD, "notes.yaml": "a: 1\n"}, {PATH: GOOD}),
    "compose/one-document": texts(PATH, f"{GOOD}---\n{GOOD}", f"---\n{GOOD}"),
    "compose/no-services": texts(PATH, "services: {}\n", "services: {a: {image: 'a:1'}}\n"),
    "compose/unknown-field": swap(RESTART, "restart_policy: always", "x-restart: always"),
    "compose/missing-field": swap(
        "condition: service_healthy",
        "restart: true",
        "condition: service_healthy\n        restart: true",
    ),
    "compose/wrong-type": swap(
        "      - inner\n    secrets",
        "      inner: 1\n    secrets",
        "      inner: {priority: 1}\n    secrets",
    ),
    "compose/wrong-value": swap("service_healthy", "healthy", "service_started"),
    "compose/undeclared-service": swap(RESTART, "links: [app]", "links: [db]"),
    "compose/undeclared-network": swap(
        "inner\n    secrets", "outer\n    secrets", "default\n    secrets"
    ),
    "compose/undeclared-volume": swap("files:/srv", "file:/srv", "./file:/srv"),
    "compose/undeclared-secret": swap("- token", "- key", "- source: token\n        target: key"),
    "compose/undeclared-config": swap(
        "- settings", "- options", "- source: settings\n        target: /options"
    ),
    "compose/dependency-cycle": swap(
        DB, f"{DB}\n    depends_on: [web]", f"{DB}\n    depends_on: []"
    ),
    "compose/port": swap('"8000:80"', '"80000:80"', '"65535:80"'),
    "compose/port-clash": swap('"8000:80"', '"5432:80"', '"127.0.0.2:5432:80"'),
    "compose/container-name-clash": swap(RESTART, f"{TWIN} one", f"{TWIN} two"),
    "compose/no-healthcheck": swap(
        "      test: pg_isready\n",
        "      disable: true\n",
        "      disable: false\n      test: pg_isready\n",
    ),
    "compose/unused": swap(
        "configs:\n  settings:",
        "configs:\n  spare: {file: a}\n  settings:",
        "configs:\n  # spare:\n  settings:",
    ),
    "compose/no-image": swap(DB, "user: postgres", "build: ./db"),
    "compose/network-mode": swap(RESTART, "network_mode: bridge", "hostname: bridge"),
    "compose/restart": swap(RESTART, "restart: on_failure", "restart: on-failure:3"),
    "compose/healthcheck": swap(
        "test: pg_isready", "test: [pg_isready]", "test: [CMD, pg_isready]"
    ),
    "compose/duration": swap(
        "test: pg_isready", "test: a\n      interval: 30 s", "test: a\n      interval: 1m30s"
    ),
    "compose/privileged": swap(RESTART, "privileged: true", "privileged: false"),
    "compose/docker-socket": swap(
        "files:/srv",
        "/var/run/docker.sock:/var/run/docker.sock",
        "/var/run/postgres.sock:/var/run/postgres.sock",
    ),
    "compose/host-namespace": swap(RESTART, "ipc: host", "ipc: private"),
    "compose/unpinned-image": swap("web:1.4.2", "web:latest", "web:${VERSION}"),
    "compose/literal-secret": swap(
        "LOG_LEVEL: info", "API_TOKEN: abc123", "API_TOKEN: ${API_TOKEN}"
    ),
    "compose/obsolete-version": swap(
        "services:", "version: '3'\nservices:", "name: shop\nservices:"
    ),
}
