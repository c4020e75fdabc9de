"""Thumbnails, made when a message asks for them."""

import os
from pathlib import Path

from celery import Celery
from PIL import Image

app = Celery("worker", broker=os.environ["CELERY_BROKER_URL"])
FOLDER = Path(os.environ.get("THUMBNAIL_DIR", "/tmp/thumbnails"))


@app.task
def thumbnail(path: str, size: int = 256) -> str:
    """Make a thumbnail no larger than `size` pixels; say where it lies."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / Path(path).name
    with Image.open(path) as image:
        image.thumbnail((size, size))
        image.save(target)
    return str(target)
