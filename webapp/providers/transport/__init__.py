"""The way to an endpoint: shared connections, streams under deadlines, one kind of error.

Only this package knows HTTP, and only here does trouble become a `ProviderError`.
"""

from webapp.providers.transport.call import Call
from webapp.providers.transport.client import Client
from webapp.providers.transport.complaint import Complaint
from webapp.providers.transport.connections import Transports, open_transports
from webapp.providers.transport.failure import PROMPT_TOO_LONG, AnsweredError, Dialect, Rule
from webapp.providers.transport.frames import Lines, Message, ServerSentEvents, Whole
from webapp.providers.transport.limits import LimitHeaders
from webapp.providers.transport.troubles import BROKE_OFF, NOT_JSON

__all__ = [
    "BROKE_OFF",
    "NOT_JSON",
    "PROMPT_TOO_LONG",
    "AnsweredError",
    "Call",
    "Client",
    "Complaint",
    "Dialect",
    "LimitHeaders",
    "Lines",
    "Message",
    "Rule",
    "ServerSentEvents",
    "Transports",
    "Whole",
    "open_transports",
]
