"""A free prompt: whatever comes is the one file, and nobody checks it."""

from webapp.artifacts.base import Kind

KIND = Kind(
    name="text",
    title="Text",
    expected=("answer.md",),
    max_tokens=8_000,
    version=1,
    instructions="",
    check=None,
    blueprint=None,
)
