"""A ledger: what came in, and what went out."""

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from prometheus_flask_exporter import PrometheusMetrics

from ledger import entries

db = SQLAlchemy()


def create_app():
    """Make the application; its settings are variables that begin with LEDGER_."""
    app = Flask(__name__)
    app.config.from_prefixed_env("LEDGER")
    db.init_app(app)
    Migrate(app, db)
    PrometheusMetrics(app)
    app.register_blueprint(entries.bp)
    return app
