import pytest

from tests.artifacts.test_artifact_blueprint import app
from webapp.artifacts.start_command import StartCommand, start_command

PYTHON = ("language", "python")
NODE = ("language", "node")
GO = ("language", "go")
JAVA = ("language", "java")
RUBY = ("language", "ruby")
PHP = ("language", "php")
DOTNET = ("language", "dotnet")
RUST = ("language", "rust")


def words(*found: tuple[str, str]) -> tuple[str, ...]:
    return start_command(app(*found)).words


@pytest.mark.parametrize(
    ("language", "start", "expected"),
    [
        (NODE, "node server.js", ("node", "server.js")),
        (PYTHON, 'python -c "print(1, 2)"', ("python", "-c", "print(1, 2)")),
        (PYTHON, "poetry run celery -A w", ("celery", "-A", "w")),
        (PYTHON, "uv run python main.py", ("python", "main.py")),
        (NODE, "npx next start", ("next", "start")),
        (NODE, "yarn start", ("npm", "run", "start")),
        (NODE, "pnpm run serve", ("npm", "run", "serve")),
        (PYTHON, "serve --at $HOST", ("/bin/sh", "-c", "exec serve --at $HOST")),
        (PYTHON, "exec serve --at $HOST", ("/bin/sh", "-c", "exec serve --at $HOST")),
        (PYTHON, "A=1 serve", ("/bin/sh", "-c", "exec env A=1 serve")),
        (PYTHON, "migrate && serve", ("/bin/sh", "-c", "migrate && serve")),
        (RUBY, "bundle exec sidekiq -C x.yml", ("bundle", "exec", "sidekiq", "-C", "x.yml")),
        (PHP, "php artisan queue:work", ("php", "artisan", "queue:work")),
    ],
)
def test_a_command_is_run_without_a_shell_where_that_can_be(
    language: tuple[str, str], start: str, expected: tuple[str, ...]
) -> None:
    assert words(language, ("start", start)) == expected


