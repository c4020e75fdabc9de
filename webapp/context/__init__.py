"""The reading of a user's project: what of it is taken, what is known of it, what is sent of it."""

from webapp.context.facts import find_applications
from webapp.context.folder import read_below, read_directory
from webapp.context.upload import read_upload

__all__ = ["find_applications", "read_below", "read_directory", "read_upload"]
