"""Every fault, what is expected of it, and the tests that prove it."""

FAULTS: list[tuple[str, str, tuple[str, ...]]] = []
NOT_HERE: dict[str, str] = {}
