import json

import pytest

from tests.artifacts.catalogue.built import build, facts, left_open, sample, text_of
from webapp.domain.project import Facts


def lines(known: Facts) -> list[str]:
    return text_of("dockerfile", known).splitlines()


def command(known: Facts) -> list[str]:
    words: list[str] = json.loads(lines(known)[-1].removeprefix("CMD "))
    return words


def test_a_flask_shop_is_installed_apart_and_runs_as_a_user_of_its_own() -> None:
    built = lines(sample("flask-shop"))
    assert [line for line in built if line.startswith(("FROM", "COPY", "USER", "EXPOSE"))] == [
        "FROM python:3.12 AS build",
        "COPY requirements.txt ./",
        "COPY . ./",
        "FROM python:3.12-slim",
        "COPY --from=build /opt/venv /opt/venv",
        "COPY --from=build /app ./",
        "USER 10001:10001",
        "EXPOSE 8000",
    ]
    assert "RUN pip install --no-cache-dir --requirement requirements.txt" in built


def test_a_port_that_the_command_takes_from_the_environment_is_given_there() -> None:
    known = sample("flask-shop")
    assert "ENV PORT=8000" in lines(known)
    start = "exec gunicorn --bind 0.0.0.0:$PORT --workers 2 wsgi:app"
    assert command(known) == ["/bin/sh", "-c", start]


@pytest.mark.parametrize(
    ("project", "image", "install", "start"),
    [
        ("express-api", "node:22-slim", "RUN npm ci", ["node", "server.js"]),
        ("next-site", "node:22-slim", "RUN pnpm install", ["next", "start", "--port", "3000"]),
        ("node-script", "node:24-slim", "RUN npm install", ["node", "index.js"]),
        (
            "fastapi-notes",
            "python:3.13-slim",
            "RUN uv sync --active --no-dev --no-install-project",
            ["uvicorn", "notes.main:app", "--host=0.0.0.0", "--port=8080"],
        ),
        (
            "poetry-worker",
            "python:3.12-slim",
            "RUN poetry install --only=main --no-root --no-interaction",
            ["celery", "--app", "worker.tasks", "worker", "--loglevel", "INFO"],
        ),
        (
            "django-blog",
            "python:3.13-slim",
            "RUN pip install --no-cache-dir --requirement requirements.txt",
            ["gunicorn", "blog.wsgi:application", "--bind=0.0.0.0:8000"],
        ),
        ("go-api", "alpine:3.23", "RUN go mod download", ["/app/linkdesk"]),
        (
            "spring-shop",
            "eclipse-temurin:21-jre",
            "RUN --mount=type=cache,target=/root/.m2 mvn --batch-mode --no-transfer-progress "
            "-DskipTests package \\",
            ["java", "-jar", "app.jar"],
        ),
        (
            "maven-fleet",
            "eclipse-temurin:21-jre",
            "    && cp -r target/quarkus-app /out",
            ["java", "-jar", "quarkus-run.jar"],
        ),
        (
            "gradle-service",
            "eclipse-temurin:17-jre",
            "    && cp -r build/install/* /out \\",
            ["/app/bin/start"],
        ),
        (
            "rails-notes",
            "ruby:3.4-slim",
            "RUN bundle install",
            ["bundle", "exec", "puma", "-C", "config/puma.rb"],
        ),
        (
            "sinatra-status",
            "ruby:3.3-slim",
            "RUN bundle install",
            ["/bin/sh", "-c", "exec bundle exec puma -p ${PORT:-9090}"],
        ),
        (
            "laravel-board",
            "dunglas/frankenphp:1-php8.3 AS base",
            "RUN install-php-extensions opcache zip bcmath pcntl pdo_mysql redis \\",
            ["frankenphp", "php-server", "--listen=:8000", "--root=public"],
        ),
        (
            "slim-weather",
            "base",
            "RUN install-php-extensions opcache zip redis \\",
            ["frankenphp", "php-server", "--listen=:8888", "--root=public"],
        ),
        (
            "dotnet-orders",
            "mcr.microsoft.com/dotnet/aspnet:9.0",
            "RUN --mount=type=cache,target=/root/.nuget/packages dotnet publish "
            "Orders.Api.csproj --configuration Release -p:UseAppHost=false --output /out",
            ["dotnet", "Orders.Api.dll"],
        ),
        (
            "axum-links",
            "debian:bookworm-slim",
            "RUN --mount=type=cache,target=/usr/local/cargo/registry "
            "cargo build --release --locked --target-dir /build \\",
            ["/app/axum-links"],
        ),
        (
            "hugo-journal",
            "nginxinc/nginx-unprivileged:1.29",
            "RUN hugo --gc --minify --destination /out",
            ["nginx", "-g", "daemon off;"],
        ),
        (
            "static-docs",
            "nginxinc/nginx-unprivileged:1.29",
            "COPY . /usr/share/nginx/html",
            ["nginx", "-g", "daemon off;"],
        ),
    ],
)
def test_the_image_installs_and_starts_as_the_project_does(
    project: str, image: str, install: str, start: list[str]
) -> None:
    known = sample(project)
    built = lines(known)
    assert f"FROM {image}" in built
    assert install in built
    assert command(known) == start


