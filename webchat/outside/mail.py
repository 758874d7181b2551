"""Sending mail: by the operator's own server, over TLS where it is not on this machine and knows who we are."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

TIMEOUT = 20.0
"""Seconds that a server may take to answer."""
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Answer(NamedTuple):
    """What came of a letter: taken, or not and why; ``is_final`` if it is of no use to try again."""

    is_taken: bool
    why: str = ""
    is_final: bool = False


class Post:
    """A server at ``url``: ``smtp://USER:PASSWORD@HOST:587``, or ``smtps://…``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._is_tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._is_tls else 587)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")

    def send(self, message: EmailMessage) -> Answer:
        """Hand a letter over. It blocks, and raises nothing."""
        try:
            with self._connection() as server:
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            status = max(status for status, _why in error.recipients.values())
            return Answer(False, f"the address was refused with {status}", 500 <= status < 600)
        except smtplib.SMTPResponseException as error:
            return Answer(False, f"the server said {error.smtp_code}")
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Answer(False, type(error).__name__)
        return Answer(True)

    def _connection(self) -> smtplib.SMTP:
        if self._is_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=ssl.create_default_context())
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        try:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            elif self._host not in _LOCAL:
                raise OSError("the server offers no TLS")
        except BaseException:
            server.close()
            raise
        return server
