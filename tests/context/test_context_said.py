"""What pipelines, compose files, documents and libraries tell beside manifest and code."""

# ruff: noqa: E501 - a table is read best with one case a line

import pytest

from tests.context.single import facts_of
from webapp.domain.project import FactName

FLASK = {"requirements.txt": "flask\n"}
DJANGO = {"requirements.txt": "django\n", "manage.py": "x"}
CLIENT = {"requirements.txt": "flask\nprometheus-client\n"}
EXPRESS = {"package.json": '{"dependencies": {"express": "5"}}'}
PROM = {"package.json": '{"dependencies": {"express": "5", "prom-client": "15"}}'}
GO = {"go.mod": "module a\nrequire github.com/prometheus/client_golang v1.23.0\n"}
RAILS = {"Gemfile": "gem 'rails'\ngem 'pg'\n"}
LARAVEL = {"composer.json": '{"require": {"laravel/framework": "^12.0"}}', "artisan": ""}
RUST = {
    "Cargo.toml": '[package]\nname = "a"\n[dependencies]\nprometheus = "0.14"\nsqlx = "0.8"\n',
    "src/main.rs": "fn main() {}",
}
WEB = {
    "A.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup>\n<PackageReference Include="prometheus-net.AspNetCore"/>\n</ItemGroup></Project>'
}
CI = ".github/workflows/ci.yml"


def micrometer(more: str = "") -> dict[str, str]:
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId></dependency>"
        for group, name in (
            ("org.springframework.boot", "spring-boot-starter-actuator"),
            ("io.micrometer", "micrometer-registry-prometheus"),
        )
    )
    pom = (
        f"<project><artifactId>a</artifactId><dependencies>{dependencies}</dependencies></project>"
    )
    return {"pom.xml": pom, "src/main/resources/application.properties": more}


