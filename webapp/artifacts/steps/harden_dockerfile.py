"""Harden Dockerfiles: a user without rights where the image would run as root."""

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.blueprint import USER_ID
from webapp.artifacts.checks.dockerfile_rules import faults
from webapp.artifacts.steps.dockerfile_edit import Dockerfile, of_dockerfiles
from webapp.artifacts.steps.images import starts_as_root
from webapp.artifacts.steps.rewriting import Notes

# They start as root and run what they are given as somebody else.
_STEPS_DOWN = ("gosu", "su-exec", "setpriv", "runuser", "s6-overlay")
_OTHER_SYSTEMS = ("windows", "nanoserver", "servercore")


def _user(dockerfile: Dockerfile, _: BlueprintInput, notes: Notes) -> str | None:
    path = dockerfile.file.path
    if not any(finding.rule == "dockerfile/root" for finding in faults(dockerfile.file)):
        return None
    if why := _why_not(dockerfile):
        notes.left(f"{{names}}: runs as root, and was left so: {why}.", path)
        return None
    notes.done(f"{{names}}: runs as user {USER_ID}, which has no rights, and not as root.", path)
    notes.left(
        f"{{names}}: what it writes is not known; it has to belong to user {USER_ID}, or lie in a "
        "folder for temporary files or in a volume.",
        path,
    )
    return f"USER {USER_ID}:{USER_ID}"


def _why_not(dockerfile: Dockerfile) -> str | None:
    base = dockerfile.base
    if starts_as_root(base):
        return "its base image needs root at the start, so take one that does not"
    if any(name in base for name in _OTHER_SYSTEMS):
        return "its base image has other users"
    if any(name in dockerfile.file.content for name in _STEPS_DOWN):
        return "it has a program that steps down itself"
    return None


REWRITE = of_dockerfiles(_user)
