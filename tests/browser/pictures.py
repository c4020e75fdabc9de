"""Pictures of pages with few colours: a third as large, and as good to look at."""

import base64
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

# Text in grey steps has hundreds of colours, of which most are hardly used: each of those becomes
# the nearest of the most frequent ones.
REDUCE = """async ([png, most]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const { width, height } = image;
  const canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const sorted = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const palette = sorted.slice(0, most).map(parts);
  const distance = (a, b) => a.reduce((sum, part, at) => sum + (part - b[at]) ** 2, 0);
  const places = new Map(sorted.map((pixel) => {
    const far = palette.map((colour) => distance(colour, parts(pixel)));
    return [pixel, far.indexOf(Math.min(...far))];
  }));
  const indices = Uint8Array.from(pixels, (pixel) => places.get(pixel));
  return { width, height, palette: palette.flat(), indices: indices.toBase64() };
}"""
COLOURS = 128


def shrink(browser: Browser, paths: Iterable[Path]) -> None:
    """Write screenshots anew, each with a palette of its own; Chromium picks the colours."""
    blank = browser.new_page()
    for path in paths:
        asked = [base64.b64encode(path.read_bytes()).decode(), COLOURS]
        path.write_bytes(_png(blank.evaluate(REDUCE, asked)))
    blank.context.close()


def _png(reduced: dict[str, Any]) -> bytes:
    width, height = reduced["width"], reduced["height"]
    indices = base64.b64decode(reduced["indices"])
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, len(indices), width))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", bytes(reduced["palette"]))
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
