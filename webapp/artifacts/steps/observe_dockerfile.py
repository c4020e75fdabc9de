"""Observe Dockerfiles: a health check where a route and a program to ask with are known."""

import json

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.steps.applications import applications
from webapp.artifacts.steps.dockerfile_edit import Dockerfile, of_dockerfiles
from webapp.artifacts.steps.programs import words
from webapp.artifacts.steps.rewriting import Notes

_TIMES = "--interval=30s --timeout=5s --start-period=20s --retries=3"


def _health(dockerfile: Dockerfile, given: BlueprintInput, notes: Notes) -> str | None:
    path = dockerfile.file.path
    if any(one.name == "HEALTHCHECK" for one in dockerfile.stages[-1].instructions):
        return None
    app = next(iter(applications(given)), None)
    if app is None or app.health is None or app.listens is None:
        notes.left("{names}: there is no HEALTHCHECK, as no route for it is known.", path)
        return None
    test = words(app, dockerfile.base)
    if not test:
        sentence = "{names}: there is no HEALTHCHECK, as no program of the image is known to ask."
        notes.left(sentence, path)
        return None
    notes.done("{names}: HEALTHCHECK on the route of the project.", path)
    return f"HEALTHCHECK {_TIMES} CMD {json.dumps(test)}"


REWRITE = of_dockerfiles(_health)
