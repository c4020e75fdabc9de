"""Which applications there are in a project, and what is known of each."""

# ruff: noqa: E501 - a table is read best with one case a line

import pytest

from webapp.context.facts import MAX_APPLICATIONS, find_applications
from webapp.domain.project import FactName, Facts, ProjectFile

EXPRESS = '{"name": "web", "dependencies": {"express": "5"}, "scripts": {"start": "node a.js"}}'
GO_MAIN = 'package main\n\nfunc main() {\n\thttp.ListenAndServe(":8080", nil)\n}\n'
RUST = (
    '[package]\nname = "%s"\nrust-version.workspace = true\n[dependencies]\naxum.workspace = true'
)


def files(given: dict[str, str]) -> list[ProjectFile]:
    return [ProjectFile(path, text, 1) for path, text in given.items()]


def found(given: dict[str, str]) -> dict[str, Facts]:
    return {one.folder: one.facts for one in find_applications(files(given))}


def languages(given: dict[str, str]) -> dict[str, str | None]:
    return {folder: facts.value(FactName.LANGUAGE) for folder, facts in found(given).items()}


FOLDERS = [
    ({"README.md": "Python"}, {}),
    ({"app.py": "import flask"}, {"": "python"}),
    ({"requirements.txt": "flask", "web/package.json": EXPRESS}, {"": "python", "web": "node"}),
    ({"web/package.json": EXPRESS, "api/go.mod": "module a", "api/main.go": GO_MAIN}, {"api": "go", "web": "node"}),
    # The roots of workspaces only hold others together.
    ({"package.json": '{"workspaces": ["a"]}', "a/package.json": EXPRESS}, {"a": "node"}),
    ({"package.json": '{"scripts": {"start": "turbo start"}}', "pnpm-workspace.yaml": "", "a/package.json": EXPRESS}, {"a": "node"}),
    ({"Cargo.toml": "[workspace]\nmembers = ['a']", "a/Cargo.toml": RUST % "a", "a/src/main.rs": ""}, {"a": "rust"}),
    ({"pom.xml": "<project><packaging>pom</packaging><build><plugins><plugin><groupId>io.quarkus</groupId></plugin></plugins></build></project>", "a/pom.xml": "<project/>", "a/A.java": "public static void main("}, {"a": "java"}),
    ({"build.gradle": "plugins { id 'x' }", "settings.gradle": "include 'a'", "a/build.gradle": "mainClass = 'A'"}, {"a": "java"}),
    ({"go.work": "use ./a", "a/go.mod": "module a", "a/main.go": GO_MAIN}, {"a": "go"}),
    ({"A.sln": "", "A/A.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>'}, {"A": "dotnet"}),
    # Libraries have nothing to run.
    ({"a/package.json": EXPRESS, "lib/package.json": '{"name": "lib"}'}, {"a": "node"}),
    ({"a/package.json": EXPRESS.replace("express", "lib"), "lib/package.json": '{"name": "lib", "main": "i.js"}', "lib/i.js": ""}, {"a": "node"}),
    ({"a/Cargo.toml": RUST % "a", "a/src/main.rs": "", "b/Cargo.toml": RUST % "b", "b/src/lib.rs": ""}, {"a": "rust"}),
    ({"A/A.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>', "B/B.csproj": '<Project Sdk="Microsoft.NET.Sdk"/>'}, {"A": "dotnet"}),
    ({"a/go.mod": "module a", "a/main.go": GO_MAIN, "b/go.mod": "module b", "b/b.go": "package b"}, {"a": "go"}),
    ({"package.json": '{"name": "lib"}'}, {"": "node"}),
    ({"go.mod": "module a", "main.go": GO_MAIN, "vendor/b/go.mod": "module b", "vendor/b/main.go": GO_MAIN}, {"": "go"}),
    ({"a/requirements.txt": "flask", "a/tests/requirements.txt": "django"}, {"a": "python"}),
    # Tools of the browser beside a server, and pages that are part of one.
    ({"Gemfile": "gem 'rails'", "config.ru": "", "package.json": '{"scripts": {"build": "esbuild"}}'}, {"": "ruby"}),
    ({"go.mod": "module a", "main.go": GO_MAIN, "package.json": '{"scripts": {"start": "tailwindcss"}}'}, {"": "go"}),
    ({"requirements.txt": "flask", "app/templates/index.html": "", "public/index.html": ""}, {"": "python"}),
    ({"docs/index.html": ""}, {"docs": "static"}),
    ({"api/requirements.txt": "flask", "docs/index.html": "", "web/dist/index.html": ""}, {"api": "python"}),
    ({"api/requirements.txt": "flask", "site/index.html": "", "site/a/index.html": ""}, {"api": "python", "site": "static"}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), FOLDERS)
def test_each_application_has_its_folder(given: dict[str, str], expected: dict[str, str]) -> None:
    assert languages(given) == expected


def test_applications_are_in_the_order_of_their_folders() -> None:
    given = {f"{name}/requirements.txt": "flask" for name in ("b", "a/c", "a")}
    assert [one.folder for one in find_applications(files(given))] == ["a", "a/c", "b"]


def test_each_application_has_the_facts_of_its_own_folder() -> None:
    given = {
        "requirements.txt": "flask\nredis",
        "app.py": "os.environ['TOP']",
        "worker/requirements.txt": "pika\nflask",
        "worker/worker.py": "os.environ['BELOW']",
    }
    top, below = found(given)[""], found(given)["worker"]
    assert (top.values(FactName.ENV), below.values(FactName.ENV)) == (("TOP",), ("BELOW",))
    assert (top.values(FactName.SERVICE), below.values(FactName.SERVICE)) == (
        ("redis",),
        ("rabbitmq",),
    )
    assert {fact.path for fact in below.found} == {"worker/requirements.txt", "worker/worker.py"}


@pytest.mark.parametrize(
    "beside",
    [{"src/package.json": '{"type": "module"}'}, {"src/config.yaml": "", "src/setup.cfg": ""}],
)
def test_a_file_that_tells_of_no_application_parts_nothing(beside: dict[str, str]) -> None:
    given = {"package.json": EXPRESS, "src/a.js": "process.env.BELOW", **beside}
    assert found(given)[""].values(FactName.ENV) == ("BELOW",)
    assert languages(given) == {"": "node"}


def test_two_applications_may_say_the_same_port() -> None:
    given = {
        "a/go.mod": "module a",
        "a/main.go": GO_MAIN,
        "b/go.mod": "module b",
        "b/main.go": GO_MAIN,
    }
    assert [facts.value(FactName.PORT) for facts in found(given).values()] == ["8080", "8080"]


@pytest.mark.parametrize(
    ("name", "above", "expected"),
    [
        ("installer", {"package.json": "{}", "pnpm-lock.yaml": ""}, "pnpm"),
        ("installer", {"package.json": '{"packageManager": "yarn@4"}'}, "yarn"),
        ("version", {".nvmrc": "22"}, "22"),
        ("version", {".node-version": "23.1.0", "services/web/.nvmrc": "22"}, "22"),
        ("version", {".tool-versions": "nodejs 22.1.0"}, "22.1.0"),
    ],
)
def test_what_a_folder_leaves_open_is_told_above_it(
    name: str, above: dict[str, str], expected: str
) -> None:
    facts = found({**above, "services/web/package.json": EXPRESS})["services/web"]
    assert facts.value(FactName(name)) == expected


def test_a_version_of_python_is_told_above_it() -> None:
    given = {".python-version": "3.13", "api/requirements.txt": "flask"}
    assert found(given)["api"].value(FactName.VERSION) == "3.13"


def test_a_cargo_workspace_tells_of_its_members() -> None:
    top = (
        '[workspace]\nmembers = ["a"]\n[workspace.package]\nrust-version = "1.85"\n'
        '[workspace.dependencies]\nsqlx = { version = "0.8", features = ["postgres"] }'
    )
    member = RUST % "a" + "\nsqlx.workspace = true"
    facts = found({"Cargo.toml": top, "a/Cargo.toml": member, "a/src/main.rs": ""})["a"]
    assert facts.value(FactName.VERSION) == "1.85"
    assert facts.values(FactName.SERVICE) == ("postgresql",)


def test_there_are_at_most_fifty_applications() -> None:
    given = {f"a{number}/requirements.txt": "flask" for number in range(80)}
    given |= {f"p{number}/index.html": "" for number in range(80)}
    assert len(find_applications(files(given))) == MAX_APPLICATIONS == 50
