import pytest

from tests.artifacts.test_artifact_blueprint import app
from webapp.artifacts.start_command import StartCommand, start_command, usual_command

PYTHON = ("language", "python")
NODE = ("language", "node")


def words(*found: tuple[str, str]) -> tuple[str, ...] | None:
    command = start_command(app(*found))
    return command.words if command else None


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("node server.js", ("node", "server.js")),
        ('python -c "print(1, 2)"', ("python", "-c", "print(1, 2)")),
        ("poetry run celery -A w", ("celery", "-A", "w")),
        ("uv run python main.py", ("python", "main.py")),
        ("npx next start", ("next", "start")),
        ("yarn start", ("npm", "run", "start")),
        ("pnpm run serve", ("npm", "run", "serve")),
        ("serve --at $HOST", ("/bin/sh", "-c", "exec serve --at $HOST")),
        ("A=1 serve", ("/bin/sh", "-c", "exec env A=1 serve")),
        ("migrate && serve", ("/bin/sh", "-c", "migrate && serve")),
    ],
)
def test_a_command_is_run_without_a_shell_where_that_can_be(
    start: str, expected: tuple[str, ...]
) -> None:
    assert words(("start", start)) == expected


@pytest.mark.parametrize(
    ("start", "added"),
    [
        ("gunicorn app:app", ("--bind=0.0.0.0:8000",)),
        ("gunicorn app:app -b :80", ()),
        ("gunicorn --bind=:80 app:app", ()),
        ("uvicorn app:app", ("--host=0.0.0.0", "--port=8000")),
        ("uvicorn app:app --port 80", ("--host=0.0.0.0",)),
        ("flask run", ("--host=0.0.0.0", "--port=8000")),
        ("python serve.py", ()),
    ],
)
def test_a_server_is_told_to_listen_where_it_was_not_yet(start: str, added: tuple[str]) -> None:
    assert words(("start", start), ("port", "8000")) == (*start.split(), *added)


@pytest.mark.parametrize(
    ("found", "expected", "assumed"),
    [
        ((PYTHON, ("entry", "a:app")), ("gunicorn", "a:app"), "gunicorn"),
        (
            (PYTHON, ("framework", "fastapi"), ("entry", "a:make()"), ("port", "80")),
            ("uvicorn", "--factory", "a:make", "--host=0.0.0.0", "--port=80"),
            "uvicorn",
        ),
        ((PYTHON, ("entry", "main.py")), ("python", "main.py"), None),
        (
            (NODE, ("manifest", "web/package.json"), ("entry", "web/server.js")),
            ("node", "server.js"),
            None,
        ),
    ],
)
def test_an_entry_is_started_by_what_can_start_it(
    found: tuple[tuple[str, str], ...], expected: tuple[str, ...], assumed: str | None
) -> None:
    assert start_command(app(*found)) == StartCommand(expected, assumed)


@pytest.mark.parametrize(
    "found",
    [(), (("start", "python 'x"),), (NODE, ("entry", "a:b")), (PYTHON, ("entry", "README"))],
)
def test_what_cannot_be_started_has_no_command(found: tuple[tuple[str, str], ...]) -> None:
    assert start_command(app(*found)) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((), ("python", "main.py")),
        ((NODE,), ("npm", "start")),
        (
            (PYTHON, ("framework", "django")),
            ("gunicorn", "config.wsgi:application", "--bind=0.0.0.0:8000"),
        ),
        (
            (PYTHON, ("framework", "fastapi")),
            ("uvicorn", "main:app", "--host=0.0.0.0", "--port=8000"),
        ),
    ],
)
def test_a_guess_follows_the_framework(
    found: tuple[tuple[str, str], ...], expected: tuple[str, ...]
) -> None:
    assert usual_command(app(*found)).words == expected
