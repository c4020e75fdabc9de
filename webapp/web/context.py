"""What a view works with: the service and the store of the running application."""

from typing import TYPE_CHECKING, cast

from flask import current_app

from webapp.settings import Settings
from webapp.store.database import Store

if TYPE_CHECKING:
    from webapp.service import Service


def service() -> "Service":
    """Whom a view asks for work."""
    return cast("Service", current_app.extensions["service"])


def store() -> Store:
    """Where a view reads."""
    return cast(Store, current_app.extensions["store"])


def settings() -> Settings:
    """What the application was started with."""
    return cast(Settings, current_app.extensions["settings"])
