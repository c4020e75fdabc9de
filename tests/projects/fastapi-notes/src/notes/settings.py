"""Settings, from the environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """What the application has to be told."""

    mongodb_uri: str
    api_token: str
    log_level: str = "info"
