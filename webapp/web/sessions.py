"""Cookies only where a page may have a sentence to show."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, not opened for polls: making its signer takes longer than they do."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a visit, or None for a poll."""
        if request.path.endswith(("/delta", "/text")):
            return None
        return super().open_session(app, request)
