"""The example for nginx works with the product behind it."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.faults.steady import steady_load
from tests.processes import wait_until
from tests.web_server import WebServer
from webapp.settings import ROOT

EXAMPLE = (ROOT / "deploy/nginx/omni-architect.conf").read_text()
NAME = "omni.example.org"
LOGIN = ("ann", "canary-4711")
FORM = {"brief": "A shop.", "kinds": "dockerfile", "models": "blueprint"}
SLOW_CLIENTS = 40  # of 16 threads
MAIN = """
user root;
worker_processes 1;
error_log stderr;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    include {folder}/omni-architect.conf;
}}
"""


class Proxied:
    """The web server with an nginx in front."""

    def __init__(self, web: WebServer, port: int) -> None:
        self.web = web
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.url, auth=LOGIN, headers={"Host": NAME})


@pytest.fixture
def proxied(env: dict[str, str], tmp_path: Path) -> Iterator[Proxied]:
    """As in the example, but for the port, and for the certificate nobody has here."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx is not None
    behind = env | {"OMNI_PROXY_HOPS": "1", "OMNI_ALLOWED_HOSTS": NAME}
    web = WebServer(behind, tmp_path / "web.txt")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    example = EXAMPLE.replace("127.0.0.1:8000", f"127.0.0.1:{web.port}")
    example = example.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    example = example.replace("/etc/nginx", str(tmp_path))
    example = re.sub(r"^ *ssl_.*\n", "", example, flags=re.M)
    (tmp_path / "omni-architect.conf").write_text(example)
    (tmp_path / "omni-architect.htpasswd").write_text(f"{LOGIN[0]}:{{PLAIN}}{LOGIN[1]}\n")
    (tmp_path / "nginx.conf").write_text(MAIN.format(folder=tmp_path))
    command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    proxied = Proxied(web, port)
    try:
        wait_until(lambda: is_listening(port))
        yield proxied
    finally:
        proxied.client.close()
        process.terminate()
        process.wait(30)
        web.kill()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_who_has_the_login_can_use_it_through_nginx(proxied: Proxied) -> None:
    refused = httpx.get(f"{proxied.url}/batches", headers={"Host": NAME})
    assert refused.status_code == 401
    assert proxied.client.get("/batches").status_code == 200
    # As a browser says it; a name of another is refused although nginx lets it through.
    own, other = {"Origin": f"http://{NAME}"}, {"Origin": "http://evil.test"}
    assert proxied.client.post("/batches", data=FORM, headers=own).status_code == 303
    assert proxied.client.post("/batches", data=FORM, headers=other).status_code == 403
    assert proxied.client.get("/batches", headers={"Host": "evil.test"}).status_code == 400
    claimed = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
    answer = proxied.client.get("/batches", headers=claimed)
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


def test_slow_clients_of_nginx_hold_no_thread(proxied: Proxied) -> None:
    own = {"Origin": f"http://{NAME}"}
    request = proxied.client.build_request("POST", "/batches", data=FORM, headers=own)
    next(httpx.BasicAuth(*LOGIN).auth_flow(request))
    lines = (f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"POST /batches HTTP/1.1\r\n{''.join(lines)}\r\n".encode()
    sockets = [socket.create_connection(("127.0.0.1", proxied.port)) for _ in range(SLOW_CLIENTS)]
    try:
        for slow in sockets:
            slow.sendall(head + b"brief=")  # and the rest never comes
        for _ in range(20):
            assert proxied.client.get("/batches", timeout=10).status_code == 200
    finally:
        for slow in sockets:
            slow.close()


def test_reloads_behind_nginx_fail_no_request(proxied: Proxied) -> None:
    request = next(httpx.BasicAuth(*LOGIN).auth_flow(httpx.Request("GET", proxied.url)))
    more = f"Host: {NAME}\r\nAuthorization: {request.headers['Authorization']}\r\n"
    with steady_load(proxied.url, more) as counted:
        for _ in range(5):
            proxied.web.reload()
            wait_until(partial(counted.has, counted.answered + 300))
    assert counted.failed == []
