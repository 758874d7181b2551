"""Requests that no page of ours sends: forms that are none, numbers and names that cannot be, cookies of one's own."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse

import pytest

from tests.stories.conftest import Place, is_a_sentence, refused, signed_in
from tests.tools.clients import Visit
from tests.tools.server import Server

URLENCODED = "application/x-www-form-urlencoded"
HEADERS: list[dict[str, str]] = [{}, {"HX_Request": "true"}]


def ask(place: Place, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[HTTPResponse, str]:
    """What answers Bob's request, nothing added and nothing followed."""
    line = HTTPConnection("127.0.0.1", place.server.port, timeout=20)
    own = {"Cookie": place.bob.cookie, "Origin": place.server.url}
    line.request(method, path, body, {**own, **{name.replace("_", "-"): value for name, value in headers.items()}})
    response = line.getresponse()
    text = response.read().decode()
    line.close()
    return response, text


def part(name: str, value: bytes = b"x", more: str = "") -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


def parts(*names: str, value: bytes) -> bytes:
    return b"".join(part(name, value) for name in names) + b"--x--\r\n"


EVERY = ("do", "cid", "room", "name", "guest", "password", "place", "next", "lang", "theme")
NO_FORMS: list[tuple[str, bytes, int]] = [
    ("multipart/form-data; boundary=x", b"garbage", 400),
    ("multipart/form-data", b"--x", 400),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n", 400),
    ("multipart/form-data; boundary=x", b"".join(part(f"f{n}") for n in range(1_100)) + b"--x--\r\n", 400),
    ("multipart/form-data; boundary=x", part("do", more='; filename="a"') + b"--x--\r\n", 400),
    ("multipart/form-data; boundary=x; charset=undefined", parts(*EVERY, value=b"\xff"), 400),
    ("multipart/form-data; boundary=x; charset=unicode_escape", parts(*EVERY, value=b"\\ud800" * 12), 400),
    ("multipart/form-data; boundary=x; charset=utf-7", parts(*EVERY, value=b"+2AA-" * 12), 400),
    (URLENCODED, b"&".join(b"f%d=x" % n for n in range(2_000)), 400),
    (URLENCODED, b"do=%ff%fe&%ff=1", 400),
    (URLENCODED, b"do=%ED%A0%80", 400),
    (URLENCODED, b"", 400),
    ("application/json", b'{"do":"post-message","room":"lobby","body":"x","cid":"0123456789abcdef"}', 400),
    ("text/plain", b"do=post-message", 400),
    (URLENCODED, b"body=" + b"x" * (128 * 1024), 413),
]


@pytest.mark.parametrize(("kind", "body", "status"), NO_FORMS, ids=range(len(NO_FORMS)))
def test_what_is_no_form_is_refused_in_words(place: Place, kind: str, body: bytes, status: int) -> None:
    before = place.facts()
    response, text = ask(place, "POST", "/do", body, Content_Type=kind, Accept="application/json")
    assert response.status == status, text
    assert status == 413 or is_a_sentence(text.partition('"why":"')[2].rpartition('"')[0]), text
    for path in ("/do", "/sign-in", "/settings"):
        response, text = ask(place, "POST", path, body, Content_Type=kind)
        assert response.status in (303, 400, 403, 413), (path, text)
        assert path != "/do" or response.status == status
        assert "no such page" not in text
    assert place.facts() == before


@pytest.mark.parametrize("number", ["0", "-1", "99999", "9" * 16, "9" * 20, "9" * 5_000, "²", "%00", "1e3", "x"])
def test_a_message_that_cannot_be_is_not_there(place: Place, number: str) -> None:
    path = f"/rooms/lobby/m/{number}".replace("²", "%C2%B2")
    for headers in HEADERS:
        response, text = ask(place, "GET", path, b"", **headers)
        assert response.status == 404
        assert "There is no such" in text
    form = {"do": "edit-message", "message": number, "body": "x", "based": "1", "cid": "0123456789abcdef"}
    for sent in (form, {**form, "do": f"edit-message:{number}", "message": ""}):
        assert refused(place.bob, "/do", sent, "text/html")[0] in (400, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/rooms/%2e%2e",
        "/rooms/a%2Fb",
        "/rooms/lobby%00",
        "/rooms/%ED%A0%80",
        "/rooms/~2.4",
        "/rooms/team",
        "/static/x/..%2f..%2fapp.py",
        "/static/x/../../app.py",
        "/direct/%00",
        "/direct/..",
        "/" + "x" * 5000,
        "/rooms/team/m/1",
        "/rooms/team?before=9",
        "/rooms/team?around=1",
        "/rooms/~2.4?after=0",
        "/rooms/team/m/9",
    ],
)
def test_a_path_that_leads_nowhere(place: Place, path: str) -> None:
    for headers in HEADERS:
        response, text = ask(place, "GET", path, b"", **headers)
        assert response.status == 404
        assert "Traceback" not in text


