"""Settings, from the environment."""

from pathlib import Path

import environ

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = env("CLINIC_SECRET_KEY")
ALLOWED_HOSTS = env.list("CLINIC_HOSTS", default=["localhost"])
DATABASES = {"default": env.db("DATABASE_URL")}
INSTALLED_APPS = ["django.contrib.staticfiles", "django_prometheus", "visits"]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "clinic.urls"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "collected"
