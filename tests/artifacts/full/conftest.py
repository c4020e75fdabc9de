import pytest

from webapp.artifacts.full.tools import Tools, tools_in
from webapp.settings import ROOT


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The extra, which `make test` installs."""
    found = tools_in(ROOT / ".venv-full")
    assert found is not None
    return found
