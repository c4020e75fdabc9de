"""The runner: one asyncio loop that claims jobs, calls providers, checks and stores."""
