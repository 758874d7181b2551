"""The API as a program asks it: each request is sent until it is answered."""

import json
import random
import re
import secrets
import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT = 15.0
LONGEST_WAIT = 10.0
"""Seconds between two tries, at most."""
LOST = (OSError, HTTPException)
"""What a request hears where nobody answers."""
SILENT = (429, 502, 503, 504)
"""What is answered where nobody could, for now."""
_SIGNS = re.compile(r"[\x21-\x7e]+")
_WRITTEN = "/?=&%~"
"""What a path that is written out keeps as it is."""


class Problem(Exception):
    """The server said no: ``status`` and ``reason`` are for programs, the message is a sentence for people."""

    def __init__(self, status: int, detail: str, reason: str = "", after: float = 0) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.after = after


class Door:
    """Requests, each sent until it is answered. Raises ValueError for what is no address of a server, or no token."""

    def __init__(self, url: str, token: str, patience: float) -> None:
        self.url = _checked(url.strip()).rstrip("/")
        if not _SIGNS.fullmatch(token := token.strip()):
            raise ValueError("This is no token. One has letters, digits and signs of ASCII, and no spaces.")
        self.headers = {"Authorization": f"Bearer {token}"}
        self._patience = patience
        self._opener = build_opener(_NoRedirects)

    def call(self, method: str, path: str, fields: dict[str, Any] | None = None, key: str = "") -> Any:
        """The JSON that is answered, or None. Raises Problem, or OSError where nobody answered for long."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = key or secrets.token_urlsafe(16)
        text = self._answer(method, path, None if fields is None else json.dumps(fields).encode(), headers)
        return json.loads(text) if text else None

    def send_file(self, path: str, name: str, data: bytes) -> Any:
        """The JSON that is answered to a file. One whose answer was lost is sent again; the first goes after a day."""
        boundary = secrets.token_hex(16)
        for sign in '"\r\n':  # as browsers write it
            name = name.replace(sign, f"%{ord(sign):02X}")
        start = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = (
            f"{start}Content-Type: application/octet-stream\r\n\r\n".encode()
            + data
            + f"\r\n--{boundary}--\r\n".encode()
        )
        return json.loads(
            self._answer("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        )

    def fetch(self, path: str) -> bytes:
        """What is answered, as it is."""
        return self._answer("GET", path, None, {})

    def _answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        url = f"{self.url}/api/v1{quote(path, _WRITTEN)}"
        request = Request(url, body, self.headers | headers, method=method)  # noqa: S310 - the url is the caller's
        until, tries = time.monotonic() + self._patience, 0
        while True:
            tries += 1
            try:
                with self._opener.open(request, timeout=TIMEOUT) as response:
                    return bytes(response.read())
            except HTTPError as error:
                problem = _problem(error)
                wait = problem.after or backoff(tries)
                if problem.status not in SILENT or time.monotonic() + wait > until:
                    raise problem from None
            except LOST as error:
                wait = backoff(tries)
                if time.monotonic() + wait > until:
                    raise OSError(f"{self.url} did not answer: {getattr(error, 'reason', error)}") from error
            time.sleep(wait)


class _NoRedirects(HTTPRedirectHandler):
    """A token is for the server that it was given for, and for no other."""

    def redirect_request(self, *_arguments: Any) -> None:
        """None: the answer is an error then."""


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} is no address of a server. Write it like https://chat.example.")
    return url


def backoff(tries: int) -> float:
    """Seconds to wait after so many tries."""
    return min(LONGEST_WAIT, 0.25 * 2.0 ** min(tries, 10)) * random.uniform(0.5, 1)  # noqa: S311 - so that not all come at once


def _problem(error: HTTPError) -> Problem:
    with error:
        text = error.read(64 * 1024)
    try:
        told = json.loads(text)
        return Problem(error.code, str(told["detail"]), str(told["reason"]), float(told.get("after", 0)))
    except (ValueError, KeyError, TypeError):
        return Problem(error.code, f"The server answered {error.code}.")
