"""Entry point: `gunicorn wsgi:app`, or `python wsgi.py` while developing."""

import os

from shop import create_app

app = create_app()

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
