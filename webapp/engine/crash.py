"""Points at which a fault test lets the runner die, as `kill -9` or a power cut would.

At `after_file_rename` it is the helper that keeps results in files which dies.
"""

import os
import signal

from webapp.settings import CrashPoint


class Crash:
    """Ends the process at one named point; without a name nothing ever happens."""

    def __init__(self, point: CrashPoint | None) -> None:
        self._point = point

    def at(self, point: CrashPoint) -> None:
        """Say that a point is reached."""
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)
