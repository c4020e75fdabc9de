"""Ruby: gems in a folder of their own, which the last stage takes over."""

from collections.abc import Iterator

from webapp.artifacts.blueprint import App
from webapp.artifacts.languages.command import has, words_of
from webapp.artifacts.languages.recipe import (
    Install,
    Recipe,
    StartCommand,
    installed,
    packages_to_build,
    packages_to_run,
    taken_over,
    unknown_files,
    user_made,
)

_BUNDLE = ("bundle", "exec")
_RAILS = ("rails", "bin/rails", "./bin/rails")
# Their gems link libraries that the slim image has not.
_LINKED = {"mysql": "libmariadb3", "postgresql": "libpq5"}
_TEST = """\
if [ -d spec ]; then
  bundle exec rspec
elif [ -f bin/rails ]; then
  bundle exec rails test
elif [ -f Rakefile ] && [ -d test ]; then
  bundle exec rake test
else
  echo "::notice::There are no test files: nothing was tested."
fi"""
_ASSETS = (
    "if [ -d app/assets ]; then SECRET_KEY_BASE_DUMMY=1 bundle exec rails assets:precompile; fi"
)


def _install(app: App) -> Install:
    lock = app.lock or ("Gemfile.lock" if app.manifest is None else None)
    # Nothing but /tmp can be written to in a container, and Rails writes to tmp.
    linked = "rm -rf tmp log && ln -s /tmp tmp && ln -s /tmp log"
    return Install(
        files=(".ruby-version*", "Gemfile", lock or "Gemfile.lock*"),
        dependencies="bundle install",
        project=(_ASSETS, linked) if app.framework == "rails" else (),
        for_tests=("bundle install",),
        test=_TEST,
        unknown=unknown_files(app, "Gemfile", "bundler", "Gemfile.lock"),
    )


def _start(app: App) -> StartCommand:
    if words := words_of(app.start):
        return StartCommand(_listening(words, app.listens))
    if app.framework == "rails":
        puma = (*_BUNDLE, "puma", "--config", "config/puma.rb")
        return StartCommand(puma, "puma", is_guess=True)
    if app.entry and app.entry.endswith(".rb"):
        host = ("-o", "0.0.0.0", "-p", str(app.listens))  # noqa: S104 inside its container
        options = host if app.framework == "sinatra" and app.listens else ()
        return StartCommand((*_BUNDLE, "ruby", app.in_folder(app.entry), *options))
    if app.listens:
        words = _listening((*_BUNDLE, "puma"), app.listens)
        return StartCommand(words, "puma", is_guess=app.entry is None)
    return StartCommand((*_BUNDLE, "ruby", "main.rb"), is_guess=True)


def _listening(words: tuple[str, ...], port: int | None) -> tuple[str, ...]:
    """The command, told to listen on all addresses where it can be told and was not yet."""
    run = words[2:] if words[:2] == _BUNDLE else words
    if port is None or not run:
        return words
    if run[0] == "puma" and not has(run, "-b", "--bind", "-p", "--port", "-C", "--config"):
        return (*words, f"--bind=tcp://0.0.0.0:{port}")
    is_rails = run[0] in _RAILS and run[1:2] in (("server",), ("s",))
    if is_rails or run[0] == "rackup":
        option = "--binding" if is_rails else "--host"
        host = () if has(run, "-b", "-o", option) else (f"{option}=0.0.0.0",)
        return (*words, *host, *(() if has(run, "-p", "--port") else (f"--port={port}",)))
    return words


def _environment(app: App) -> Iterator[str]:
    locked = " BUNDLE_DEPLOYMENT=1" if app.lock or app.manifest is None else ""
    yield f"ENV BUNDLE_PATH=/usr/local/bundle BUNDLE_WITHOUT=development:test{locked}"
    mode = "RAILS_ENV=production RAILS_LOG_TO_STDOUT=1 RAILS_SERVE_STATIC_FILES=1"
    yield f"ENV {mode if app.framework == 'rails' else 'APP_ENV=production RACK_ENV=production'}"


def _build_stage(app: App, install: Install) -> Iterator[str]:
    # The full image: it has the compilers that some gems need.
    yield f"FROM {app.build_image} AS build"
    yield from packages_to_build(app)
    yield from _environment(app)
    yield from installed(app, install, "/app")


def _last_stage(app: App) -> Iterator[str]:
    if any(_LINKED[name] not in app.packages for name in app.services if name in _LINKED):
        yield "# The full image: it has the libraries that the gems of databases link."
        yield f"FROM ruby:{app.runtime_version}"
    else:
        yield f"FROM ruby:{app.runtime_version}-slim"
    yield from packages_to_run(app)
    yield from _environment(app)
    yield from user_made()
    yield "COPY --from=build /usr/local/bundle /usr/local/bundle"
    yield from taken_over(app)


def _left_open(app: App) -> tuple[str, ...]:
    if app.framework != "rails":
        return ()
    return (
        "Rails needs SECRET_KEY_BASE or RAILS_MASTER_KEY where it runs: set one of them there.",
    )


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    ignored=("**/.bundle", "**/vendor/bundle", "log/*", "tmp/*", "config/master.key"),
    left_open=_left_open,
)
