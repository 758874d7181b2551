"""A page of another site with a film, over which what is said flies; and the film's server."""

import json
import random
import re
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Page

from webchat.web.assets import STATIC

Comment = tuple[int, str, str, str, int, str]
"""t, mode, color, text, id, by: as danmaku.json has it."""
SECONDS = 200
MODES = ("scroll", "scroll", "scroll", "scroll", "reverse", "top", "bottom")
PAGE = """<!doctype html><meta charset=utf-8><title>A film</title>
<style>* { margin: 0 } body { background: #245 }</style>
<web-danmaku site=blog room=film %s>
<video muted style="height: 360px; background: linear-gradient(#345, #aa8)"></video></web-danmaku>
<script type=module src=danmaku.js></script>"""
FETCHES = """
window.pending = 0;
const real = window.fetch;
window.fetch = async (...what) => {
  pending += 1;
  try {
    const answer = await real(...what);
    await answer.clone().text();
    return answer;
  } finally { pending -= 1; }
};
// All that was asked for is there and seen to.
window.settled = async () => {
  const frame = () => new Promise(requestAnimationFrame);
  do await frame(); while (pending);
  await frame();
};
"""
SCRIPT = """
window.host = document.querySelector('web-danmaku');
window.video = host.querySelector('video');
window.spans = () => [...host.shadowRoot.querySelectorAll('span')];
// Where a comment of the mode "scroll" has to be, and is, at this moment.
window.course = (t) => {
  const { left, width } = spans()[0].getBoundingClientRect();
  return { at: video.currentTime, left, due: 800 - (video.currentTime * 1000 - t) / 8000 * (800 + width) };
};
window.frames = async (count) => { for (let i = 0; i < count; i += 1) await new Promise(requestAnimationFrame); };
window.tell = (what) => {
  const detail = { site: 'blog', room: 'film', ...what };
  video.dispatchEvent(new CustomEvent('webchat', { bubbles: true, detail }));
};
// A film whose clock is turned by hand.
window.turn = (seconds) => { window.clock = seconds; video.dispatchEvent(new Event('timeupdate')); };
window.by_hand = () => {
  window.clock = 0;
  Object.defineProperty(video, 'currentTime', { get: () => clock });
  Object.defineProperty(video, 'readyState', { get: () => 4 });
};
// Pairs of comments that cover each other now.
window.overlaps = () => {
  const boxes = spans().map((span) => span.getBoundingClientRect());
  const less = (a, b) => a < b - .1;
  const beside = (a, b) => less(a.left, b.right) && less(b.left, a.right);
  const level = (a, b) => less(a.top, b.bottom) && less(b.top, a.bottom);
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => beside(a, b) && level(a, b))).length;
};
"""


def film(seconds: int = SECONDS) -> bytes:
    """Silence, that a <video> plays."""
    data = b"\x80" * (seconds * 3000)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 3000, 3000, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


class Site:
    """A web site of somebody else, and what was asked of it."""

    def __init__(self, url: str, comments: Sequence[Comment]) -> None:
        self.url = url
        self.comments = list(comments)
        self.attributes = ""
        self.asked: list[int] = []

    def answer(self, path: str) -> tuple[str, bytes]:
        """What is at a path."""
        if path == "/":
            return "text/html", (PAGE % self.attributes).encode()
        if path == "/danmaku.js":
            return "text/javascript", (STATIC / "embed" / "danmaku.js").read_bytes()
        if path == "/film.wav":
            return "audio/wav", film()
        if path in ("/heatmap.js", "/stream.js"):
            return "text/javascript", (STATIC / "embed" / path[1:]).read_bytes()
        if path == "/embed/blog/film/danmaku.json":
            return "application/json", json.dumps({"step": 50_000, "counts": [1, 4, 0, 2]}).encode()
        if asked := re.fullmatch(r"/embed/blog/film/danmaku\.json\?s=(\d+)", path):
            self.asked.append(number := int(asked[1]))
            found = [one for one in self.comments if one[0] // 60_000 == number]
            return "application/json", json.dumps(found).encode()
        return "text/plain", b""


@contextmanager
def showing(comments: Sequence[Comment] = ()) -> Iterator[Site]:
    """Such a site."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # with one connection for all, none is reset while the machine is busy

        def do_GET(self) -> None:
            kind, body = site.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Nothing of it is of interest."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}", comments)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()


def watch(page: Page, site: Site, attributes: str = "", by_hand: bool = False) -> None:
    """Open the page and load the film, or one whose clock is turned by hand."""
    site.attributes = attributes
    page.add_init_script(FETCHES)
    page.goto(site.url)
    page.evaluate("customElements.whenDefined('web-danmaku')")
    page.evaluate(SCRIPT)
    if by_hand:
        page.evaluate("by_hand()")
    else:
        page.evaluate("""async () => {
            const film = await (await fetch('film.wav')).blob();
            video.src = URL.createObjectURL(film);
            await new Promise((done) => video.addEventListener('canplaythrough', done, { once: true }));
        }""")
    page.evaluate("settled()")


def said(t: int, text: str, number: int = 0, mode: str = "scroll", color: str = "#ffffff", by: str = "Ann") -> Comment:
    return (t, mode, color, text, number or t, by)


def many(count: int, until: int) -> list[Comment]:
    dice = random.Random(7)  # noqa: S311 - a test's
    words = ("wow", "哈哈哈哈", "what a long sentence this one is, nobody ends it", "gg", "no!", "مرحبا", "🎉🎉")
    times = sorted(dice.randrange(until) for _ in range(count))
    return [said(t, dice.choice(words), n + 1, dice.choice(MODES)) for n, t in enumerate(times)]
