"""A static site: built where a generator makes it, served by an nginx without rights."""

from collections.abc import Iterator
from dataclasses import replace

from webapp.artifacts.blueprint import App, Language, present
from webapp.artifacts.languages import node
from webapp.artifacts.languages.recipe import Install, Recipe, StartCommand, installed

_SERVED = "/usr/share/nginx/html"
_NO_TESTS = 'echo "::notice::A static site has no tests: nothing was tested."'
_USUAL_HUGO = "0.164.0"
_FIRST_HUGO = 137  # its images begin about there
# Where generators leave the site, from the folder of the application.
_BUILT = {"astro": "dist", "eleventy": "_site", "gatsby": "public", "vite": "dist"}


def _install(app: App) -> Install:
    if app.builder is Language.NODE:
        # Nothing of what is installed is served, so there is nothing to leave out.
        return replace(node.RECIPE.install(app), project=("npm run build",))
    if app.framework == "jekyll":
        return Install(
            files=("Gemfile.lock*", "Gemfile"),
            dependencies="bundle install",
            project=("JEKYLL_ENV=production bundle exec jekyll build --destination /out",),
            for_tests=("bundle install", "bundle exec jekyll build"),
            test=_NO_TESTS,
        )
    if app.framework == "hugo":
        build = "hugo --gc --minify --destination /out"
        return Install(files=(), project=(build,), for_tests=(), test=_NO_TESTS)
    return Install(files=(), for_tests=(), test=_NO_TESTS)


def _hugo_image(app: App) -> str:
    parts = (app.version or "").split(".")
    has_image = len(parts) == 3 and int(parts[1]) >= _FIRST_HUGO
    return f"ghcr.io/gohugoio/hugo:v{app.version if has_image else _USUAL_HUGO}"


def _start(_: App) -> StartCommand:
    return StartCommand(("nginx", "-g", "daemon off;"))


def _build_stage(app: App, install: Install) -> Iterator[str]:
    if not install.project:
        return
    is_hugo = app.framework == "hugo"
    yield f"FROM {_hugo_image(app) if is_hugo else app.build_image} AS build"
    if is_hugo:
        yield "USER 0"
    if install.tool:
        yield f"RUN {install.tool}"
    yield from installed(app, install, "/src")


def _last_stage(app: App) -> Iterator[str]:
    yield "FROM nginxinc/nginx-unprivileged:1.29"
    yield f"COPY {_site(app)} {_SERVED}"


def _site(app: App) -> str:
    """Where the site lies that is copied."""
    if app.framework in ("hugo", "jekyll"):
        return "--from=build /out"
    if app.framework not in _BUILT:
        return "."
    aside = f"/{app.folder}" if app.context != app.folder else ""
    return f"--from=build /src{aside}/{_BUILT[app.framework]}"


def _left_open(app: App) -> tuple[str, ...]:
    wanted = f"There is no image of Hugo {app.version}"
    why = wanted if app.version else "Which Hugo the site wants is not known"
    is_other = app.framework == "hugo" and not _hugo_image(app).endswith(f":v{app.version}")
    return present(
        f"{why}: Hugo {_USUAL_HUGO} builds the site." if is_other else None,
        f"The site is taken from {_BUILT[app.framework]}, where {app.framework} usually leaves it."
        if app.framework in _BUILT
        else None,
        "nginx knows only files: paths that the browser makes up need a configuration of their own."
        if app.framework == "vite"
        else None,
    )


RECIPE = Recipe(
    install=_install,
    start=_start,
    build_stage=_build_stage,
    last_stage=_last_stage,
    ignored=("resources/_gen", "_site"),
    left_open=_left_open,
)
