"""gunicorn reads this file by itself when started here: `gunicorn wsgi:app`."""

import gc
import os
import sys
from typing import Any

from gunicorn import glogging

from webapp import logs
from webapp.settings import BadSettings, load_settings

try:
    settings = load_settings()
except BadSettings as error:
    sys.exit(str(error))


class Logger(glogging.Logger):
    """Writes into our log instead of one of its own."""

    def setup(self, cfg: Any) -> None:
        """Let the root logger's handlers write what gunicorn says."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logs.configure(settings)
host = f"[{settings.host}]" if ":" in settings.host else settings.host
bind = f"{host}:{settings.port}"
workers = settings.web_workers
threads = settings.web_threads
worker_class = "gthread"
logger_class = Logger
loglevel = settings.log_level
control_socket_disable = True
# A worker touches a file there at every turn of its loop: in memory that holds up no request.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
forwarded_allow_ips = ""  # OMNI_PROXY_HOPS alone says whose X-Forwarded-… is believed


def post_worker_init(worker: Any) -> None:
    """Leave what was imported out of collections: it stays, and to look at it takes 70 ms."""
    gc.freeze()