@pytest.mark.parametrize(
    ("language", "start", "added"),
    [
        (PYTHON, "gunicorn app:app", ("--bind=0.0.0.0:8000",)),
        (PYTHON, "gunicorn app:app -b :80", ()),
        (PYTHON, "gunicorn --bind=:80 app:app", ()),
        (PYTHON, "uvicorn app:app", ("--host=0.0.0.0", "--port=8000")),
        (PYTHON, "uvicorn app:app --port 80", ("--host=0.0.0.0",)),
        (PYTHON, "flask run", ("--host=0.0.0.0", "--port=8000")),
        (PYTHON, "python serve.py", ()),
        (RUBY, "bundle exec puma", ("--bind=tcp://0.0.0.0:8000",)),
        (RUBY, "bundle exec puma -C config/puma.rb", ()),
        (RUBY, "puma -p 80", ()),
        (RUBY, "bin/rails server", ("--binding=0.0.0.0", "--port=8000")),
        (RUBY, "bundle exec rails s -b 0.0.0.0", ("--port=8000",)),
        (RUBY, "bundle exec rackup -p 80", ("--host=0.0.0.0",)),
        (RUBY, "bundle exec", ()),
    ],
)
def test_a_server_is_told_to_listen_where_it_was_not_yet(
    language: tuple[str, str], start: str, added: tuple[str, ...]
) -> None:
    told = words(language, ("start", start), ("port", "8000"))
    assert told == (*start.split(), *added)


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
        (
            (RUBY, ("framework", "sinatra"), ("entry", "app.rb"), ("port", "4567")),
            ("bundle", "exec", "ruby", "app.rb", "-o", "0.0.0.0", "-p", "4567"),
            None,
        ),
        (
            (RUBY, ("framework", "sinatra"), ("entry", "config.ru")),
            ("bundle", "exec", "puma", "--bind=tcp://0.0.0.0:9292"),
            "puma",
        ),
        (
            (PHP, ("framework", "slim"), ("manifest", "a/composer.json"), ("entry", "a/index.php")),
            ("frankenphp", "php-server", "--listen=:8080", "--root=."),
            None,
        ),
        ((PHP, ("entry", "bin/work.php")), ("php", "bin/work.php"), None),
        ((DOTNET, ("entry", "Orders.Api.dll")), ("dotnet", "Orders.Api.dll"), None),
        ((DOTNET, ("manifest", "a/Orders.csproj")), ("dotnet", "Orders.dll"), None),
        ((RUST, ("name", "links_api"), ("entry", "src/main.rs")), ("/app/links_api",), None),
        ((RUST, ("name", "links"), ("entry", "serve")), ("/app/serve",), None),
        ((GO, ("name", "links"), ("entry", "cmd/server")), ("/app/links",), None),
        (
            (JAVA, ("entry", "de.x.Main")),
            ("java", "-cp", "/app/app.jar:/app/lib/*", "de.x.Main"),
            None,
        ),
        (
            (JAVA, ("framework", "spring-boot"), ("entry", "de.x.Main")),
            ("java", "-jar", "app.jar"),
            None,
        ),
        (
            (JAVA, ("framework", "quarkus"), ("installer", "gradle")),
            ("java", "-jar", "quarkus-run.jar"),
            None,
        ),
        ((JAVA, ("framework", "javalin"), ("installer", "gradle")), ("/app/bin/start",), None),
        ((("language", "static"),), ("nginx", "-g", "daemon off;"), None),
    ],
)
def test_an_entry_is_started_by_what_can_start_it(
    found: tuple[tuple[str, str], ...], expected: tuple[str, ...], assumed: str | None
) -> None:
    assert start_command(app(*found)) == StartCommand(expected, assumed)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("./bin/links --at :80", ("/app/links", "--at", ":80")),
        ("/usr/local/bin/server", ("/app/links",)),
        ("exec ./links -p $PORT", ("/bin/sh", "-c", "exec /app/links -p $PORT")),
        ("go run ./cmd/server", ("/app/links",)),
        ("./migrate && ./links", ("/app/links",)),
        ("A=1 ./links", ("/app/links",)),
        ("links 'never", ("/app/links",)),
    ],
)
def test_a_program_that_is_built_keeps_its_arguments_and_gets_the_place_it_has(
    start: str, expected: tuple[str, ...]
) -> None:
    assert words(GO, ("name", "links"), ("start", start)) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("java -jar target/a-1.jar --x=1", ("java", "-jar", "app.jar", "--x=1")),
        (
            "java $JAVA_OPTS -jar build/libs/a.jar",
            ("/bin/sh", "-c", "exec java $JAVA_OPTS -jar app.jar"),
        ),
        ("./mvnw spring-boot:run", ("java", "-jar", "app.jar")),
        ("java 'x -jar a.jar", ("java", "-jar", "app.jar")),
    ],
)
def test_an_archive_is_started_where_it_lies_in_the_image(
    start: str, expected: tuple[str, ...]
) -> None:
    assert words(JAVA, ("framework", "spring-boot"), ("start", start)) == expected


@pytest.mark.parametrize(
    "start", ["php -S 0.0.0.0:80 -t public", "php artisan serve", "heroku-php-apache2 public/"]
)
def test_a_server_of_another_machine_gives_way_to_that_of_the_image(start: str) -> None:
    served = words(PHP, ("framework", "laravel"), ("port", "80"), ("start", start))
    assert served == ("frankenphp", "php-server", "--listen=:80", "--root=public")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((), ("python", "main.py")),
        ((("start", "python 'x"),), ("python", "main.py")),
        ((PYTHON, ("entry", "README")), ("python", "main.py")),
        ((NODE,), ("npm", "start")),
        ((NODE, ("entry", "a:b")), ("npm", "start")),
        (
            (PYTHON, ("framework", "django")),
            ("gunicorn", "config.wsgi:application", "--bind=0.0.0.0:8000"),
        ),
        (
            (PYTHON, ("framework", "fastapi")),
            ("uvicorn", "main:app", "--host=0.0.0.0", "--port=8000"),
        ),
        ((RUBY,), ("bundle", "exec", "ruby", "main.rb")),
        (
            (RUBY, ("framework", "rails")),
            ("bundle", "exec", "puma", "--config", "config/puma.rb"),
        ),
        ((PHP,), ("php", "main.php")),
        ((DOTNET, ("name", "Orders")), ("dotnet", "Orders.dll")),
    ],
)
def test_a_guess_follows_the_framework_and_is_called_one(
    found: tuple[tuple[str, str], ...], expected: tuple[str, ...]
) -> None:
    guess = start_command(app(*found))
    assert guess.words == expected
    assert guess.is_guess
