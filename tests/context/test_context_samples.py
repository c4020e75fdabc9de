"""The facts of some sample projects with their places, written down from reading them."""

from pathlib import Path

import pytest

from webapp.context import read_directory
from webapp.settings import ROOT

SAMPLES = ROOT / "tests" / "projects"
FLASK_SHOP = """
language python requirements.txt:1
version 3.12 .python-version:1
framework flask requirements.txt:1
installer pip requirements.txt:1
manifest requirements.txt requirements.txt:1
entry wsgi:app Procfile:1
start gunicorn --bind 0.0.0.0:$PORT --workers 2 wsgi:app Procfile:1
port 8000 wsgi.py:10
health /healthz shop/health.py:8
static shop/static/ shop/static/shop.css:1
env PORT Procfile:1
env SECRET_KEY shop/config.py:20
env DATABASE_URL shop/config.py:21
env REDIS_URL shop/config.py:22
env SHOP_CURRENCY shop/config.py:23
service postgresql requirements.txt:3
service redis requirements.txt:4
name flask-shop upload:1
"""
DJANGO_BLOG = """
language python requirements.txt:1
version 3.13.1 runtime.txt:1
framework django requirements.txt:1
installer pip requirements.txt:1
manifest requirements.txt requirements.txt:1
entry blog.wsgi:application blog/wsgi.py:8
port 8000 requirements.txt:1
health /health/ blog/urls.py:15
migrations python manage.py migrate manage.py:1
static python manage.py collectstatic --noinput blog/settings.py:29
static staticfiles/ blog/settings.py:29
env DJANGO_SECRET_KEY blog/settings.py:7
env DJANGO_DEBUG blog/settings.py:8
env DJANGO_ALLOWED_HOSTS blog/settings.py:9
env DB_NAME blog/settings.py:21
env DB_USER blog/settings.py:22
env DB_PASSWORD blog/settings.py:23
env DB_HOST blog/settings.py:24
env DB_PORT blog/settings.py:25
service postgresql requirements.txt:3
name django-blog upload:1
"""
FASTAPI_NOTES = """
name fastapi-notes pyproject.toml:2
language python pyproject.toml:1
version 3.13 .python-version:1
framework fastapi pyproject.toml:7
installer uv pyproject.toml:16
manifest pyproject.toml pyproject.toml:1
entry notes.main:app src/notes/main.py:12
port 8080 src/notes/main.py:40
health /health src/notes/main.py:26
env PORT src/notes/main.py:40
env MONGODB_URI src/notes/settings.py:9
env API_TOKEN src/notes/settings.py:10
env LOG_LEVEL src/notes/settings.py:11
service mongodb pyproject.toml:9
"""
POETRY_WORKER = """
name thumbnail-worker pyproject.toml:2
language python pyproject.toml:1
version 3.12 pyproject.toml:9
installer poetry pyproject.toml:1
manifest pyproject.toml pyproject.toml:1
start celery --app worker.tasks worker --loglevel INFO Procfile:1
env CELERY_BROKER_URL worker/tasks.py:9
env THUMBNAIL_DIR worker/tasks.py:10
service redis pyproject.toml:12
"""
EXPRESS_API = """
name express-api package.json:2
language node package.json:1
version 22 package.json:9
framework express package.json:18
installer npm package-lock.json:1
manifest package.json package.json:1
entry server.js package.json:12
start node server.js package.json:12
port 3000 server.js:7
health /health app.js:11
env LOG_LEVEL server.js:6
env PORT server.js:7
env REDIS_URL server.js:9
service redis package.json:21
"""
NEXT_SITE = """
name @studio/next-site package.json:2
language node package.json:1
version 22 package.json:7
framework next package.json:16
installer pnpm package.json:5
manifest package.json package.json:1
start next start --port 3000 package.json:12
port 3000 package.json:12
health /api/health app/api/health/route.js:1
static pnpm run build package.json:11
static .next/ package.json:11
env RELEASE app/api/health/route.js:2
"""
NODE_SCRIPT = """
name node-script package.json:2
language node package.json:1
installer npm package.json:1
manifest package.json package.json:1
entry index.js package.json:5
env FEED_URL index.js:1
"""
TABLES = {
    "flask-shop": FLASK_SHOP,
    "django-blog": DJANGO_BLOG,
    "fastapi-notes": FASTAPI_NOTES,
    "poetry-worker": POETRY_WORKER,
    "express-api": EXPRESS_API,
    "next-site": NEXT_SITE,
    "node-script": NODE_SCRIPT,
}


def facts_of(folder: Path) -> list[str]:
    found = read_directory(folder).applications[0].facts.found
    return [f"{fact.name} {fact.value} {fact.path}:{fact.line}" for fact in found]


@pytest.mark.parametrize("name", TABLES)
def test_a_sample_says_what_a_reader_finds_in_it(name: str) -> None:
    assert facts_of(SAMPLES / name) == TABLES[name].strip().splitlines()
