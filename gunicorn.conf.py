"""gunicorn reads this file by itself when started here: `gunicorn wsgi:app`.

HUP starts new workers with what `.env` and `omni.toml` say then, and lets the old ones finish. New
code needs a new master: the modules are already imported here.
"""

import gc
import os
import signal
import sys
from functools import partial
from typing import Any

from gunicorn import glogging

# Imported before the fork, so that workers share the memory and accept after 0.1 s instead of
# 0.7 s: on a reload the old ones stop at once, and until then requests wait. Importing starts
# nothing; the application with its connections is made in each worker.
import webapp.service
import webapp.web  # noqa: F401
from webapp import logs
from webapp.domain.errors import OmniError
from webapp.settings import BadSettings, load_settings
from webapp.store.database import open_store
from webapp.web.overload import TO_END, Worker

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
worker_class = Worker
logger_class = Logger
loglevel = settings.log_level
# The socket is the master's and outlives a reload: connections wait in its queue while no worker
# accepts. One for each worker (reuse_port) would lose what waits for a worker that ends.
reuse_port = False
backlog = 2048
# A thread is held only while a request is answered, so an idle connection costs next to nothing.
# Pages ask every 1 to 15 s, and nginx keeps a connection for 60 s: it must not be us who closes
# one just when the other side sends on it.
keepalive = 75
# How long requests may go on after a reload or the end, uploads included. `omni serve`, the units
# and the manifests wait longer than that before they kill.
graceful_timeout = 30
# A worker whose loop stands still for this long is replaced. Its loop runs beside the threads, so
# no request, however long, is ended by it.
timeout = 30
# A worker's memory does not grow with requests, so none is replaced for their number: while both
# end, requests would wait for the next.
max_requests = 0
control_socket_disable = True  # it would lie in the home folder, which a service may not have
# A worker touches a file there at every turn of its loop: in memory that holds up no request.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
forwarded_allow_ips = ""  # OMNI_PROXY_HOPS alone says whose X-Forwarded-… is believed


def on_starting(server: Any) -> None:
    """Refuse --preload: database connections must not be carried over a fork.

    And find out once, not in each worker, whether the database can be used. What `pre_fork` holds
    is let through here, once for all reloads, as soon as a worker is forked.
    """
    if server.cfg.preload_app:
        sys.exit("gunicorn's --preload is not for this application: leave it out.")
    try:
        open_store(settings.database).close()
    except OmniError as error:
        sys.exit(error.sentence)
    os.register_at_fork(after_in_parent=partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, TO_END))


def pre_fork(server: Any, worker: Any) -> None:
    """Hold what tells a process to end: the worker would lose it until it listens to signals.

    The end of the server would then take all of `graceful_timeout`.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, TO_END)


def post_worker_init(worker: Any) -> None:
    """Leave what was imported out of collections: it stays, and to look at it takes 70 ms."""
    gc.freeze()
