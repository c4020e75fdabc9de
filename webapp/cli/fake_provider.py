"""`omni fake-provider`: a provider without a model."""

import asyncio
import errno
import signal
import socket
from typing import Any, TextIO

import click

from webapp.fake_provider.behaviour import Behaviour, RetryAfter
from webapp.fake_provider.directives import FAULTS, BadDirective, parse_fault_rates
from webapp.fake_provider.provider import Provider
from webapp.fake_provider.server import BACKLOG, serving
from webapp.fake_provider.sites import BASES

_FAULTS = "\n".join(f"{name:12}{what}" for name, what in FAULTS.items())
_EPILOG = f"""\
A FAULT is an error status, such as 503, or one of these:

\b
{_FAULTS}

SHARE is the part of the calls that gets it. Which ones, hangs on --seed, on the request and on how
often it has come, not on the order of arrival.

A prompt orders the same by a directive anywhere in it; there may be several:

\b
[[fake: stall]]                        whenever this request comes
[[fake: first 2: 503]]                 only the first two times it comes
[[fake: 429 retry-after=7]]            with this header
[[fake: 429 code=insufficient_quota]]  with this code in the error; error-mid takes one too
[[fake: drip interval=0.1]]            with these seconds between two bytes
[[fake: huge mb=200]]                  with so many MB of text
[[fake: latency=2 pace=50]]            seconds to the first byte, tokens a second
"""


@click.command(name="fake-provider", epilog=_EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=9000,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--latency", type=click.FloatRange(0), default=0.0, help="Seconds to the first byte.")
@click.option(
    "--sigma", type=click.FloatRange(0), default=0.0, help="Spread of a lognormal latency."
)
@click.option("--seed", type=int, default=0, help="Another number gives other chances.")
@click.option("--pace", type=click.FloatRange(0, min_open=True), help="Tokens a second.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Calls a second; more: 429.")
@click.option("--burst", type=click.IntRange(1), default=1, help="Calls at once within the rate.")
@click.option(
    "--retry-after",
    type=click.Choice([form.value for form in RetryAfter]),
    default=RetryAfter.SECONDS.value,
    show_default=True,
    help="How a refused client is told when to come back.",
)
@click.option(
    "--rate-headers/--no-rate-headers",
    default=True,
    show_default=True,
    help="Tell in every answer how much of the rate is left.",
)
@click.option("--capacity", type=click.IntRange(0), help="Calls in flight; more are refused.")
@click.option(
    "--capacity-status",
    type=click.Choice(["429", "503"]),
    default="429",
    show_default=True,
    help="What they are refused with.",
)
@click.option("--fault", "faults", multiple=True, metavar="FAULT=SHARE", help="Such as 503=0.05.")
@click.option(
    "--answer",
    "answers",
    type=click.File(encoding="utf-8"),
    multiple=True,
    help="A text to answer with; more of them answer the rounds of its repair.",
)
@click.option("--key", help="The only key that counts.")
@click.option("--model", "models", multiple=True, help="A model there is; none given, any is.")
@click.option(
    "--token-lifetime",
    "token_s",
    type=click.FloatRange(0),
    default=3600.0,
    show_default=True,
    help="Seconds a token of IBM's IAM is good.",
)
def command(host: str, port: int, **options: Any) -> None:
    """Start a provider that answers without a model, for trying things out.

    It speaks OpenAI's Chat Completions and Responses, Anthropic's Messages, Gemini, watsonx with
    IBM's IAM, and Ollama, all at one address, on loopback unless told otherwise. GET /fake/counters
    says what it has seen, GET /fake/calls lists the last calls, POST /fake/reset begins anew, POST
    /fake/expire-tokens ends all tokens of IAM.
    """
    try:
        behaviour = _behaviour(**options)
    except BadDirective as error:
        raise click.UsageError(str(error)) from None
    asyncio.run(_serve(behaviour, _listener(host, port)))


def _behaviour(
    answers: tuple[TextIO, ...],
    faults: tuple[str, ...],
    latency: float,
    retry_after: str,
    capacity_status: str,
    **rest: Any,
) -> Behaviour:
    texts = [answer.read() for answer in answers]
    return Behaviour(
        latency_s=latency,
        retry_after=RetryAfter(retry_after),
        capacity_status=int(capacity_status),
        faults=parse_fault_rates(faults),
        answer=texts[0] if texts else None,
        repairs=tuple(texts[1:]),
        **rest,
    )


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"Port {port} is in use: set --port to another one, or to 0 for any."
        else:
            sentence = f"This machine cannot listen on {host}, port {port}."
        raise click.ClickException(sentence) from None


async def _serve(behaviour: Behaviour, listener: socket.socket) -> None:
    is_over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, is_over.set)
    async with serving(Provider(behaviour), listener):
        host, port = listener.getsockname()[:2]
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        bases = [f"{name:11}{url}{base}" for name, base in BASES.items()]
        click.echo("\n  ".join([f"fake provider: {url}", *bases]))
        await is_over.wait()
