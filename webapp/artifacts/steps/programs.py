"""Which program an image surely has to ask an application for its health."""

from webapp.artifacts.blueprint import App
from webapp.artifacts.health import ask
from webapp.artifacts.language import Language
from webapp.artifacts.steps.images import base_name

# What runs the application is there to ask it as well.
_INTERPRETED = {
    Language.PYTHON: ("python",),
    Language.NODE: ("node",),
    Language.RUBY: ("ruby",),
    Language.PHP: ("php", "frankenphp"),
}
_WITH_BASH = ("debian", "ubuntu", "eclipse-temurin", "aspnet", "runtime", "rust", "golang")
_WITHOUT_SHELL = ("chiseled", "distroless", "azurelinux", "windows", "nanoserver")


def has_interpreter(app: App) -> bool:
    """Whether what runs the application is a program to ask with."""
    return app.language in _INTERPRETED


def words(app: App, base: str) -> tuple[str, ...]:
    """The program of a base image that asks the application; nothing where none is known."""
    if app.listens is None or app.health is None or any(one in base for one in _WITHOUT_SHELL):
        return ()
    name = base_name(base)
    if app.language and name in _INTERPRETED.get(app.language, ()):
        return ask(app.language, app.listens, app.health)
    if "alpine" in base:
        return ask(Language.GO, app.listens, app.health)
    return ask(Language.JAVA, app.listens, app.health) if name in _WITH_BASH else ()
