import pytest

from tests.artifacts.catalogue.built import (
    applications,
    build,
    facts,
    left_open,
    sample,
    text_of,
)
from webapp.artifacts.blueprint import read_app
from webapp.domain.project import Fact, FactName, Facts


def lines(known: Facts) -> list[str]:
    return text_of("dockerfile", known).splitlines()


@pytest.mark.parametrize("project", ["dotnet-orders", "maven-fleet"])
def test_what_an_application_refers_to_above_it_is_in_the_build(project: str) -> None:
    built = lines(sample(project))
    folder = read_app(sample(project)).folder
    place = built.index("COPY . ./")
    assert built[place + 1] == f"WORKDIR /src/{folder}"
    note = f"Put the Dockerfile into {folder} and leave .dockerignore at the top: the image is "
    assert any(one.startswith(note) for one in left_open(build("dockerfile", sample(project))))


def test_a_part_of_a_workspace_is_installed_and_started_in_its_folder() -> None:
    built = lines(applications("monorepo-market")[1])
    assert built[built.index("RUN yarn install --frozen-lockfile \\") - 1] == (
        "WORKDIR /app/services/web"
    )
    last = built[built.index("FROM node:22-slim") :]
    assert "WORKDIR /app/services/web" in last
    assert any("/app/services/web/node_modules/.bin" in line for line in last)


def test_an_application_in_a_folder_is_built_from_there() -> None:
    known = facts(language="go", manifest="services/api/go.mod", entry="services/api")
    assert any(line.endswith(" -o /out/api .") for line in lines(known))
    note = "Put both files into services/api: the image is built from there."
    assert note in left_open(build("dockerfile", known))


def test_a_worker_in_php_is_not_asked_by_the_check_of_its_base_image() -> None:
    known = facts(language="php", start="php artisan queue:work")
    assert "HEALTHCHECK NONE" in lines(known)
    assert "HEALTHCHECK NONE" not in lines(sample("laravel-board"))


def test_a_server_that_would_listen_elsewhere_is_told_where() -> None:
    dotnet = lines(facts(language="dotnet", framework="aspnet", port="5000"))
    assert "ENV ASPNETCORE_HTTP_PORTS=5000" in dotnet
    assert not any("ASPNETCORE" in line for line in lines(sample("dotnet-orders")))
    rocket = lines(facts(language="rust", framework="rocket"))
    assert "ENV ROCKET_ADDRESS=0.0.0.0 ROCKET_PORT=8000" in rocket


@pytest.mark.parametrize(
    ("version", "image"), [("0.147.3", "v0.147.3"), ("0.92.0", "v0.164.0"), ("0.150", "v0.164.0")]
)
def test_a_site_is_built_by_the_hugo_it_wants_where_that_has_an_image(
    version: str, image: str
) -> None:
    known = facts(language="static", framework="hugo", version=version)
    assert f"FROM ghcr.io/gohugoio/hugo:{image} AS build" in lines(known)
    said = left_open(build("dockerfile", known))
    assert any("Hugo 0.164.0 builds the site" in one for one in said) == (image != f"v{version}")


@pytest.mark.parametrize(
    ("framework", "manifest", "lock", "copied"),
    [
        ("astro", "package.json", "package-lock.json", "/src/dist"),
        ("eleventy", "web/package.json", "web/package-lock.json", "/src/_site"),
        ("vite", "web/package.json", "package-lock.json", "/src/web/dist"),
    ],
)
def test_a_site_that_node_builds_is_copied_from_where_its_generator_leaves_it(
    framework: str, manifest: str, lock: str, copied: str
) -> None:
    known = facts(language="static", framework=framework, manifest=manifest)
    locked = Facts((*known.found, Fact(FactName.INSTALLER, "npm", lock, 1)))
    built = lines(locked)
    assert built[1] == "FROM node:24 AS build"
    assert any("npm ci" in line for line in built)
    assert f"COPY --from=build {copied} /usr/share/nginx/html" in built


@pytest.mark.parametrize(
    ("language", "pattern"),
    [("java", "**/target"), ("rust", "**/target"), ("dotnet", "**/obj"), ("php", "**/vendor")],
)
def test_what_a_language_builds_anew_stays_out_of_the_build(language: str, pattern: str) -> None:
    _, ignored = build("dockerfile", facts(language=language)).files
    assert pattern in ignored.content.splitlines()
