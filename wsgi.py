"""For any WSGI server: `gunicorn wsgi:app`, with `omni runner` beside it."""

from webapp import create_app

app = create_app()
