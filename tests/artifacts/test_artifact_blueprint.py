import pytest

from webapp.artifacts.blueprint import App, Language, listed, present, read_app, unknown_port
from webapp.domain.project import LANGUAGES, Fact, FactName, Facts


def app(*found: tuple[str, str] | tuple[str, str, str]) -> App:
    """The application of facts given as name, value and, where it matters, path."""
    facts = (Fact(FactName(one[0]), one[1], (*one, "x")[2], 1) for one in found)
    return read_app(Facts(tuple(facts)))


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("flask-shop", "flask-shop"),
        ("@studio/Next Site", "studio-next-site"),
        ("2048", "app"),
        ("läden & mehr", "l-den-mehr"),
        ("x" * 39 + "-y", "x" * 39),
        ("", "app"),
    ],
)
def test_a_name_becomes_a_dns_label(found: str, name: str) -> None:
    assert app(("name", found)).name == name


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("links_api", "links_api"),
        ("Orders.Api", "Orders.Api"),
        ("@studio/site", None),
        ("a b", None),
        ("AKIAABCDEFGHIJKLMNOP", None),
    ],
)
def test_a_name_is_that_of_a_program_where_a_file_can_be_called_so(
    name: str, program: str | None
) -> None:
    assert app(("name", name)).program == program


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "3.12; rm -rf /"),
        ("version", "latest"),
        ("manifest", "../requirements.txt"),
        ("manifest", "a b.txt"),
        ("entry", "app:app --reload"),
        ("start", "python app.py\nRUN id"),
        ("start", "python app.py --key AKIAABCDEFGHIJKLMNOP"),
        ("port", "080"),
        ("port", "65536"),
        ("health", "//evil' x"),
        ("framework", "Flask\n"),
        ("language", "cobol"),
        ("framework", "spring boot"),
        ("framework", "actix-web;id"),
        ("entry", "cmd/../../etc"),
        ("entry", "cmd/server && id"),
        ("entry", "$(id).dll"),
        ("entry", "com.example.Main -Xrun"),
    ],
)
def test_a_value_in_another_form_is_taken_for_unknown(name: str, value: str) -> None:
    assert getattr(app((name, value)), name) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("framework", "spring-boot"),
        ("framework", "actix-web"),
        ("framework", "net-http"),
        ("entry", "cmd/server"),
        ("entry", "com.example.Main"),
        ("entry", "org.wattenmeer.tides.MainKt"),
        ("entry", "Orders.Api.dll"),
        ("entry", "config.ru"),
        ("entry", "public/index.php"),
        ("manifest", "src/Orders.Api/Orders.Api.csproj"),
        ("version", "0.147.3"),
    ],
)
def test_a_value_of_any_language_is_taken(name: str, value: str) -> None:
    assert getattr(app((name, value)), name) == value


def test_odd_variables_and_those_of_the_system_are_left_out() -> None:
    env = ("API_URL", "A-B", "PATH", "x=1", "API_URL", "PORT")
    assert app(*(("env", name) for name in env)).env == ("API_URL",)


@pytest.mark.parametrize(
    ("manifest", "folder"),
    [
        ("package.json", ""),
        ("web/app/package.json", "web/app"),
        ("requirements/prod.txt", ""),
        ("api/requirements/prod.txt", "api"),
        ("src/Orders/Orders.csproj", "src/Orders"),
    ],
)
def test_the_folder_of_an_application_is_that_of_its_manifest(manifest: str, folder: str) -> None:
    assert app(("manifest", manifest)).folder == folder


def test_the_folder_of_a_site_of_plain_pages_is_that_of_its_first_page() -> None:
    assert app(("language", "static"), ("entry", "docs/index.html")).folder == "docs"
    assert app(("language", "static", "blog/hugo.toml"), ("framework", "hugo")).folder == "blog"
    assert app(("language", "static", "../x/hugo.toml")).folder == ""
    assert app(("language", "php"), ("entry", "docs/index.php")).folder == ""


@pytest.mark.parametrize(
    ("lock", "context"),
    [("web/yarn.lock", "web"), ("yarn.lock", ""), ("a/yarn.lock", "web"), ("x", "web")],
)
def test_a_part_of_a_workspace_is_built_from_its_top(lock: str, context: str) -> None:
    known = app(("manifest", "web/package.json"), ("installer", "yarn", lock))
    assert known.context == context


def test_an_application_without_a_name_is_called_as_its_folder() -> None:
    known = app(("language", "go"), ("manifest", "services/api/go.mod"))
    assert (known.name, known.is_named) == ("api", False)


def test_only_the_lock_of_the_chosen_installer_counts() -> None:
    both = (("installer", "pnpm", "package.json"), ("installer", "npm", "package-lock.json"))
    assert app(*both).lock is None
    assert app(("installer", "uv", "web/uv.lock")).lock == "uv.lock"


