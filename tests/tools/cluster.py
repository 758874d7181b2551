"""Several servers that are one place: PostgreSQL, Redis, nginx before them, all processes of the test's own."""

import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from tests.tools.cable import Cable
from tests.tools.needs import program
from tests.tools.redis import Redis
from tests.tools.server import Server

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; {user}
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  upstream webchat {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ include {proxy}; }}
  }}
}}
"""
PROXY = Path(__file__).parents[2] / "deploy" / "nginx-proxy.conf"
LOSSY = """
import random, signal
from webchat.bus.redis import RedisBus
hears, lossy = RedisBus._take, []
def take(bus, parcel):
    if not lossy or random.random() >= 0.1:
        hears(bus, parcel)
RedisBus._take = take
signal.signal(signal.SIGUSR1, lambda *_: lossy.append(1))
signal.signal(signal.SIGUSR2, lambda *_: lossy.clear())
"""
"""A process that loses a tenth of what it hears between SIGUSR1 and SIGUSR2."""


class Cluster:
    """``count`` servers on one database. The first one's cable to Redis may be pulled out.
    ``front`` is where the proxy is, for those who visit it. ``patch`` is Python that runs in each server before."""

    def __init__(self, folder: Path, store: str, count: int, *options: str, patch: str = "") -> None:
        self.folder = folder
        self.store = store
        self.front = Server(folder / "front")
        self.redis = Redis(folder)
        self.cable = Cable(self.redis.port)
        self._options = options
        self._patch = LOSSY + patch
        self._count = count
        self._open = ExitStack()
        self.nodes: list[Server] = []

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.callback(self.redis.start().kill)
            opening.enter_context(self.cable)
            for number in range(self._count):
                port = self.redis.port if number else self.cable.port
                environ = {
                    "WEBCHAT_STORE": self.store,
                    "WEBCHAT_BUS": f"redis://127.0.0.1:{port}",
                    "WEBCHAT_LIMITS": "off",
                    "WEBCHAT_ORIGINS": self.front.url,
                }
                node = Server(self.folder / f"node-{number}", *self._options, environ=environ, patch=self._patch)
                opening.callback(node.stop)
                self.nodes.append(node.start())
            self._proxy(opening)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def errors(self) -> str:
        """What the servers logged."""
        return "\n".join(node.errors.read_text() for node in self.nodes)

    def _proxy(self, opening: ExitStack) -> None:
        servers = " ".join(f"server 127.0.0.1:{node.port} max_fails=0;" for node in self.nodes)
        settings = self.folder / "nginx.conf"
        user = "user root;" if Path("/").owner() == "root" and self.folder.owner() == "root" else ""
        settings.write_text(
            NGINX.format(folder=self.folder, port=self.front.port, servers=servers, proxy=PROXY, user=user)
        )
        nginx = subprocess.Popen([program("nginx", "/usr/sbin/nginx"), "-c", str(settings)], stderr=subprocess.DEVNULL)
        opening.callback(nginx.wait, 10)
        opening.callback(nginx.terminate)
        for _ in range(10_000):
            assert nginx.poll() is None, (self.folder / "nginx.log").read_text()
            with suppress(OSError), urlopen(f"{self.front.url}/healthz", timeout=5):  # noqa: S310 - our own server
                return
        raise AssertionError("nginx does not answer")
