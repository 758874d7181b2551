"""A mail server of a few lines, which keeps what it is given."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from queue import Queue
from typing import Any


class Postbox:
    """Its ``url``, and the letters it took. While ``answer`` is not empty that is said to each recipient."""

    def __init__(self) -> None:
        self.letters: Queue[EmailMessage] = Queue()
        self.to: list[str] = []
        self.answer = ""
        self.url = ""

    def next(self) -> EmailMessage:
        return self.letters.get(timeout=20)


@contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().decode().strip():
                word = line[:4].upper()
                if word == "QUIT":
                    self._say("221 bye")
                    return
                if word == "DATA":
                    self._say("354 go on")
                    self._take()
                elif word == "RCPT":
                    box.to.append(line)
                    self._say(box.answer or "250 ok")
                else:
                    self._say("250 ok")

        def _take(self) -> None:
            text = b""
            while (line := self.rfile.readline()) != b".\r\n":
                text += line.removeprefix(b".")
            found: Any = email.message_from_bytes(text, policy=email.policy.default)
            box.letters.put(found)
            self._say("250 taken")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        box.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
