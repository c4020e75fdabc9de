"""PHP: served by FrankenPHP, one process that is the web server as well."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from webapp.artifacts.blueprint import App, present
from webapp.artifacts.language import Language
from webapp.artifacts.languages.command import words_of
from webapp.artifacts.languages.node import COREPACK
from webapp.artifacts.languages.recipe import (
    Install,
    Recipe,
    StartCommand,
    installed,
    taken_over,
    unknown_files,
    user_made,
)

_COMPOSER = "composer install --no-interaction --no-progress --prefer-dist"
_AS_ROOT = "COMPOSER_ALLOW_SUPERUSER=1"  # else it runs no plugins, which Symfony cannot do without
_PRODUCTION = f"{_COMPOSER} --no-dev"
_EXTENSIONS = {
    "postgresql": "pdo_pgsql",
    "mysql": "pdo_mysql",
    "mongodb": "mongodb",
    "redis": "redis",
    "rabbitmq": "amqp",
    "memcached": "memcached",
}
# Those that install-php-extensions knows; the others the image has already.
_INSTALLABLE = frozenset(
    {
        "amqp",
        "apcu",
        "bcmath",
        "calendar",
        "exif",
        "gd",
        "gettext",
        "gmp",
        "imagick",
        "intl",
        "ldap",
    }
    | {"memcached", "mongodb", "mysqli", "pcntl", "pdo_mysql", "pdo_pgsql", "pgsql", "rdkafka"}
    | {"redis", "soap", "sockets", "xsl", "zip"}
)
_OF_FRAMEWORK = {"laravel": ("bcmath", "pcntl"), "symfony": ("intl",)}
# Servers for a developer's machine, or of an image that is not this one.
_SERVERS = ("php -S", "php artisan serve", "php -d", "symfony ", "heroku-php", "vendor/bin/heroku")
_OTHER_SERVERS = ("apache2", "php-fpm", "nginx", "supervisord", "frankenphp", "composer")
_BY_NODE = re.compile(r"(?:npm|pnpm|yarn) run [a-z:]{1,30}")
_TEST = """\
if [ -f artisan ]; then
  php artisan test
elif [ -f vendor/bin/pest ]; then
  vendor/bin/pest
elif [ -f vendor/bin/phpunit ]; then
  vendor/bin/phpunit
else
  echo "::notice::There is no test runner: nothing was tested."
fi"""


def _install(app: App) -> Install:
    lock = app.lock or ("composer.lock" if app.manifest is None else None)
    env_file = present(
        # It asks for the file even where all of its values come from the environment.
        "touch .env" if app.framework == "symfony" else None
    )
    example = "if [ -f .env.example ] && [ ! -f .env ]; then cp .env.example .env; fi"
    key = "if [ -f artisan ]; then php artisan key:generate; fi"
    return Install(
        tool=f"export {_AS_ROOT}; command -v composer || install-php-extensions @composer zip",
        files=("symfony.lock*", "composer.json", lock or "composer.lock*"),
        dependencies=f"{_PRODUCTION} --no-scripts --no-autoloader",
        project=(*env_file, f"{_PRODUCTION} --optimize-autoloader"),
        for_tests=(_COMPOSER, *((example, key) if app.framework == "laravel" else ())),
        test=_TEST,
        unknown=unknown_files(app, "composer.json", "composer", "composer.lock"),
    )


def _start(app: App) -> StartCommand:
    words = None if _is_server(app.start) else words_of(app.start)
    if words:
        return StartCommand(words)
    if app.listens:
        served = ("frankenphp", "php-server", f"--listen=:{app.listens}", f"--root={_root(app)}")
        return StartCommand(served)
    entry = app.in_folder(app.entry) if app.entry else "main.php"
    return StartCommand(("php", entry), is_guess=app.entry is None)


def _is_server(start: str | None) -> bool:
    return bool(start) and str(start).startswith((*_SERVERS, *_OTHER_SERVERS))


def _root(app: App) -> str:
    """The folder whose files the world may ask for."""
    if app.entry and app.entry.endswith(".php"):
        return str(PurePosixPath(app.in_folder(app.entry)).parent)
    return "public"


def _environment(app: App) -> Iterator[str]:
    if app.framework == "symfony":
        yield "ENV APP_ENV=prod APP_DEBUG=0"
    if app.framework == "laravel":
        yield "ENV APP_ENV=production LOG_CHANNEL=stderr VIEW_COMPILED_PATH=/tmp/views"


def _build_stage(app: App, install: Install) -> Iterator[str]:
    services = [_EXTENSIONS[name] for name in app.services if name in _EXTENSIONS]
    asked = [name.removeprefix("ext-") for name in app.packages if name.startswith("ext-")]
    asked = [name for name in asked if name in _INSTALLABLE]
    of_framework = _OF_FRAMEWORK.get(app.framework or "", ())
    extensions = dict.fromkeys(("opcache", "zip", *of_framework, *services, *asked))
    yield f"FROM {app.build_image} AS base"
    yield f"RUN install-php-extensions {' '.join(extensions)} \\"
    yield '    && cp "$PHP_INI_DIR/php.ini-production" "$PHP_INI_DIR/php.ini"'
    yield from _environment(app)
    yield ""
    yield "FROM base AS build"
    yield f"ENV {_AS_ROOT}"
    yield "RUN install-php-extensions @composer"
    yield from installed(app, install, "/app")
    yield from _assets(app)


def _assets(app: App) -> Iterator[str]:
    """A stage in which Node.js makes the static files, with the installer of their command."""
    if not _is_by_node(app):
        return
    installer = (app.static or "").split()[0]
    yield ""
    yield f"FROM node:{Language.NODE.usual_version} AS assets"
    if installer != "npm":
        yield f"RUN {COREPACK}"
    yield "WORKDIR /app"
    yield "COPY . ./"
    locked = "if [ -f package-lock.json ]; then npm ci; else npm install; fi"
    yield f"RUN {locked if installer == 'npm' else f'{installer} install'} \\"
    yield f"    && {app.static}"


def _is_by_node(app: App) -> bool:
    return _BY_NODE.fullmatch(app.static or "") is not None and app.folder == app.context


def _last_stage(app: App) -> Iterator[str]:
    yield "FROM base"
    yield "ENV XDG_CONFIG_HOME=/tmp/config XDG_DATA_HOME=/tmp/data"
    yield "# Where a container has no rights, a program that asks for one does not start."
    yield "RUN setcap -r /usr/local/bin/frankenphp"
    yield from user_made()
    yield from taken_over(app)
    if _is_by_node(app):
        for folder in map(app.in_folder, app.static_folders):
            yield f"COPY --from=assets /app/{folder} ./{folder}"
    if not app.healthcheck:
        yield "# That of the base image asks another server than this."
        yield "HEALTHCHECK NONE"


def _left_open(app: App) -> tuple[str, ...]:
    return present(
        "Which extensions of PHP it needs is known only from its services: add what is missing.",
        "Laravel needs APP_KEY where it runs; what it keeps in storage needs a volume."
        if app.framework == "laravel"
        else None,
        "Assets that Node.js builds are not built in the image: put them there."
        if app.framework in ("laravel", "symfony") and not _is_by_node(app)
        else None,
    )


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    ignored=("**/vendor", "storage/logs/*", "var"),
    left_open=_left_open,
)
