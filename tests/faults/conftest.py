"""The scene of the engine's tests, with processes that are ended the hard way."""

from tests.engine.conftest import env, scene, settings

__all__ = ["env", "scene", "settings"]
