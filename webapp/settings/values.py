"""Values that settings and `omni.toml` share: what is accepted, and as what it is kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

ROOT = Path(__file__).resolve().parent.parent.parent


def base_url(text: str) -> str:
    """A base URL without the slash at its end; ValueError if it is none."""
    try:
        parts = urlsplit(text)
        is_base = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:  # brackets without an address in them, or a port beyond 65535
        is_base = False
    if not is_base or parts.scheme not in ("http", "https"):
        raise ValueError("must be a URL such as https://host:8080/path")
    return text.rstrip("/")


def ollama_url(host: str) -> str:
    """The base URL for a value of OLLAMA_HOST, which may lack the scheme or the port."""
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "http", host
    rest = rest.rstrip("/")
    name = rest.rpartition("]")[2] if rest.startswith("[") else rest
    return f"{scheme}://{rest}" if ":" in name or separator else f"{scheme}://{rest}:11434"


def passwords(url: str) -> Iterator[str]:
    """The password within a URL, as it is written and as it is meant."""
    password = urlsplit(url).password
    if password:
        yield password
        yield unquote(password)


def _ollama_host(text: str) -> str:
    base_url(ollama_url(text))
    return text


def _absolute(path: Path) -> Path:
    # Not from the working directory: all commands must find the same folder.
    return ROOT / path.expanduser()


def _certificates(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("must be a file of certificates; there is no such file")
    return path


def _redis_url(text: str) -> str:
    parts = urlsplit(text)
    if not (parts.scheme in ("redis", "rediss") and parts.hostname):
        raise ValueError("must be an address such as redis://host:6379/0")
    return text


def _database_url(text: str) -> str:
    parts = urlsplit(text)
    is_named = bool(parts.hostname or "host=" in parts.query) and len(parts.path) > 1
    if not (parts.scheme in ("postgresql", "postgres") and is_named):
        raise ValueError("must be an address such as postgresql://user:password@host/name")
    return text


Url = Annotated[str, AfterValidator(base_url)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
OllamaHost = Annotated[str, AfterValidator(_ollama_host)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
CertificateFile = Annotated[AbsolutePath, AfterValidator(_certificates)]
