"""What a poll cannot be faster than: a Flask application that says 204 and nothing else."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def nothing() -> tuple[str, int]:
    """Say that there is nothing new."""
    return "", 204


@app.get("/readyz")
def ready() -> str:
    """Say that it answers."""
    return "ok"
