"""What it means when the network fails, as kinds and sentences. No I/O."""

from typing import NamedTuple

import aiohttp
import httpx

from webapp.providers.base import ErrorKind

# Everything httpx, httpx-aiohttp and aiohttp raise; ValueError for an address or a key that cannot
# be sent at all. A TimeoutError of our own is an OSError too and is caught before.
EXCEPTIONS = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)

TOO_LONG = (
    "{name} did not finish within {total_s:g} s: choose a faster model or a smaller output limit."
)
NO_BEGIN = "{name} did not begin to answer within {silence_s:g} s: retry later."
SILENCE = "{name} fell silent for {silence_s:g} s in the middle of its answer: retry later."
BROKE_OFF = "The answer of {name} broke off before its end: retry."
TOO_LARGE = "The answer of {name} is over 16 MB: ask for less."
NOT_JSON = "{name} sent something that is not the JSON it should be: check {url_setting}."
WEB_PAGE = "{name} sent a web page instead of an answer: check {url_setting}."
ODD_ENCODING = "{name} sent an answer in an encoding nobody asked for: check {url_setting}."
NO_ANSWER = "{name} closed the connection without an answer: retry later."

_UNSENT: tuple[tuple[type[Exception], ErrorKind, str], ...] = (
    (
        aiohttp.ConnectionTimeoutError,
        ErrorKind.TIMEOUT,
        "{name} took no connection within {connect_s:g} s: check that it runs, and {url_setting}.",
    ),
    (
        aiohttp.ClientProxyConnectionError,
        ErrorKind.UNAVAILABLE,
        "The proxy on the way to {name} cannot be reached: check OMNI_PROXY.",
    ),
    (
        aiohttp.ClientHttpProxyError,
        ErrorKind.UNAVAILABLE,
        "The proxy on the way to {name} refused the connection: check OMNI_PROXY.",
    ),
    (
        aiohttp.ClientConnectorCertificateError,
        ErrorKind.UNAVAILABLE,
        "{name} showed a certificate that is not trusted: check {url_setting}, or set OMNI_CA_FILE "
        "to the authority that signed it.",
    ),
    (
        aiohttp.ClientSSLError,
        ErrorKind.UNAVAILABLE,
        "{name} could not agree on an encrypted connection: check {url_setting}.",
    ),
    (
        aiohttp.ClientConnectorDNSError,
        ErrorKind.UNAVAILABLE,
        "The host name of {name} was not found: check {url_setting} and the network.",
    ),
    (
        aiohttp.ClientConnectorError,
        ErrorKind.UNAVAILABLE,
        "{name} refused the connection: check that it runs, and {url_setting}.",
    ),
)
_PERHAPS_SENT: tuple[tuple[type[Exception], ErrorKind, str], ...] = (
    (
        aiohttp.ClientResponseError,
        ErrorKind.BROKEN_REPLY,
        "{name} answered with something that is not HTTP: check {url_setting}.",
    ),
    (aiohttp.ClientConnectionError, ErrorKind.UNAVAILABLE, NO_ANSWER),
)
_UNSENDABLE = "{name} cannot be called: {url_setting}, {key_setting} or OMNI_PROXY is not valid."


class Trouble(NamedTuple):
    """What an exception means; `is_unsent` as in ProviderError."""

    kind: ErrorKind
    sentence: str
    is_unsent: bool = False


def before_answer(error: Exception) -> Trouble:
    """What it means that a call failed before the answer began."""
    # httpx-aiohttp calls most of these a ConnectTimeout: only the cause tells.
    cause = error.__cause__ if isinstance(error, httpx.TransportError) else error
    for exceptions, is_unsent in ((_UNSENT, True), (_PERHAPS_SENT, False)):
        for exception, kind, sentence in exceptions:
            if isinstance(cause, exception):
                return Trouble(kind, sentence, is_unsent)
    if isinstance(error, ValueError | httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Trouble(ErrorKind.REJECTED, _UNSENDABLE, is_unsent=True)
    return Trouble(ErrorKind.UNAVAILABLE, NO_ANSWER)
