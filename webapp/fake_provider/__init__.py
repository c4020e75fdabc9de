"""A provider without a model: real HTTP, the wire forms of five, trouble to order."""

from webapp.fake_provider.behaviour import Behaviour, RetryAfter
from webapp.fake_provider.server import FakeProvider

__all__ = ["Behaviour", "FakeProvider", "RetryAfter"]
