"""A small shop: products in PostgreSQL, baskets in Redis."""

from flask import Flask

from shop import baskets, catalog, health
from shop.config import Config, from_environment
from shop.storage import open_storage


def create_app(config: Config | None = None) -> Flask:
    """The application for this configuration, by default that of the environment."""
    config = config or from_environment()
    app = Flask(__name__)
    app.config["SECRET_KEY"] = config.secret_key
    app.extensions["storage"] = open_storage(config)
    app.register_blueprint(catalog.bp)
    app.register_blueprint(baskets.bp)
    app.register_blueprint(health.bp)
    return app