@pytest.mark.parametrize(
    ("known", "files", "install"),
    [
        (
            {"installer": "poetry", "manifest": "pyproject.toml"},
            "COPY pyproject.toml ./",
            "RUN poetry install --only=main --no-root --no-interaction",
        ),
        (
            {"installer": "pip", "manifest": "api/requirements/prod.txt"},
            "COPY requirements/ ./requirements/",
            "RUN pip install --no-cache-dir --requirement requirements/prod.txt",
        ),
        (
            {"installer": "pip", "manifest": "pyproject.toml"},
            "COPY . ./",
            "RUN pip install --no-cache-dir .",
        ),
        (
            {"language": "node", "installer": "yarn", "manifest": "api/package.json"},
            "COPY package.json ./",
            "RUN yarn install",
        ),
        ({"language": "node"}, "COPY package.json package-lock.json ./", "RUN npm ci"),
        ({"language": "go"}, "COPY go.sum* go.mod ./", "RUN go mod download"),
        ({"language": "ruby"}, "COPY .ruby-version* Gemfile Gemfile.lock ./", "RUN bundle install"),
        (
            {"language": "ruby", "manifest": "Gemfile"},
            "COPY .ruby-version* Gemfile Gemfile.lock* ./",
            "RUN bundle install",
        ),
        (
            {"language": "php"},
            "COPY symfony.lock* composer.json composer.lock ./",
            "RUN composer install --no-interaction --no-progress --prefer-dist --no-dev "
            "--no-scripts --no-autoloader",
        ),
        (
            {"installer": "uv"},
            "COPY pyproject.toml uv.lock ./",
            "RUN uv sync --locked --active --no-dev --no-install-project",
        ),
    ],
)
def test_only_what_the_dependencies_need_is_copied_before_they_are_installed(
    known: dict[str, str], files: str, install: str
) -> None:
    built = lines(facts(**{"language": "python"} | known))
    assert built[built.index(install) - 1] == files


def test_the_health_route_is_asked_in_the_language_of_the_image() -> None:
    python = text_of("dockerfile", sample("flask-shop"))
    node = text_of("dockerfile", sample("express-api"))
    assert 'CMD ["python", "-c", "from urllib.request import urlopen; urlopen(' in python
    assert 'CMD ["node", "-e", "fetch(\'http://localhost:3000/health\').then(' in node


def test_a_worker_has_neither_a_port_nor_a_healthcheck() -> None:
    built = text_of("dockerfile", sample("poetry-worker"))
    assert "EXPOSE" not in built
    assert "HEALTHCHECK" not in built


def test_secrets_and_installed_packages_stay_out_of_the_build() -> None:
    _, ignored = build("dockerfile", Facts()).files
    assert ignored.path == ".dockerignore"
    assert {".git", "**/.env", "**/node_modules", "**/.venv"} <= set(ignored.content.splitlines())


def test_what_is_assumed_of_an_unknown_project_is_said() -> None:
    assert left_open(build("dockerfile", Facts())) == [
        "The language is not known: Python is assumed.",
        "The version of Python is not known: 3.13 is taken.",
        "How the application starts is not known: “python main.py” is assumed.",
        "The port is not known: 8000 is assumed.",
        "There is no HEALTHCHECK: no route for it is known.",
        "Where the dependencies are listed is not known; assumed: requirements.txt at the top.",
    ]


def test_a_server_that_the_template_adds_has_to_be_a_dependency() -> None:
    known = facts(language="python", framework="flask", entry="shop:create_app()")
    assert command(known) == ["gunicorn", "shop:create_app()", "--bind=0.0.0.0:8000"]
    note = "gunicorn starts the application: it has to be among the dependencies."
    assert note in left_open(build("dockerfile", known))


def test_static_files_of_django_are_collected_in_the_build() -> None:
    built = lines(sample("django-clinic"))
    run = next(line for line in built if line.endswith("manage.py collectstatic --noinput"))
    assert run.startswith("RUN CLINIC_SECRET_KEY=only-to-build DATABASE_URL=sqlite:")
    assert built.index(run) < built.index("FROM python:3.13-slim")
    elsewhere = facts(
        language="python",
        framework="django",
        static=("python manage.py collectstatic --noinput", "/var/www/static/"),
    )
    assert "collectstatic" not in text_of("dockerfile", elsewhere)


def test_static_files_that_nodejs_makes_for_another_language_come_from_a_stage() -> None:
    built = lines(sample("laravel-tickets"))
    assert "FROM node:24 AS assets" in built
    assert "COPY --from=assets /app/public/build/ ./public/build/" in built
    assert "AS assets" not in text_of("dockerfile", sample("laravel-board"))


def test_packages_of_debian_are_installed_where_they_are_needed() -> None:
    known = facts(
        language="python", system_package=("libpq5", "libpq-dev", "libmagic1", "libldap-dev")
    )
    build_stage, last = text_of("dockerfile", known).split("\nFROM ")[1:]
    assert "--no-install-recommends libldap-dev \\" in build_stage
    assert "--no-install-recommends libpq5 libmagic1 \\" in last


def test_the_full_image_of_ruby_is_taken_only_where_its_libraries_are_not_known() -> None:
    assert "FROM ruby:3.4-slim" in lines(sample("rails-notes"))
    assert "FROM ruby:3.4-slim" not in lines(facts(language="ruby", service="postgresql"))


def test_extensions_of_php_are_installed_as_composer_asks_for_them() -> None:
    known = facts(language="php", system_package=("ext-gd", "ext-json"))
    run = next(line for line in lines(known) if "install-php-extensions opcache" in line)
    assert run.endswith(" gd \\")


def test_what_is_no_command_or_package_does_not_come_into_a_file() -> None:
    known = facts(
        language="python",
        framework="django",
        static="npm run build; curl evil",
        system_package=("libpq5; curl", "-o"),
        migrations="python manage.py migrate\nRUN curl",
    )
    assert "curl" not in text_of("dockerfile", known)
