"""The facts of a project of one application."""

from collections.abc import Mapping

from webapp.context.facts import find_applications
from webapp.domain.project import Facts, ProjectFile


def facts_of(files: Mapping[str, str]) -> Facts:
    """What is known of the only application among the files; nothing where there is none."""
    listed = [ProjectFile(path, text, 1) for path, text in files.items()]
    return next((each.facts for each in find_applications(listed)), Facts())
