"""How the dependencies of an application are installed, the same in its image and in CI."""

from webapp.artifacts.blueprint import App
from webapp.artifacts.languages import RECIPES
from webapp.artifacts.languages.recipe import Install as Install


def how_to_install(app: App) -> Install:
    """What the project says, and where it says nothing, what is usual."""
    return RECIPES[app.runtime].install(app)
