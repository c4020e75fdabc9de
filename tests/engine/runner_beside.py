"""A runner that reads the `omni.toml` it is told of, and not the one of this folder."""

import asyncio
import sys
from pathlib import Path

from webapp import logs
from webapp.engine import runner
from webapp.settings import load_settings

if __name__ == "__main__":
    settings = load_settings(Path(sys.argv[1]).with_name(".env"))
    logs.configure(settings)
    sys.exit(asyncio.run(runner.main(settings)))
