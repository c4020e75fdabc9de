"""Who may ask, and what every answer carries."""

import random
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.logs import bind
from webapp.settings import LOOPBACK, Settings
from webapp.web.quiet import QuietPolls

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DOWNLOAD_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
ASK_AGAIN = "private, no-cache"  # for downloads: kept, but only shown once we said 304
HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
UNLESS_SET = [("Content-Security-Policy", POLICY), ("Cache-Control", "no-store")]
HTTPS_ONLY = ("Strict-Transport-Security", "max-age=31536000")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Whoever watches the process asks by whatever name or address it has.
PROBES = frozenset({"/healthz", "/readyz"})
_REQUEST_ID = "omni.request_id"
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]/@?#\s]+))(?::[0-9]{1,5})?")


class CompleteAnswers:
    """Puts the headers on that every answer has, errors included.

    It stands around the application, where a header costs a tenth of what it costs as a hook.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request; its id is made here and never taken from outside."""
        # A name, no secret: the system's random source would make every poll wait for the GIL.
        request_id = environ[_REQUEST_ID] = f"{random.getrandbits(64):016x}"

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            present = {name for name, _ in headers}
            headers.extend(HEADERS)
            headers.extend(header for header in UNLESS_SET if header[0] not in present)
            headers.append(("X-Request-Id", request_id))
            if environ["wsgi.url_scheme"] == "https":
                headers.append(HTTPS_ONLY)
            return start_response(status, headers, exc_info)

        with bind(request_id=request_id):
            return self._app(environ, start)


def install(app: Flask, settings: Settings) -> None:
    """Check each request before any view sees it, and complete each answer."""
    names = frozenset(map(host_name, settings.allowed_hosts)) or LOOPBACK

    @lru_cache(maxsize=256)  # a Host header is long to take apart and always the same
    def is_allowed(host: str) -> bool:
        return host_name(host) in names

    @app.before_request
    def admit() -> None:
        g.request_id = request.environ[_REQUEST_ID]
        if not is_allowed(request.host) and request.path not in PROBES:
            abort(400, "This host name is not allowed here: see OMNI_ALLOWED_HOSTS.")
        if request.method not in SAFE_METHODS:
            reject_cross_site()

    quiet = QuietPolls(
        app.wsgi_app,
        app.extensions["store"],
        app.extensions["runner_watch"],
        app.extensions["summary_watch"],
        is_allowed,
    )
    outer: WSGIApplication = CompleteAnswers(quiet)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        outer = ProxyFix(outer, x_for=hops, x_proto=hops, x_host=hops)
    app.wsgi_app = outer  # type: ignore[assignment, method-assign]  # as Flask's manual does it


def host_name(host: str) -> str:
    """The name in a Host header, in lower case and without port; empty where it makes no sense."""
    match = _HOST.fullmatch(host.lower())
    return (match[1] or match[2]) if match else ""


def reject_cross_site() -> None:
    """Refuse a write that another site made a browser send.

    Browsers say where a request comes from; what says nothing is refused too.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if not (site in ("same-origin", "none") if site else origin == request.host_url[:-1]):
        abort(403, "This request came from another site, so nothing was changed.")