CASES: list[tuple[str, dict[str, str], str | None]] = [
    # The version that all pipelines use.
    ("version", {CI: "- uses: actions/setup-python@v6\n  with:\n    python-version: '3.13'", **FLASK}, f"3.13 {CI}:3"),
    ("version", {CI: "python-version: ${{ matrix.python }}", **FLASK}, None),
    ("version", {CI: "python-version: ['3.12', '3.13']", **FLASK}, None),
    ("version", {CI: "matrix:\n  python-version: [3.9]\nwith:\n  python-version: ${{ matrix.python-version }}", **FLASK}, f"3.9 {CI}:2"),
    ("version", {CI: "python-version: 3.12", ".github/workflows/b.yml": "python-version: 3.13", **FLASK}, None),
    ("version", {CI: "env:\n  PY: 3.12\njobs:\n  a:\n    python-version: ${{ env.PY }}", **FLASK}, f"3.12 {CI}:5"),
    ("version", {CI: "python-version: 3.12", ".python-version": "3.11", **FLASK}, "3.11 .python-version:1"),
    ("version", {CI: "node-version: 22.x", **EXPRESS}, f"22 {CI}:1"),
    ("version", {CI: "node-version: lts/*", **EXPRESS}, None),
    ("version", {".gitlab-ci.yml": "image: docker.io/library/node:22-alpine", **EXPRESS}, "22 .gitlab-ci.yml:1"),
    ("version", {"Jenkinsfile": "agent { docker { image 'golang:1.25' } }", **GO}, "1.25 Jenkinsfile:1"),
    ("version", {CI: "- uses: dtolnay/rust-toolchain@1.88.0", **RUST}, f"1.88.0 {CI}:1"),
    ("version", {"Jenkinsfile": "image 'maven:3.9-eclipse-temurin-21'", **micrometer()}, "21 Jenkinsfile:1"),
    # Start, port and health in words.
    ("start", {"README.md": "```sh\n$ PORT=1 gunicorn -w 2 app:app\n```", **FLASK}, "gunicorn -w 2 app:app README.md:2"),
    ("start", {"README.md": "gunicorn app:app", **FLASK}, None),
    ("start", {"README.md": "```python\ngunicorn app:app\n```", **FLASK}, None),
    ("start", {"README.md": "```\nuvicorn app:app --reload\n```", **FLASK}, None),
    ("start", {"README.md": "```\ngunicorn a:b\n```", "Procfile": "web: gunicorn c:d", **FLASK}, "gunicorn c:d Procfile:1"),
    ("start", {"boot.sh": "#!/bin/sh\nflask db upgrade\nexec gunicorn -b :5000 a:b", **FLASK}, "gunicorn -b :5000 a:b boot.sh:3"),
    ("start", {"Dockerfile": "FROM python\nCMD alembic upgrade head && \\\n    uvicorn --host=0.0.0.0 a:b", **FLASK}, "uvicorn --host=0.0.0.0 a:b Dockerfile:3"),
    ("start", {CI: "      run: |\n        poetry run uvicorn a:b &", **FLASK}, f"poetry run uvicorn a:b {CI}:2"),
    ("port", {"README.md": "It listens on port 8123.", **FLASK}, "8123 README.md:1"),
    ("port", {"README.md": "It listens on port 8123.\nThe other serves on port 8124.", **FLASK}, "5000 requirements.txt:1"),
    ("port", {"README.md": "It listens on port 8123.", "app.py": "app.run(port=8125)", **FLASK}, "8125 app.py:1"),
    ("port", {"docs/run.md": "docker run --rm -p 80:8126 shop", **FLASK}, "8126 docs/run.md:1"),
    ("port", {"README.md": "See http://localhost:8127/shop", **FLASK}, "8127 README.md:1"),
    ("port", {"README.md": "Start PostgreSQL at localhost:5432", **FLASK}, "5000 requirements.txt:1"),
    ("port", {"README.md": "# Shop", **FLASK}, "5000 requirements.txt:1"),
    ("health", {CI: "    - run: curl --fail localhost:8000/healthz", **FLASK}, f"/healthz {CI}:1"),
    ("health", {"README.md": "`GET /api/health` says so", **FLASK}, "/api/health README.md:1"),
    ("health", {"README.md": "curl localhost:8000/orders", **FLASK}, None),
    # Compose files of developers.
    ("port", {"compose.yaml": "services:\n  web:\n    build: .\n    ports: ['80:8128']", **FLASK}, "8128 compose.yaml:4"),
    ("port", {"compose.yaml": "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5433']", **FLASK}, "5000 requirements.txt:1"),
    ("port", {"compose.yaml": "services:\n    web:\n        build:\n            context: .\n        ports:\n            - '8080:8129'\n    db:\n        image: a", **FLASK}, "8129 compose.yaml:6"),
    ("start", {"docker-compose.yml": "services:\n  web:\n    build: .\n    command: gunicorn a:b", **FLASK}, "gunicorn a:b docker-compose.yml:4"),
    ("health", {"compose.yaml": "services:\n  web:\n    build: .\n    healthcheck:\n      test: curl http://localhost:80/status", **FLASK}, "/status compose.yaml:5"),
    # Migrations.
    ("migrations", {"Dockerfile": "FROM python\nCMD alembic upgrade head && \\\n    uvicorn a:b", **FLASK}, "alembic upgrade head Dockerfile:2"),
    ("migrations", DJANGO, "python manage.py migrate manage.py:1"),
    ("migrations", {"Procfile": "release: python manage.py migrate --noinput\nweb: a", **DJANGO}, "python manage.py migrate --noinput Procfile:1"),
    ("migrations", {CI: "- run: python manage.py migrate --check", **FLASK}, None),
    ("migrations", {CI: "- name: alembic upgrade head", **FLASK}, None),
    ("migrations", {CI: "- run: poetry run alembic upgrade head && pytest", **FLASK}, f"alembic upgrade head {CI}:1"),
    ("migrations", {"alembic.ini": "", "requirements.txt": "flask\nalembic"}, "alembic upgrade head alembic.ini:1"),
    ("migrations", {"requirements.txt": "flask\nflask-migrate", "app.py": "app = Flask(__name__)"}, "flask --app 'app' db upgrade requirements.txt:2"),
    ("migrations", {"fly.toml": "[deploy]\nrelease_command = \"bin/rails db:prepare\"", **RAILS}, "bin/rails db:prepare fly.toml:2"),
    ("migrations", {"db/schema.rb": "", **RAILS}, "bin/rails db:migrate Gemfile:1"),
    ("migrations", {"bin/docker-entrypoint": "#!/bin/sh\n./bin/rails db:prepare", **RAILS}, "bin/rails db:prepare bin/docker-entrypoint:2"),
    ("migrations", RAILS, None),
    ("migrations", LARAVEL, "php artisan migrate --force artisan:1"),
    ("migrations", {"package.json": '{"dependencies": {"express": "5", "@prisma/client": "6"}}', "prisma/migrations/1/migration.sql": ""}, "npx prisma migrate deploy prisma/migrations/1/migration.sql:1"),
    ("migrations", {"package.json": '{\n"dependencies": {"express": "5"},\n"scripts": {\n"migrate": "knex migrate:latest"}}', }, "knex migrate:latest package.json:4"),
    ("migrations", {"Makefile": "up:\n\tgoose -dir db postgres \"$(URL)\" up", **GO}, 'goose -dir db postgres "${URL}" up Makefile:2'),
    ("migrations", {"Makefile": "down:\n\tmigrate -path db -database x down", **GO}, None),
    ("migrations", {"migrations/1.sql": "", **RUST}, "sqlx migrate run migrations/1.sql:1"),
    ("migrations", {**RUST, "src/main.rs": "fn main() {\nsqlx::migrate!()\n}", "migrations/1.sql": ""}, "at start: sqlx or Diesel src/main.rs:2"),
    # Static files.
    ("static", {"a/settings.py": "INSTALLED_APPS = ['django.contrib.staticfiles']\nSTATIC_ROOT = BASE_DIR / 'out'", **DJANGO}, "python manage.py collectstatic --noinput a/settings.py:2"),
    ("static", {"a/settings.py": "INSTALLED_APPS = ['django.contrib.staticfiles']", **DJANGO}, None),
    ("static", {"app.js": "app.use(express.static(path.join(__dirname, 'public')))", "public/a.css": "", **EXPRESS}, "public/ app.js:1"),
    ("static", {"app.js": "app.use(express.static('public'))", **EXPRESS}, None),
    ("static", {"A.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>', "wwwroot/a.css": ""}, "wwwroot/ wwwroot/a.css:1"),
    ("static", {"package.json": '{"private": true, "scripts": {"build": "vite build"}}', **LARAVEL}, "npm run build package.json:1"),
    ("static", {"package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}', "index.html": "", "vite.config.ts": "build: { outDir: 'site' }"}, "npm run build package.json:1"),
    # Metrics.
    ("metric", {"a.py": "from prometheus_client import Counter\nC = Counter('a_b', 'x', namespace='n')", **CLIENT}, "n_a_b_total a.py:2"),
    ("metric", {"a.py": "import prometheus_client as p\nH = p.Histogram('a (b)', 'x')", **CLIENT}, None),
    ("metric", {"a.py": "from prometheus_client.core import GaugeMetricFamily\nG = GaugeMetricFamily('queue', 'x')", **CLIENT}, "queue a.py:2"),
    ("metric", {"a.py": "from collections import Counter\nC = Counter('health')", **CLIENT}, None),
    ("metric", {"a.py": "from prometheus_client import Summary\nS = Summary(name='wait', documentation='x')", **CLIENT}, "wait_count a.py:2"),
    ("metric", {"a.js": "new client.Histogram({\n  help: 'x',\n  name: 'a_seconds',\n})", **PROM}, "a_seconds_bucket a.js:1"),
    ("metric", {"a.js": "new Counter({ name: 'a_total' })", **EXPRESS}, None),
    ("metric", {"a.go": 'const ns = "shop"\nvar a = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: ns, Name: "b"})', **GO}, "shop_b a.go:2"),
    ("metric", {"a.go": "var a = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: ns(), Name: \"b\"})", **GO}, None),
    ("metric", {"A.java": 'class A { void a() { Timer.builder("a.b").publishPercentileHistogram().register(r); } }', **micrometer()}, "a_b_seconds_bucket A.java:1"),
    ("metric", {"A.java": 'class A { @Timed("a.b") void a() {} }', **micrometer()}, "a_b_seconds_count A.java:1"),
    ("metric", {"a.cs": 'Metrics.CreateGauge("a_b", "x");', **WEB}, "a_b a.cs:1"),
    ("metric", {"src/main.rs": 'fn main() { register_int_counter!("a_total", "x"); }', **{k: v for k, v in RUST.items() if k != "src/main.rs"}}, "a_total src/main.rs:1"),
    ("metric", {"a.php": "<?php $r->getOrRegisterGauge('', 'open', 'x');", "composer.json": '{"require": {"promphp/prometheus_client_php": "2"}}'}, "open a.php:1"),
    ("metrics_route", {"a.py": "from prometheus_client import Gauge, start_http_server\nG = Gauge('a', 'x')\nstart_http_server(9100)", **CLIENT}, ":9100/metrics a.py:3"),
    ("metrics_route", {"a.py": "from prometheus_client import Gauge, make_asgi_app\nG = Gauge('a', 'x')\napp.mount('/metrics', make_asgi_app())", **CLIENT}, "/metrics a.py:3"),
    ("metrics_route", {"app.py": "@app.get('/metrics')\ndef numbers(): ...", **FLASK}, None),
    ("metrics_route", micrometer("management.endpoints.web.exposure.include=*"), "/actuator/prometheus src/main/resources/application.properties:1"),
    ("metrics_route", micrometer(), None),
    # Packages of Debian.
    ("system_package", {"requirements.txt": "flask\npsycopg2==2.9"}, "libpq5 requirements.txt:2"),
    ("system_package", {"requirements.txt": "flask\npsycopg[binary]"}, None),
    ("system_package", {"requirements.txt": "flask\npsycopg2-binary"}, None),
    ("system_package", {"Aptfile": "ffmpeg", **FLASK}, "ffmpeg Aptfile:1"),
    ("system_package", {CI: "- run: sudo apt-get update && sudo apt-get -y install curl gcc poppler-utils", **FLASK}, f"poppler-utils {CI}:1"),
    ("system_package", {"composer.json": '{"require": {"php": "8", "ext-intl": "*"}}'}, "ext-intl composer.json:1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "expected"), CASES)
def test_a_fact_is_found_where_it_stands(
    name: str, given: dict[str, str], expected: str | None
) -> None:
    named = (fact for fact in facts_of(given).found if fact.name == name)
    found = next((f"{fact.value} {fact.path}:{fact.line}" for fact in named), None)
    assert found == expected


def variables(files: dict[str, str]) -> tuple[str, ...]:
    return facts_of({**FLASK, **files}).values(FactName.ENV)


def test_a_pipeline_gives_variables_of_the_application_and_others() -> None:
    text = (
        "env:\n  SHOP_KEY: x\n  REGISTRY: y\n  PYTHON_VERSION: 3.12\n  PLACE: z\njobs:\n  a:\n"
        "    services:\n      db:\n        env:\n          DB_ROOT: x\n"
        "    steps:\n      - run: push $PLACE\n        env:\n          SHOP_URL: x\n"
    )
    assert variables({CI: text}) == ("SHOP_KEY", "SHOP_URL")


def test_a_document_lists_variables_under_a_heading_about_them() -> None:
    table = "| `A_B` | what |\n"
    assert variables({"README.md": f"# Environment\n\n{table}"}) == ("A_B",)
    assert variables({"README.md": f"| variable | what |\n| --- | --- |\n{table}"}) == ("A_B",)
    assert variables({"README.md": f"# Error codes\n\n{table}"}) == ()
    assert variables({"docs/upgrade.md": f"# Environment\n\n{table}"}) == ()


def test_only_the_service_that_is_built_has_variables_of_the_application() -> None:
    text = (
        "services:\n  web:\n    build: .\n    environment:\n      - SHOP_URL=x\n      - SHOP_KEY\n"
        "  db:\n    image: postgres:17\n    environment:\n      DB_ROOT: x\n"
    )
    assert "SHOP_URL" in variables({"compose.yaml": text})
    assert "DB_ROOT" not in variables({"compose.yaml": text})


def test_a_pipeline_for_one_folder_tells_of_no_other() -> None:
    files = {
        "a/requirements.txt": "flask",
        CI: "defaults:\n  run:\n    working-directory: b\npython-version: 3.12\n",
    }
    assert facts_of(files).value(FactName.VERSION) is None
    files[CI] = files[CI].replace(": b", ": ./a/")
    assert facts_of(files).value(FactName.VERSION) == "3.12"


def test_an_application_of_several_processes_does_not_tell_of_one() -> None:
    files = {
        "requirements.txt": "flask\nprometheus-flask-exporter",
        "app.py": "m = PrometheusMetrics(app)",
    }
    assert "process_start_time_seconds" in facts_of(files).values(FactName.METRIC)
    files["gunicorn.conf.py"] = "os.environ['PROMETHEUS_MULTIPROC_DIR']"
    found = facts_of(files).values(FactName.METRIC)
    assert "process_start_time_seconds" not in found
    assert "flask_http_request_total" in found


def test_a_library_of_a_workspace_is_no_application() -> None:
    files = {
        "package.json": '{"workspaces": ["a", "b"]}',
        "a/package.json": '{"name": "words", "main": "index.js"}',
        "a/index.js": "",
        "b/package.json": '{"dependencies": {"words": "1", "express": "5"}}',
    }
    assert facts_of(files).value(FactName.FRAMEWORK) == "express"
