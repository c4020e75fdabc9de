"""Addresses."""

from django.http import JsonResponse
from django.urls import path
from posts import views


def health(request):
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("", views.index),
    path("health/", health),
]
