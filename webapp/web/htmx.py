"""A page, or the part of it that htmx swaps in."""

from flask import Request, Response, make_response, render_template, request


def wants_fragment(request: Request) -> bool:
    """Say whether htmx will swap the answer into a part of the page."""
    # A history restore or a boosted link replaces the whole body: those get the page.
    headers = request.headers
    return headers.get("HX-Request") == "true" and not (
        "HX-Boosted" in headers or "HX-History-Restore-Request" in headers
    )


def page_or_fragment(page: str, fragment: str, status: int = 200, **context: object) -> Response:
    """Render the page for a visit, the fragment for htmx."""
    response = render(fragment if wants_fragment(request) else page, **context)
    response.status_code = status
    return response


def render(template: str, **context: object) -> Response:
    """Render a template whose address also gives another answer; caches are told so."""
    return one_of_two(render_template(template, **context))


def one_of_two(text: str) -> Response:
    """A rendered answer whose address also gives another; caches are told so."""
    response = make_response(text)
    response.vary.add("HX-Request")
    return response
