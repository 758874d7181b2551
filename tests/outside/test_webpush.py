"""Web Push by its documents' own examples, and to a push service of our own; never to where it must not reach."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from webchat.errors import Malformed
from webchat.outside import webpush
from webchat.outside.push import Subscription, base64_of, checked, unbase64

TEXT = "V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24"
READER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
"""Those of RFC 8291, section 5."""
CONTACT = "mailto:ops@chat.example"


class Browser:
    """What a browser holds, and can read."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"
        self.public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def at(self, endpoint: str) -> Subscription:
        return Subscription(endpoint, base64_of(self.public), base64_of(self.auth))

    def read(self, body: bytes) -> bytes:
        salt, length = body[:16], body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        seed = webpush._derived(self.auth, shared, b"WebPush: info\0" + self.public + sender, 32)
        cipher = AESGCM(webpush._derived(salt, seed, b"Content-Encoding: aes128gcm\0", 16))
        text = cipher.decrypt(webpush._derived(salt, seed, b"Content-Encoding: nonce\0", 12), record, None)
        assert text.endswith(b"\2")
        return text[:-1]


class Service(ThreadingHTTPServer):
    """A push service: keeps what it is sent, and answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.status = 201
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.heard = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Door(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"why")
        self.server.heard.set()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.01,))
        thread.start()
        yield service
        service.shutdown()
        thread.join()


def test_the_example_of_rfc_8291() -> None:
    found = webpush.encrypted(unbase64(TEXT), unbase64(READER), unbase64(AUTH), KEY, unbase64(SALT))
    assert base64_of(found) == BODY


def test_no_two_are_encrypted_alike_and_both_are_read() -> None:
    browser = Browser()
    one, other = (webpush.encrypted(b"Hello", browser.public, browser.auth) for _ in range(2))
    assert one != other
    assert browser.read(one) == browser.read(other) == b"Hello"


def test_who_sends_is_signed_as_rfc_8292_says() -> None:
    sender = webpush.Sender(webpush.new_key(), CONTACT)
    scheme, _space, told = sender.authorization("https://push.example", 1_000_000).partition(" ")
    values = dict(part.split("=", 1) for part in told.split(", "))
    head, claims, signature = values["t"].split(".")
    assert (scheme, json.loads(unbase64(head))) == ("vapid", {"typ": "JWT", "alg": "ES256"})
    assert json.loads(unbase64(claims)) == {"aud": "https://push.example", "exp": 1_043_200, "sub": CONTACT}
    numbers = unbase64(signature)
    signed = utils.encode_dss_signature(int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64(values["k"]))
    key.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


def test_a_push_service_is_sent_what_only_the_browser_reads(service: Service) -> None:
    browser, sender = Browser(), webpush.Sender(webpush.new_key(), CONTACT, [service.host])
    answer = sender.send(browser.at(f"http://{service.host}/send/42?a=b"), b"Backup done", 1, {"TTL": "60"})
    assert answer.is_done
    [(path, headers, body)] = service.got
    assert (path, headers["ttl"], headers["content-encoding"]) == ("/send/42?a=b", "60", "aes128gcm")
    assert headers["authorization"].startswith("vapid t=")
    assert b"Backup" not in body
    assert browser.read(body) == b"Backup done"


@pytest.mark.parametrize(("status", "gone"), [(404, True), (410, True), (403, False), (429, False), (500, False)])
def test_what_a_push_service_says_is_told(service: Service, status: int, gone: bool) -> None:
    service.status = status
    sender = webpush.Sender(webpush.new_key(), CONTACT, [service.host])
    answer = sender.send(Browser().at(f"http://{service.host}/"), b"x", 1, {})
    assert (answer.status, answer.why, answer.is_gone, answer.is_done) == (status, "why", gone, False)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://10.0.0.5:8080/a.google.com/",
        "https://10.0.0.5/fcm.googleapis.com",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f000001/",
        "https://localhost/",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@10.0.0.5/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com.example/x",
        "https://xfcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@evil.example/",
        "file:///etc/passwd",
        "ftp://127.0.0.1:9/",
        "https://[::1",
        "",
    ],
)
def test_nothing_else_is_ever_asked(endpoint: str, service: Service) -> None:
    with pytest.raises(Malformed):
        checked(endpoint, [])
    sender = webpush.Sender(webpush.new_key(), CONTACT)
    assert sender.send(Browser().at(endpoint), b"x", 1, {}).status == 0


def test_a_known_name_that_leads_home_is_not_followed(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    def lookup(host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in ("142.250.0.1", "127.0.0.1")]

    monkeypatch.setattr("socket.getaddrinfo", lookup)
    sender = webpush.Sender(webpush.new_key(), CONTACT)
    answer = sender.send(Browser().at("https://fcm.googleapis.com/x"), b"x", 1, {})
    assert (answer.status, answer.why) == (0, "This is not the address of a push service that is known here.")


def test_each_address_of_a_service_is_tried(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    def lookup(host: str, port: int, *_more: Any, **_others: Any) -> list[Any]:
        found = ("127.0.0.2", "127.0.0.1") if host == "push.lan" else (host,)
        return [(2, 1, 6, "", (address, port)) for address in found]

    monkeypatch.setattr("socket.getaddrinfo", lookup)
    sender = webpush.Sender(webpush.new_key(), CONTACT, ["push.lan"])
    answer = sender.send(Browser().at(f"http://push.lan:{service.server_port}/x"), b"x", 1, {})
    assert answer.is_done
    assert service.got[0][1]["host"] == f"push.lan:{service.server_port}"


@pytest.mark.parametrize("endpoint", ["https://fcm.googleapis.com/fcm/x", "https://web.push.apple.com/x"])
def test_the_services_of_browsers_are_known(endpoint: str) -> None:
    assert checked(endpoint, []).hostname


def test_what_is_no_key_is_told_and_not_raised(service: Service) -> None:
    sender = webpush.Sender(webpush.new_key(), CONTACT, [service.host])
    for p256dh, auth in (("AAAA", "AAAA"), ("é", "é"), (READER, "AAAA"), ("A" * 87, AUTH)):
        assert sender.send(Subscription(f"http://{service.host}/", p256dh, auth), b"x", 1, {}).status == 0
    assert service.got == []
