"""Endpoints that nobody has to reach."""

from webapp.domain.endpoint import Deadlines, Endpoint, EndpointType, Price


def endpoint(
    name: str,
    cap: int | None = None,
    *,
    price: Price | None = None,
    requests_per_minute: int | None = None,
    tokens_per_minute: int | None = None,
) -> Endpoint:
    """An endpoint with these limits."""
    return Endpoint(
        name=name,
        type=EndpointType.OPENAI,
        base_url=f"http://{name}.invalid/v1",
        key=None,
        cap=cap,
        cap_setting="",
        deadlines=Deadlines(1, 1, 1, 1, 1),
        is_local=False,
        price=price,
        requests_per_minute=requests_per_minute,
        tokens_per_minute=tokens_per_minute,
    )
