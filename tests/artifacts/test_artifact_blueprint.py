import pytest

from webapp.artifacts.blueprint import App, Language, listed, present, read_app, unknown_port
from webapp.domain.project import Fact, FactName, Facts


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
    ],
)
def test_a_value_in_another_form_is_taken_for_unknown(name: str, value: str) -> None:
    assert getattr(app((name, value)), name) is None


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
    ],
)
def test_the_folder_of_an_application_is_that_of_its_manifest(manifest: str, folder: str) -> None:
    assert app(("manifest", manifest)).folder == folder


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
    ],
)
def test_an_image_is_tagged_by_the_version_that_matters(
    language: str, version: str, tagged: str
) -> None:
    assert app(("language", language), ("version", version)).runtime_version == tagged


@pytest.mark.parametrize(
    ("found", "port"),
    [
        ((("language", "python"), ("framework", "django"), ("port", "9000")), 9000),
        ((("language", "python"), ("framework", "django")), 8000),
        ((("language", "node"), ("framework", "express")), 3000),
        ((("language", "python"),), None),
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
    assert [language.label for language in Language] == ["Python", "Node.js"]
