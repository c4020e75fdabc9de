"""A runner whose loop is held up by something that never comes back."""

import asyncio
import sys
import time

from webapp import logs
from webapp.engine import runner
from webapp.settings import load_settings


async def main() -> int:
    """Work for a second, then stand still."""
    settings = load_settings()
    logs.configure(settings)
    asyncio.get_running_loop().call_later(2, time.sleep, 300)
    return await runner.main(settings)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