@pytest.mark.parametrize(
    ("language", "version", "tagged"),
    [
        ("python", "3.12.7", "3.12"),
        ("python", "3", "3.13"),
        ("node", "22.11.0", "22"),
        ("node", "", "24"),
        ("go", "1.24.4", "1.24"),
        ("go", "1", "1.26"),
        ("java", "21.0.2", "21"),
        ("java", "1.8", "8"),
        ("ruby", "3.4.1", "3.4"),
        ("php", "8.4", "8.4"),
        ("php", "8", "8.4"),
        ("dotnet", "9", "9.0"),
        ("dotnet", "8.0.100", "8.0"),
        ("rust", "1.90.0", "1.90"),
        ("static", "0.147.3", ""),
    ],
)
def test_an_image_is_tagged_by_the_version_that_matters(
    language: str, version: str, tagged: str
) -> None:
    assert app(("language", language), ("version", version)).runtime_version == tagged


@pytest.mark.parametrize(
    ("found", "image"),
    [
        ((("language", "python"), ("version", "3.12")), "python:3.12"),
        ((("language", "node"),), "node:24"),
        ((("language", "go"), ("version", "1.25")), "golang:1.25"),
        ((("language", "java"), ("installer", "maven")), "maven:3.9-eclipse-temurin-21"),
        ((("language", "java"), ("installer", "gradle")), "gradle:8-jdk21"),
        (
            (("language", "java"), ("installer", "gradle"), ("version", "25")),
            "gradle:9-jdk25",
        ),
        ((("language", "ruby"),), "ruby:3.4"),
        ((("language", "php"), ("version", "8.3.1")), "dunglas/frankenphp:1-php8.3"),
        ((("language", "dotnet"), ("version", "9.0")), "mcr.microsoft.com/dotnet/sdk:9.0"),
        ((("language", "rust"), ("version", "1.90")), "rust:1.90-bookworm"),
        ((("language", "static"), ("framework", "jekyll")), "ruby:3.4"),
        ((("language", "static"), ("framework", "astro"), ("version", "22.1")), "node:22"),
        ((("language", "static"),), "alpine:3.23"),
    ],
)
def test_an_application_is_built_in_an_image_with_the_compilers_of_its_version(
    found: tuple[tuple[str, str], ...], image: str
) -> None:
    assert app(*found).build_image == image


@pytest.mark.parametrize(
    ("found", "port"),
    [
        ((("language", "python"), ("framework", "django"), ("port", "9000")), 9000),
        ((("language", "python"), ("framework", "django")), 8000),
        ((("language", "node"), ("framework", "express")), 3000),
        ((("language", "python"),), None),
        ((("language", "java"), ("framework", "spring-boot")), 8080),
        ((("language", "ruby"), ("framework", "rails")), 3000),
        ((("language", "php"), ("framework", "symfony")), 8080),
        ((("language", "rust"), ("framework", "actix-web")), 8080),
        ((("language", "go"),), None),
        ((), 8000),
    ],
)
def test_a_port_that_nobody_gave_is_the_usual_one_and_said(
    found: tuple[tuple[str, str], ...], port: int | None
) -> None:
    known = app(*found)
    assert known.listens == port
    said = unknown_port(known)
    assert said == (f"The port is not known: {port} is assumed." if known.port != port else None)


@pytest.mark.parametrize("start", ["serve -p $PORT", "serve -p ${PORT}", "serve -p ${PORT:-80}"])
def test_a_command_with_its_port_in_a_variable_is_given_that(start: str) -> None:
    assert app(("start", start), ("port", "8000")).given_port == {"PORT": "8000"}
    assert app(("start", "serve $PORTAL"), ("port", "8000")).given_port == {}


def test_a_health_check_needs_a_route_and_a_port() -> None:
    assert app(("language", "python"), ("health", "/up")).healthcheck == ()
    assert app(("port", "80")).healthcheck == ()
    asked = app(("language", "node"), ("health", "/up"), ("port", "80")).healthcheck
    assert asked[:2] == ("node", "-e")
    assert "'http://localhost:80/up'" in asked[2]


def test_a_list_names_twelve_at_most() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(15)]).endswith("10, 11 and 3 more")


def test_only_sentences_that_apply_are_said() -> None:
    assert present("One.", None, "Two.") == ("One.", "Two.")


def test_a_language_is_known_by_the_name_people_give_it() -> None:
    assert [language.label for language in Language] == [
        *("Python", "Node.js", "Go", "Java", "Ruby", "PHP", ".NET", "Rust", "A static site"),
    ]


def test_the_templates_know_every_language_that_a_project_can_have() -> None:
    assert tuple(Language) == LANGUAGES