@pytest.mark.parametrize("slug", ["LOBBY", "Lobby", "%EF%BC%AC%EF%BC%AF%EF%BC%A2%EF%BC%A2%EF%BC%B9", "%20lobby%20"])
def test_a_room_is_the_same_however_its_address_is_written(place: Place, slug: str) -> None:
    response, _text = ask(place, "GET", f"/rooms/{slug}")
    assert (response.status, response.headers["Location"]) == (303, "/rooms/lobby")
    assert ask(place, "GET", f"/rooms/{slug}/m/1")[0].status == 200


PAGES = ["/", "/setup", "/sign-in", "/sign-out", "/rooms", "/rooms/lobby", "/rooms/lobby/m/1", "/direct/ann", "/inbox"]
PAGES += [
    "/settings",
    "/me/bob.css",
    "/do",
    "/do?do=delete-message:5&cid=0123456789abcdef",
    "/settings?lang=zh",
    "/nope",
]


@pytest.mark.parametrize("path", PAGES)
def test_to_look_changes_nothing(place: Place, path: str) -> None:
    before = place.facts()
    for method in ("GET", "HEAD", "OPTIONS"):
        response, _ = ask(place, method, path)
        assert not [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        assert response.status < 500
        assert response.getheader("X-Content-Type-Options") == "nosniff"
        assert "default-src 'none'" in (response.getheader("Content-Security-Policy") or "")
        cached = response.getheader("Cache-Control") or ""
        assert cached == "no-store" or (path.startswith("/me/") and "private" in cached) or cached == ""
    assert place.facts() == before


@pytest.mark.parametrize(
    "where",
    [
        "//evil.test",
        "/\\evil.test",
        "\\/evil.test",
        "/\t/evil.test",
        "\t//evil.test",
        "/\n/evil.test",
        "https:evil.test",
        "https://evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.test",
        "///evil.test",
        "http:///evil.test",
    ],
)
def test_nobody_is_led_away(place: Place, where: str) -> None:
    body = b"lang=en&next=" + "".join(f"%{byte:02x}" for byte in where.encode()).encode()
    response, _ = ask(place, "POST", "/settings", body, Content_Type=URLENCODED)
    to = response.getheader("Location") or ""
    assert response.status == 303
    assert to.startswith("/")
    assert not to.startswith(("//", "/\\", "/\t", "/\n"))


FORGED = "A" * 22 + "." + urlsafe_b64encode(b"Ann").decode()


@pytest.mark.parametrize(
    "cookie",
    ["webchat=x", "webchat=" + "x" * 4_000, 'webchat="\\377\\000"', "webchat=", "webchat=0; webchat=1"]
    + [
        f"webchat-guest={FORGED}.{hmac.new(key, FORGED.encode(), hashlib.sha256).hexdigest()}"
        for key in (b"", b"0" * 32)
    ]
    + [f"webchat-guest={FORGED}.", f"webchat-guest={FORGED}", "webchat-guest=..", "webchat-guest=\xff.\xff"]
    + ["__Host-webchat=x", 'lang=xx; theme="><script>', "lang=" + "x" * 4_000],
)
def test_a_cookie_of_ones_own_making_is_none(place: Place, cookie: str) -> None:
    response, text = ask(place, "GET", "/rooms/lobby", Cookie=cookie)
    assert (response.status, response.getheader("Location")) == (303, "/sign-in?next=/rooms/lobby")
    assert "<script>" not in text


def test_a_session_is_over_when_it_is_over(place: Place) -> None:
    again = place.server.run("user", "passwd", "cat")
    visit = signed_in(place.server, "cat", again.stdout.split()[-1])
    held = visit.cookie
    assert ask(place, "GET", "/inbox", Cookie=held)[0].status == 200
    visit.post("/sign-out", {})
    form = b"do=post-message&room=lobby&body=x&cid=0123456789abcdef"
    assert ask(place, "GET", "/inbox", Cookie=held)[0].status == 303
    before = place.facts()
    assert ask(place, "POST", "/do", form, Cookie=held, Content_Type=URLENCODED)[0].status in (401, 403, 404)
    assert place.facts() == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_somebody_elses_page_does_nothing(place: Place, site: str) -> None:
    before = place.facts()
    for path in ("/do", "/sign-out", "/settings", "/sign-in"):
        body = b"do=post-message&room=lobby&body=x&cid=0123456789abcdef"
        for headers in ({"Origin": "https://evil.test"}, {"Origin": "null"}, {"Origin": "", "Sec_Fetch_Site": site}):
            response, text = ask(place, "POST", path, body, **headers)
            assert (response.status, text) == (403, "This request did not come from a page of ours.")
    assert place.facts() == before


@pytest.fixture
def with_guests(make_server: Callable[..., Server]) -> Server:
    server = make_server()
    server.add_user("ann", "--admin")
    assert server.run("room", "add", "den", "--guests", "write").returncode == 0
    return server.start()


def test_a_guest_takes_no_name_that_reads_as_somebody_elses(make_server: Callable[..., Server]) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"})
    server.add_user("ann")
    server.start()
    taken = ("ann", "Ann", " ANN ", "ａｎｎ", "webchat", "Admin")
    nothing_to_see = (
        "",
        "\u3164",
        "a\u3164",
        "an\u00adn",
        "a\u200bnn",
        "\u2800",
        "\U000e0041x",
        "\u202ex",
        "x" * 41,
        "<b>",
    )
    for name in (*taken, *nothing_to_see):
        status, page = refused(Visit(server), "/sign-in", {"guest": name}, "text/html")
        assert status == (409 if name in taken else 400), ascii(name)
        assert 'role="alert"' in page
    for name in ("Gus", "小明", "Zoë 🙂", "Ann B"):
        Visit(server).post("/sign-in", {"guest": name})


def test_who_drops_the_cookie_is_no_faster_for_it(with_guests: Server) -> None:
    def post() -> bool:
        form = {"do": "post-message", "room": "den", "body": "x", "cid": secrets.token_urlsafe(16)}
        try:
            Visit(with_guests).post("/do", form)
        except OSError:
            return False
        return True

    assert sum(post() for _ in range(250)) < 200


def test_a_stranger_has_nothing_to_mark_as_read(with_guests: Server) -> None:
    form = {"do": "read-notifications", "upto": "5", "cid": "0123456789abcdef"}
    assert refused(Visit(with_guests), "/do", form)[0] == 401


def test_an_answer_is_the_same_when_it_is_asked_for_again(place: Place) -> None:
    form = {"do": "delete-message", "message": str(place.ids["gone"]), "cid": secrets.token_urlsafe(16)}
    assert place.bob.post("/do", form) == place.bob.post("/do", form)
    form = {"do": "join-room", "room": "lobby", "cid": secrets.token_urlsafe(16)}
    assert place.bob.post("/do", form) == place.bob.post("/do", form)


def test_what_was_written_is_not_lost_with_the_refusal(place: Place) -> None:
    forms = [
        {"do": "post-message", "room": "lobby", "body": "what I wrote" + "x" * 10_000},
        {"do": "post-message", "room": "away", "body": "what I wrote"},
        {"do": "post-message", "room": "old", "body": "what I wrote"},
        {"do": "edit-message", "message": str(place.ids["bob"]), "based": "0", "body": "what I wrote"},
        {"do": "edit-message", "message": str(place.ids["gone"]), "based": "0", "body": "what I wrote"},
    ]
    for form in forms:
        assert "what I wrote" in refused(place.bob, "/do", {**form, "cid": "0123456789abcdef"}, "text/html")[1], form
