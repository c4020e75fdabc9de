"""Settings: read once at start from the environment, `.env` and `omni.toml`, validated, frozen."""

from webapp.settings.data_folder import private_folder, secret_key
from webapp.settings.faults import BadSettings
from webapp.settings.load import load_settings
from webapp.settings.values import ROOT, ollama_url
from webapp.settings.variables import LOOPBACK, CrashPoint, Settings, variable_name

__all__ = [
    "LOOPBACK",
    "ROOT",
    "BadSettings",
    "CrashPoint",
    "Settings",
    "load_settings",
    "ollama_url",
    "private_folder",
    "secret_key",
    "variable_name",
]
