"""Web Push: a payload that only one browser can read (RFC 8291), a signature that says who sends it (RFC 8292), and a
request to nothing but a push service (RFC 8030)."""

import hmac
import http.client
import json
import secrets
import socket
import ssl
from collections.abc import Collection, Sequence
from contextlib import suppress
from urllib.parse import SplitResult

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from webchat.errors import Malformed
from webchat.outside import guard
from webchat.outside.push import NO_SERVICE, Answer, Subscription, base64_of, checked, unbase64

PATIENCE = 5.0
"""Seconds that a push service may take."""
RECORD = 4096
_CURVE = ec.SECP256R1()


class Sender:
    """Sends on behalf of one place: ``key`` is its private number, ``contact`` who may be asked about it, ``trusted``
    are hosts, perhaps with a port, that the operator names besides those that are known."""

    def __init__(self, key: str, contact: str, trusted: Collection[str] = ()) -> None:
        self._key = ec.derive_private_key(int.from_bytes(unbase64(key), "big"), _CURVE)
        self._contact = contact
        self._trusted = frozenset(trusted)
        self.public = base64_of(_point(self._key))

    def send(self, to: Subscription, payload: bytes, at: int, headers: dict[str, str]) -> Answer:
        """Push a payload, at a time in seconds. Blocks as long as the service lets it, and raises nothing."""
        try:
            parts = checked(to.endpoint, self._trusted)
            body = encrypted(payload, unbase64(to.p256dh), unbase64(to.auth))
            signed = {"Authorization": self.authorization(f"{parts.scheme}://{parts.netloc}", at)}
            connection = self._connection(parts)
            try:
                path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                connection.request("POST", path, body, {**headers, **signed, "Content-Encoding": "aes128gcm"})
                answer = connection.getresponse()
                return Answer(answer.status, answer.read(500).decode(errors="replace"))
            finally:
                connection.close()
        except (Malformed, OSError, ValueError, UnsupportedAlgorithm, http.client.HTTPException) as error:
            return Answer(0, str(error) or type(error).__name__)

    def authorization(self, audience: str, at: int) -> str:
        """What says who sends it, to one service, for twelve hours."""
        claims = {"aud": audience, "exp": at + 12 * 3600, "sub": self._contact}
        parts = [base64_of(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
        signature = self._key.sign(".".join(parts).encode(), ec.ECDSA(hashes.SHA256()))
        numbers = b"".join(number.to_bytes(32, "big") for number in utils.decode_dss_signature(signature))
        return f"vapid t={'.'.join(parts)}.{base64_of(numbers)}, k={self.public}"

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        assert parts.hostname
        trusted = guard.is_trusted(parts, self._trusted)
        addresses = guard.reachable(parts.hostname, guard.port_of(parts), trusted, NO_SERVICE)
        return _Direct(parts.hostname, addresses, parts.scheme == "https")


class _Direct(http.client.HTTPConnection):
    """A connection to the first of the very addresses that were checked; by TLS the certificate is that of the name."""

    def __init__(self, host: str, addresses: Sequence[tuple[str, int]], is_tls: bool) -> None:
        super().__init__(host, addresses[0][1], timeout=PATIENCE)
        self._addresses = addresses
        self._is_tls = is_tls
        if is_tls:
            self.default_port = http.client.HTTPS_PORT  # which the Host header does not name

    def connect(self) -> None:
        """Connect. No proxy is asked, and the name is not looked up again."""
        plain = _connected(self._addresses)
        if self._is_tls:
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        self.sock = plain


def _connected(addresses: Sequence[tuple[str, int]]) -> socket.socket:
    """A connection to the first that takes one."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return _patient(socket.create_connection(address, PATIENCE / len(addresses)))
    return _patient(socket.create_connection(addresses[-1], PATIENCE / len(addresses)))


def _patient(made: socket.socket) -> socket.socket:
    made.settimeout(PATIENCE)
    return made


def encrypted(payload: bytes, reader: bytes, auth: bytes, key: str = "", salt: bytes = b"") -> bytes:
    """The payload as only the browser with this public key and secret can read it. ``key`` and ``salt`` are made up
    unless given. Raises ValueError for what is no key."""
    if len(auth) != 16:
        raise ValueError("the secret of a subscription has 16 bytes")
    pair = (
        ec.derive_private_key(int.from_bytes(unbase64(key), "big"), _CURVE) if key else ec.generate_private_key(_CURVE)
    )
    salt = salt or secrets.token_bytes(16)
    own = _point(pair)
    shared = pair.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, reader))
    seed = _derived(auth, shared, b"WebPush: info\0" + reader + own, 32)
    cipher = AESGCM(_derived(salt, seed, b"Content-Encoding: aes128gcm\0", 16))
    record = cipher.encrypt(_derived(salt, seed, b"Content-Encoding: nonce\0", 12), payload + b"\2", None)
    return salt + RECORD.to_bytes(4, "big") + bytes((len(own),)) + own + record


def new_key() -> str:
    """A private number for a place, to be kept for ever."""
    return base64_of(ec.generate_private_key(_CURVE).private_numbers().private_value.to_bytes(32, "big"))


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF of one block."""
    extracted = hmac.digest(salt, secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")[:length]
