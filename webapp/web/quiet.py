"""Polls that change no row, which are most of all requests, answered before Flask sees them.

Flask takes four times as long to find the view as it takes to know that nothing is new.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from webapp.domain.errors import OmniError
from webapp.store.database import Store
from webapp.web.compression import pack
from webapp.web.deltas import Shown
from webapp.web.live import QUIET_MS, RunnerWatch, SummaryWatch, poll_after_ms

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/batches/([0-9A-Z]{26})/delta")
_SINCE = re.compile(r"(?:^|&)since=([0-9]{1,18})(p?)(?:&|$)")
_NOTHING_NEW = "204 No Content", [("Poll-After", str(QUIET_MS)), ("Vary", "HX-Request")], b""
Answer = tuple[str, list[tuple[str, str]], bytes]


class QuietPolls:
    """Answers polls of pages none of whose rows changed; whatever else goes on to Flask.

    Who has seen all there is gets a 204, others the summary alone, once Flask has made it for one.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        store: Store,
        runner: RunnerWatch,
        summaries: SummaryWatch,
        is_allowed: Callable[[str], bool],
    ) -> None:
        self._app, self._store = app, store
        self._runner, self._summaries, self._is_allowed = runner, summaries, is_allowed

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        answer = self._answer(environ)
        if answer is None:
            return self._app(environ, start_response)
        status, headers, body = answer
        start_response(status, list(headers))
        return (body,) if body else ()

    def _answer(self, environ: "WSGIEnvironment") -> Answer | None:
        if environ["REQUEST_METHOD"] != "GET":
            return None
        path = _PATH.fullmatch(environ["PATH_INFO"])
        since = _SINCE.search(environ["QUERY_STRING"])
        if not (path and since and self._is_allowed(environ.get("HTTP_HOST", ""))):
            return None
        batch_id, seen, has_pause = path[1], int(since[1]), since[2]
        try:
            version = self._store.version_of(batch_id)
            # A runner that dies changes no version: then the summary goes out to say so.
            if version is None or not self._runner.view().is_alive:
                return None
            if version <= seen:
                return _NOTHING_NEW
            return None if has_pause else self._summary_alone(environ, batch_id, seen)
        except (OmniError, HTTPException):  # which Flask puts into words
            return None

    def _summary_alone(self, environ: "WSGIEnvironment", batch_id: str, seen: int) -> Answer | None:
        summary = self._summaries.kept(batch_id, seen)
        if summary is None or environ.get("HTTP_ACCEPT_ENCODING", "").partition(",")[0] != "gzip":
            return None
        shown = Shown.parse(MultiDict(parse_qsl(environ["QUERY_STRING"])))
        # Read after the summary was: whatever changed since comes with the next.
        if not shown.is_plain or self._may_have_changed(batch_id, seen, shown):
            return None
        body = pack(summary.delta.encode())
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Content-Length", str(len(body))),
            ("Vary", "HX-Request, Accept-Encoding"),
            ("Poll-After", str(poll_after_ms(summary.batch, (), datetime.now(UTC)))),
        ]
        return "200 OK", headers, body

    def _may_have_changed(self, batch_id: str, seen: int, shown: Shown) -> bool:
        window = shown.window
        if window.numbers is not None:
            return True  # it may be, and such pages are few
        return self._store.may_have_changed(batch_id, seen, window.first, window.last)
