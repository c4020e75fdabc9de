"""Files made to be slow, to break a parser, or to say what nobody could show."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.context.facts import LANGUAGES, MAX_VALUE_CHARS, find_applications
from webapp.domain.project import FactName, ProjectFile

MANIFESTS = {  # with a line of source, so that the code is read, too
    "go.mod": ("module a", "main.go"),
    "pom.xml": ("<project><artifactId>a</artifactId></project>", "A.java"),
    "build.gradle.kts": ("plugins { }", "A.kt"),
    "Gemfile": ("gem 'sinatra'", "a.rb"),
    "composer.json": ('{"name": "a"}', "a.php"),
    "a.csproj": ('<Project Sdk="Microsoft.NET.Sdk.Web"/>', "a.cs"),
    "Cargo.toml": ('[package]\nname = "a"', "src/main.rs"),
    "package.json": ('{"devDependencies": {"astro": "5"}}', "a.astro"),
}
BESIDE = (  # what is read of any project
    *("README.md", "docs/run.md", "Makefile", "Procfile", "fly.toml", "compose.yaml", "Aptfile"),
    *(".github/workflows/ci.yml", ".gitlab-ci.yml", "Jenkinsfile", ".env.example", "tox.ini"),
    *("bin/docker-entrypoint", "prisma/schema.prisma", "vite.config.js", "manage.py", "artisan"),
)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;">]><project><artifactId>&c;</artifactId></project>'
)
TEXTS = {
    "empty": "",
    "cut off": "<project><dependencies><dependency><groupId>org.postg",
    "bomb": BOMB,
    "file": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><project/>',
    "deep elements": "<a>" * 100_000,
    "deep brackets": "[" * 100_000,
    "deep objects": '{"a":' * 50_000,
    "dots": "a" + ".a" * 100_000 + " = 1",
    "half a mark": "\ufeff<project",
    "no characters": "\ud800\x01\x7f" * 1000,
    "spaces": "\n" + " " * 500_000 + "x",
    "spaces within": f"run:{' ' * 60_000}x\napt-get install{' ' * 60_000}x\nA{' ' * 60_000}=",
    "commands": "\n- run: sudo apt-get -y install libx && gunicorn a:b -p 80; curl a" * 3_000,
    "lines": "\n" * 500_000,
    "long name": f"module {'a/' * 100_000}\ngem '{'a' * 100_000}'\nname = \"{'a' * 100_000}\"",
    "nulls": "\0" * 100,
    "long line": "\ngem 'x', " + "group a " * 30_000,
    "numbers": "9" * 100_000,
    "long number": "default.port = 0x" + "f" * 9000,
}


def languages(files: dict[str, str]) -> list[str | None]:
    found = find_applications([ProjectFile(path, text, 1) for path, text in files.items()])
    return [application.facts.value(FactName.LANGUAGE) for application in found]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("manifest", MANIFESTS)
def test_a_hostile_manifest_does_not_hide_what_lies_beside_it(manifest: str, text: str) -> None:
    found = languages({manifest: text, "api/requirements.txt": "flask"})
    assert "python" in found


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_hostile_code_does_not_hide_what_the_manifest_says(manifest: str) -> None:
    plain, source = MANIFESTS[manifest]
    expected = languages({manifest: plain})
    for text in TEXTS.values():
        files = {manifest: plain, source: text}
        for name in ("application.yml", "application.properties", "application.conf"):
            files[f"src/main/resources/{name}"] = text
        files["Rocket.toml"] = files["appsettings.json"] = text
        assert languages(files) == expected


@pytest.mark.parametrize("manifest", MANIFESTS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_hostile_files_beside_the_code_do_not_hide_what_the_manifest_says(
    manifest: str, text: str
) -> None:
    plain, _ = MANIFESTS[manifest]
    expected = languages({manifest: plain})
    files = dict.fromkeys(BESIDE, text)
    assert languages({**files, manifest: plain}) == expected


def test_a_catalogue_may_hold_anything() -> None:
    number = "0x" + "f" * 9000
    catalogue = f"[libraries]\na = {{ module = {number} }}\nb = [1]\n[plugins]\nc = {number}"
    files = {"build.gradle": "implementation(libs.a)", "gradle/libs.versions.toml": catalogue}
    assert languages(files) == ["java"]


@pytest.mark.parametrize("manifest", ["pom.xml", "a.csproj"])
def test_a_file_with_entities_is_not_read(manifest: str) -> None:
    assert languages({manifest: BOMB}) == []


def test_a_file_nested_too_deeply_is_not_read() -> None:
    deep = "<project>" + "<a>" * 1000 + "</a>" * 1000 + "</project>"
    assert languages({"pom.xml": deep}) == []


def test_a_value_of_a_manifest_that_cannot_be_shown_is_no_fact() -> None:
    text = f"<project><artifactId>{'a' * (MAX_VALUE_CHARS + 1)}</artifactId></project>"
    found = find_applications([ProjectFile("pom.xml", text, 1)])
    assert found[0].facts.value(FactName.NAME) is None


def test_project_files_that_refer_to_each_other_are_read_once() -> None:
    reference = '<Project><ItemGroup><ProjectReference Include="{}"/></ItemGroup></Project>'
    files = {
        "a/a.csproj": reference.format("..\\b\\b.csproj").replace(
            "<Project>", '<Project Sdk="Microsoft.NET.Sdk.Web">', 1
        ),
        "b/b.csproj": reference.format("../a/a.csproj"),
        "c/c.csproj": reference.format("../../../c.csproj"),
    }
    assert languages(files) == ["dotnet"]


_WORDS = st.sampled_from(
    [
        *(
            "'",
            '"',
            "(",
            ")",
            "{",
            "}",
            "[",
            "]",
            "<",
            ">",
            "</",
            "=",
            ":",
            ",",
            ".",
            "/",
            "#",
            "${",
        ),
        *("\n", " ", "\t", "PORT", "env", "getenv(", "ENV[", "ENV.fetch(", "env::var(", "8080"),
        *(
            "/health",
            ".route(",
            "Get(",
            "get(",
            "@Path(",
            "#[Route(",
            "[Route(",
            "do",
            "end",
            "gem ",
        ),
        *("<project>", "<Project>", "package main", "func main()", "class A", "module a"),
        *("[package]", "public static void main(", "fun main(", ".Group(", "server.port"),
        *("run: ", "env:", "services:", "build: .", "ports:", "80:80", "python-version: 3.12"),
        *("apt-get install ", "libx ", "gunicorn a:b", "manage.py migrate", "python ", "| `A_B` |"),
        *("```", "curl localhost:80/health", "Counter(", "name: 'a'", "Opts{", "Name: ", "&& "),
    ]
)


@given(st.lists(_WORDS, max_size=60).map("".join), st.sampled_from([*MANIFESTS]))
@settings(deadline=None, max_examples=200)
def test_any_text_is_read_without_harm(text: str, manifest: str) -> None:
    plain, source = MANIFESTS[manifest]
    for files in ({manifest: text, source: text}, {manifest: plain, source: text}):
        beside = dict.fromkeys((*BESIDE, "Dockerfile", ".tool-versions"), text)
        for language in languages({**beside, **files}):
            assert language in LANGUAGES
