"""What each view is told of the same things."""

import json

import pytest

from tests.broker.cast import message
from webchat.events import DirectPosted, GuestAddressed, ReadMoved, TypingChanged
from webchat.model import Page, Reaction
from webchat.web.render import Renderer
from webchat.web.views import Views

OLD = message(1, rev=9, said=9, body="edited")
GONE = message(2, rev=8, said=8, body="", html="", deleted=1)
NEW = message(6, body="a < b\n*c*", html="<p>a &lt; b</p>")
NEXT = message(7, body="你好")
LIKED = message(3, rev=10, said=3, reactions=(Reaction("👍", (2,), ("Bob",)),))
CHANGES = [NEXT, GONE, NEW, OLD, LIKED]


@pytest.fixture(scope="module")
def views() -> Views:
    return Views(Renderer())


def test_a_text_is_what_was_typed_each_in_its_place_and_nothing_else(views: Views) -> None:
    assert views.changes("text", CHANGES, 5) == ("a < b\n*c*", "你好")
    assert [json.loads(text) for text in views.changes("json", CHANGES, 5)] == [
        {"message": "a < b\n*c*", "user": "Ann", "id": 6},
        {"message": "你好", "user": "Ann", "id": 7},
    ]


def test_who_posts_and_deletes_at_once_has_said_nothing(views: Views) -> None:
    gone = message(6, rev=7, said=7, body="", deleted=1)
    for view in ("text", "json"):
        assert views.changes(view, [gone], 5) == ()


@pytest.mark.parametrize("view", ["text", "json", "user"])
def test_who_has_no_page_is_told_no_positions_nor_what_is_shown_there(views: Views, view: str) -> None:
    page = Page((NEW,), 6, False, False)
    assert views.at(view, "e1.6") == views.reset(view, "lobby", page) == ()
    assert views.news(view, TypingChanged("lobby", ())) == views.news(view, ReadMoved(1, 1, 1)) == ()


def test_what_is_said_to_one_person(views: Views) -> None:
    [direct] = views.news("user", DirectPosted(2, "bob", "Ann", "psst", 42))
    assert json.loads(direct) == {"to_user": "bob", "message": "psst", "user": "Ann", "id": 42}
    [passing] = views.news("user", GuestAddressed("gus", "Ann", "psst"))
    assert json.loads(passing) == {"to_user": "gus", "message": "psst", "user": "Ann"}
    assert views.news("room.en", DirectPosted(2, "bob", "Ann", "psst", 42)) == ()


def test_programs_are_told_all_of_a_message(views: Views) -> None:
    told = [json.loads(text) for text in views.changes("data", CHANGES, 5)]
    assert [(*one, next(iter(one.values()))["id"]) for one in told] == [
        ("posted", 7), ("deleted", 2), ("posted", 6), ("edited", 1), ("reacted", 3),
    ]  # fmt: skip
    assert told[2]["posted"] == {
        "id": 6, "room": "lobby", "seq": 6, "user": "Ann", "body": "a < b\n*c*", "html": "<p>a &lt; b</p>",
        "at": "1970-01-01T00:00:00Z", "edited": False, "deleted": False, "hidden": False,
        "reactions": {}, "votes": 0, "answers": None,
    }  # fmt: skip
    assert told[4]["reacted"]["reactions"] == {"👍": ["Bob"]}
    [anew] = views.reset("data", "lobby", Page((NEW, NEXT), 7, False, False))
    assert [one["id"] for one in json.loads(anew)["reset"]] == [6, 7]
    assert views.at("data", "e1.6") == ('{"at":"e1.6"}',)
    assert views.news("data", TypingChanged("lobby", ())) == ()
    assert views.news("data", ReadMoved(1, 7, 3)) == ('{"read":{"7":3},"mentions":{"7":0}}',)


def test_pages_are_drawn_by_the_renderer(views: Views) -> None:
    renderer, messages = Renderer(), [NEW]
    assert views.changes("room.zh", messages, 5) == (renderer.changes("room.zh", messages, 5),)
    assert views.at("room.zh", "e1.6") == ('{"at":"e1.6"}',)
