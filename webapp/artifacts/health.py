"""How a container asks the application in it whether it is well, with what its image has."""

from webapp.artifacts.language import Language


def ask(language: Language, port: int, path: str) -> tuple[str, ...]:
    """The words of a program that ends well where a route of the application answers well."""
    # By name: many applications refuse requests to an address they were not told.
    url = f"http://localhost:{port}{path}"
    if language is Language.PYTHON:
        return ("python", "-c", f"from urllib.request import urlopen; urlopen('{url}', timeout=3)")
    if language is Language.NODE:
        called = f"fetch('{url}').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
        return ("node", "-e", called)
    if language is Language.RUBY:
        called = f"exit Net::HTTP.get_response(URI('{url}')).code < '400'"
        return ("ruby", "-rnet/http", "-e", called)
    if language is Language.PHP:
        return ("php", "-r", f"exit(file_get_contents('{url}') === false ? 1 : 0);")
    if language is Language.GO:
        # This wget asks one address only, which may be one of IPv6 if it is given a name.
        return ("wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{port}{path}")
    return ("bash", "-c", _by_shell(port, path))


def _by_shell(port: int, path: str) -> str:
    """For images that have no program to ask with: the shell can open a connection itself."""
    request = f"GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n"
    return (
        f"exec 3<>/dev/tcp/localhost/{port} && printf '{request}' >&3 "
        "&& head -n 1 <&3 | grep -q ' [23][0-9][0-9]'"
    )
