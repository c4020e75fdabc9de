"""The reading of all settings at the start of a process."""

import os
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from webapp.settings.endpoint_file import NAME, EndpointFile, read_endpoint_file
from webapp.settings.faults import BadSettings, did_you_mean, sentences
from webapp.settings.variables import ENV_FILE, PREFIX, Settings, variable_name


def load_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read the environment, `.env`, and `omni.toml` beside it.

    Raises BadSettings with a sentence for each fault.
    """
    faults = [*_unknown_variables(env_file)]
    settings, file = None, EndpointFile()
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        faults += sentences(error, _place)
    try:
        file = read_endpoint_file(env_file.with_name(NAME), _variables(env_file))
    except BadSettings as error:
        faults.append(str(error))
    if faults or settings is None:
        raise BadSettings("\n".join(faults))
    return settings.with_file(file)


def _variables(env_file: Path) -> dict[str, str]:
    """Every variable; the environment wins where it has more than an empty one."""
    written = dotenv_values(env_file)
    given = {name: text for name, text in os.environ.items() if text}
    return {name: text for name, text in (written | given).items() if text}


def _unknown_variables(env_file: Path) -> Iterator[str]:
    known = {variable_name(field) for field in Settings.model_fields}
    endings = {name.removeprefix(PREFIX): name for name in known}
    given = {name.upper() for name in (*os.environ, *dotenv_values(env_file))}
    for name in sorted(given - known):
        if name.startswith(PREFIX):
            advice = did_you_mean(name.removeprefix(PREFIX), endings, "see the README's table.")
            yield f"{name} is not a setting: {advice}"


def _place(field: str) -> str:
    return variable_name(field) if field in Settings.model_fields else field
