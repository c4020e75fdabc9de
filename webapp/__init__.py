"""Omni-Architect: from a brief and a project to checked infrastructure files."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from webapp.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Wire one web application. Reads the environment only when no settings are given.

    The database is migrated first. Imports stand inside: the runner imports this package too, and
    does without Flask's.
    """
    from flask import Flask

    from webapp import web
    from webapp.service import open_service, signing_key
    from webapp.settings import ROOT, load_settings

    settings = settings or load_settings()
    # The files of static/ have a route of their own: see web/static_files.py.
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.extensions["settings"] = settings
    app.extensions["service"] = service = open_service(settings)
    app.extensions["store"] = service.store
    app.secret_key = signing_key(service)
    web.install(app, settings)
    return app
