"""How a container starts an application: a list of words, and no shell if possible."""

from webapp.artifacts.blueprint import App
from webapp.artifacts.languages import RECIPES
from webapp.artifacts.languages.recipe import StartCommand as StartCommand


def start_command(app: App) -> StartCommand:
    """What starts it, as the project says or its entry asks for; else what most start with."""
    return RECIPES[app.runtime].start(app)
