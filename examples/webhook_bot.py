"""A bot that is called: ``WEBCHAT_SECRET=whsec_… python examples/webhook_bot.py 9000``, at ``http://localhost:9000``.

Make a bot with the command ``/roll`` for that address under ``/admin/bots``, on a server with
``WEBCHAT_HOOK_HOSTS=localhost:9000``. It needs nothing but Python.
"""

import base64
import hmac
import json
import os
import random
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OLDEST = 5 * 60
"""Seconds after which a call is not believed: somebody may have kept it."""
LONGEST = 256 * 1024


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether a call comes from who has the secret, just now."""
    number, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (at.isascii() and at.isdigit()) or abs(now - int(at)) > OLDEST:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = base64.b64encode(hmac.digest(key, f"{number}.{at}.".encode() + body, "sha256")).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(f"v1,{signed}".encode(), one.encode()) for one in given)


def answer(told: dict[str, Any]) -> dict[str, str]:
    """What the bot says to a command; an empty object for nothing. What it says is for all, unless it is wrong."""
    if told["type"] != "command.used":
        return {}
    data = told["data"]
    sides = data["text"] or "6"
    if not (sides.isascii() and sides.isdigit() and 0 < int(sides[:4]) == int(sides)):
        return {"text": "Say how many sides: /roll 20", "response_type": "ephemeral"}
    return {"text": f"{data['user']['title']} rolls {random.randint(1, int(sides))}."}  # noqa: S311 - a game


class Door(BaseHTTPRequestHandler):
    """Answers calls that are genuine."""

    def do_POST(self) -> None:
        """Answer one call."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(max(0, min(int(headers.get("content-length", "0")), LONGEST)))
        if not is_genuine(os.environ["WEBCHAT_SECRET"], headers, body, time.time()):
            self.send_error(401)
            return
        said = json.dumps(answer(json.loads(body))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


if __name__ == "__main__":
    try:
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)
