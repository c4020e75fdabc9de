"""The service, over both databases."""

from tests.both_databases import database_url

__all__ = ["database_url"]
