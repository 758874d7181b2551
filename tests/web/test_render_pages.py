"""Whole pages: for everybody who may see them, in every language, and all of it under the base."""

import re
from typing import Any

import msgspec
import pytest

from tests.web.drawing import ANN, BASE, BOB, LINK, LISTED, LOBBY, MESSAGE_MAY, RoomMay, room_context, room_page
from webchat.chat.search import Found, Piece, Results
from webchat.model import Guest, Listing, Member, Page, Person, User
from webchat.notices import Notification
from webchat.rules import Judge, Mute, Reported, Rules
from webchat.web.language import LANGUAGES
from webchat.web.render import Renderer

ATTIC = Listing(msgspec.structs.replace(LOBBY, id=2, slug="attic", archived=True), 3, False)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def test_everything_is_under_the_base() -> None:
    html = room_page(Renderer("/chat"), "en", Page((BASE,), 5, True, True))
    for attribute in ("href", "src", "action", "hx-get", "hx-ws:connect"):
        for url in re.findall(rf' {attribute}="([^"]*)"', html):
            assert url.startswith(("/chat/", "#")), (attribute, url)


FOUND = Results((Found(BASE, (Piece("a ", False), Piece("<b>", True))),), 7, True)
PAGES = (
    "setup",
    "sign_in",
    "rooms",
    "room",
    "message",
    "direct_start",
    "direct_choose",
    "members",
    "room_settings",
    "queue",
    "inbox",
    "search",
    "settings",
    "error",
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("me", [ANN, Guest("k" * 20, "Visitor"), None])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_for_everybody(renderer: Renderer, name: str, me: User | Guest | None, lang: str) -> None:
    contexts: dict[str, dict[str, Any]] = {
        "setup": {}, "sign_in": {"guests": True},
        "rooms": {"directory": [Listing(LOBBY, 3, True)], "archived": [ATTIC], **LISTED},
        "room": room_context(), "message": room_context() | {"message": BASE, "may": MESSAGE_MAY, "around": 4},
        "direct_start": {"others": [Person(8, "bob", "Bob"), Person(9, "cat", "Cat")]},
        "direct_choose": {"chosen": [BOB], "people": [ANN], "most": 7, **LISTED},
        "room_settings": {"silent_ones": [Mute(1, 0, "<b>", 9, "")], "own_rules": True, "rules": Rules(words=("<b>",)),
                          "room": LOBBY, "may": RoomMay(), "count": 2, "banned": [BOB], "at": 5, "secret": "whsec_1",
                          "judge": Judge("https://judge.example/", "", 4, "HTTP 500", 9), "tried": "allow"},
        "queue": {"room": LOBBY, "texts": room_context()["held"], "more": True, "after": 2,
                  "shadows": [msgspec.structs.replace(one, id=10, shadow=True) for one in room_context()["held"][:1]],
                  "reported": [Reported(42, "lobby", 4, 7, "Ann", "<i>", "", 0, True, 2, ("<b>",))]},
        "members": {"room": LOBBY, "heading": "Lobby", "may": RoomMay(), "count": 2, "invitable": [BOB],
                    "rows": [(Member(BOB, "moderator"), True), (Member(ANN, "member"), True)], **LISTED},
        "search": {"results": FOUND, "places": {"lobby": (LOBBY, None)}, "sort": "newest", "text": "<b>",
                   "sought": True, "below": 0, "longest": 200},
        "inbox": {"notifications": [Notification(1, "", "passed", 0)]}, "settings": {},
        "error": {"status": 404, "sentence": "x"},
    }  # fmt: skip
    html = renderer.page(name, lang, me=me, signed_in=isinstance(me, User), rooms=[LINK], **contexts[name])
    assert html.startswith("<!doctype html>")
    assert f'<html lang="{"zh-CN" if lang == "zh" else lang}"' in html
    ids = re.findall(r' id="([^"]+)"', re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL))
    assert len(set(ids)) == len(ids)
    assert "k" * 20 not in html


def test_every_form_has_a_fresh_cid(renderer: Renderer) -> None:
    html = room_page(renderer, "en", Page((), 5, False, False))
    cids = re.findall(r'name="cid" value="([^"]*)"', html)
    assert len(cids) > 2
    assert len(set(cids)) == len(cids)
    assert all(re.fullmatch(r"[0-9A-Za-z_-]{16,64}", cid) for cid in cids)
