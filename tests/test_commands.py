"""Commands: one gate, which lets through exactly what is a command."""

import json
import math
from itertools import product
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, strategies as st

from webchat import commands as c
from webchat.errors import Malformed, Refused, TooLarge

CID = "0123456789abcdef"

WHOLE: dict[str, dict[str, Any]] = {
    "post-message": {"room": "lobby", "body": "hello"},
    "edit-message": {"message": 1, "body": "hello", "based": 1},
    "delete-message": {"message": 1},
    "add-reaction": {"message": 1, "emoji": "👍"},
    "remove-reaction": {"message": 1, "emoji": "👍"},
    "create-room": {"room": "team"},
    "join-room": {"room": "team"},
    "leave-room": {"room": "team"},
    "invite-user": {"room": "team", "user": "bob"},
    "create-invitation": {},
    "revoke-invitation": {"invitation": 1},
    "end-session": {"session": "0" * 64},
    "end-other-sessions": {},
    "accept-invitation": {"code": "a-code-of-some-link"},
    "set-profile": {"title": "Ann"},
    "create-user": {"name": "cat", "role": "moderator"},
    "set-role": {"user": "bob", "role": "member"},
    "disable-user": {"user": "bob"},
    "enable-user": {"user": "bob"},
    "erase-user": {"user": "bob"},
    "sign-out-user": {"user": "bob"},
    "change-place": {},
    "create-site": {"site": "blog", "origins": ("https://blog.example",)},
    "edit-site": {"site": "blog", "guests": "read"},
    "set-site-rules": {"site": "blog", "slow": 30, "closes": 30, "editing": 5},
    "try-site-judge": {"site": "blog"},
    "renew-secret": {"site": "blog", "keep": True},
    "set-support": {"site": "blog", "prechat": "away"},
    "add-agent": {"site": "blog", "user": "bob"},
    "remove-agent": {"site": "blog", "user": "bob"},
    "put-answer": {"site": "blog", "key": "hi", "text": "Hello!"},
    "remove-answer": {"site": "blog", "key": "hi"},
    "begin-conversation": {"site": "blog", "body": "hello"},
    "assign-conversation": {"room": "blog.~1", "user": "bob"},
    "resolve-conversation": {"room": "blog.~1", "based": 3},
    "snooze-conversation": {"room": "blog.~1", "minutes": 60},
    "reopen-conversation": {"room": "blog.~1"},
    "tag-conversation": {"room": "blog.~1", "tags": ("bug", "payment")},
    "rate-conversation": {"room": "blog.~1", "rating": 5},
    "erase-person": {"site": "blog", "sub": "7"},
    "create-bot": {"user": "dice"},
    "create-hook": {"user": "dice", "room": "lobby"},
    "revoke-hook": {"hook": 1},
    "create-callback": {"user": "dice", "room": "lobby", "url": "https://bot.example/"},
    "create-command": {"user": "dice", "command": "roll", "url": "https://bot.example/"},
    "enable-callback": {"callback": 1},
    "revoke-callback": {"callback": 1},
    "create-token": {"user": "bot", "scopes": ("read", "post")},
    "revoke-token": {"token": 1},
    "edit-room": {"room": "team", "title": "The team", "topic": "Us", "kind": "closed", "guests": "read"}
    | {"posting": "moderators", "based": 1},
    "set-rules": {"room": "team", "slow": 30, "links": "known", "known": 5, "repeats": "refused", "based": 1}
    | {"hold": "first", "unjudged": "allow"},
    "try-judge": {"room": "team"},
    "approve-message": {"held": 1, "room": "team"},
    "reject-message": {"held": 1, "room": "team"},
    "report-message": {"message": 1},
    "keep-message": {"message": 1},
    "pin-message": {"message": 1},
    "unpin-message": {"message": 1},
    "mute-user": {"room": "team", "user": "bob", "minutes": 5},
    "unmute-user": {"room": "team", "user": "bob"},
    "withdraw-message": {"held": 1, "room": "team"},
    "archive-room": {"room": "team"},
    "restore-room": {"room": "team"},
    "remove-user": {"room": "team", "user": "bob"},
    "ban-user": {"room": "team", "user": "bob"},
    "unban-user": {"room": "team", "user": "bob"},
    "set-room-role": {"room": "team", "user": "bob", "role": "moderator"},
    "open-direct": {"users": ("bob",)},
    "mark-read": {"room": "lobby", "seq": 1},
    "mark-unread": {"message": 1},
    "send-notification": {"user": "bob", "body": "hello"},
    "retract-notification": {"user": "bob", "key": "build"},
    "read-notifications": {"upto": 1},
    "see-notifications": {"upto": 1},
    "read-notification": {"notification": 1},
    "unread-notification": {"notification": 1},
    "archive-notification": {"notification": 1},
    "snooze-notification": {"notification": 1},
    "press-action": {"action": "1.1"},
    "set-tag-level": {"tag": "build"},
    "set-quiet-hours": {"begins": "22:00", "ends": "07:00"},
    "start-typing": {"room": "lobby"},
    "set-presence": {"state": "away"},
}
"""What each command needs, but for its cid."""
NO_VALUES: tuple[object, ...] = (
    *(None, [], ["lobby"], {}, {"room": "lobby"}, True, 1.5, math.nan, "", "\ud800", "a\x00b", "x" * 70_000),
)
NO_CIDS: tuple[object, ...] = (
    *(None, "", "short", "x" * 65, "0123456789abcde!", "0123456789abcdé", 1234567890123456, []),
)
SIGNALS = {"start-typing", "set-presence"}
"""Those that have no cid."""


def needed(word: str, field: str) -> bool:
    """Whether the command is none without this field."""
    (info,) = [info for info in msgspec.structs.fields(c.WORDS[word]) if info.name == field]
    return info.required


def form(word: str, **fields: Any) -> dict[str, Any]:
    return {"do": word, "cid": CID, **WHOLE[word], **fields}


def refused(fields: dict[str, Any]) -> str:
    """The sentence with which a form is refused, or nothing if it is a command."""
    try:
        c.parse(fields)
    except (Malformed, TooLarge) as error:
        return str(error)
    return ""


def test_every_command_has_its_word() -> None:
    assert set(c.WORDS) == set(WHOLE)
    assert set(c.WORDS.values()) == set(get_args(c.Command))
    assert c.spelled(c.PostMessage) == "post-message"


@pytest.mark.parametrize("word", WHOLE)
def test_a_whole_form_is_a_command(word: str) -> None:
    command = c.parse(form(word))
    assert type(command) is c.WORDS[word]
    for field, value in WHOLE[word].items():
        assert getattr(command, field) == value


@pytest.mark.parametrize("word", WHOLE)
def test_numbers_may_come_as_text_as_forms_send_them(word: str) -> None:
    texts = {field: " ".join(value) if isinstance(value, tuple) else str(value) for field, value in WHOLE[word].items()}
    assert c.parse(form(word, **texts)) == c.parse(form(word))


def may_be(word: str, field: str, value: object) -> bool:
    """Whether one of `NO_VALUES` is a value of this field after all, of some command's."""
    if value == "":
        return field in ("title", "topic", "tag") or (field == "user" and not needed(word, field))
    return (value is None and not needed(word, field)) or (value is True and WHOLE[word][field] is True)


@pytest.mark.parametrize("word", WHOLE)
def test_a_field_that_is_missing_or_of_another_kind_is_refused(word: str) -> None:
    for field, value in product(WHOLE[word].keys() - c.LISTS, NO_VALUES):
        why = refused(form(word, **{field: value}))
        assert why or may_be(word, field, value), (field, value)
        assert not (why and value is None and may_be(word, field, value)), (field, why)
        assert "\n" not in why, (field, value)


@pytest.mark.parametrize("word", sorted(set(WHOLE) - SIGNALS))
def test_a_cid_that_could_not_be_unique_is_refused(word: str) -> None:
    for cid in NO_CIDS:
        assert "cid" in refused(form(word, cid=cid)), cid


@pytest.mark.parametrize(
    "do", [None, "", 1, [], {}, "post", "PostMessage", "post_message", "__init__", "post-message\n"]
)
def test_what_is_not_a_command_is_refused(do: object) -> None:
    with pytest.raises(Malformed):
        c.parse({"do": do, "cid": CID, "room": "lobby", "body": "hello"})


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, "0x1", "٣", "9" * 400])
def test_a_number_that_is_no_id_is_refused(number: object) -> None:
    with pytest.raises(Malformed):
        c.parse(form("delete-message", message=number))


@pytest.mark.parametrize(
    ("word", "field"), [("create-invitation", "rooms"), ("create-token", "only"), ("open-direct", "users")]
)
def test_a_list_that_nobody_would_write_is_refused(word: str, field: str) -> None:
    with pytest.raises(Malformed):
        c.parse(form(word, **{field: " ".join(["lobby"] * 101)}))


@pytest.mark.parametrize("deep", [4, 400, 900])
@pytest.mark.parametrize(("word", "field"), [("post-message", "body"), ("send-notification", "actions")])
def test_lists_that_are_deep_in_each_other_are_refused(word: str, field: str, deep: int) -> None:
    said = json.loads(f"{'[' * deep}{']' * deep}")
    assert field in refused(form(word, **{field: said}))
    assert field in refused(form(word, **{field: [{"label": said}]}))


def test_a_button_may_name_its_subject() -> None:
    assert c.parse({"do": "delete-message:42", "cid": CID}) == c.DeleteMessage(42, CID)
    assert c.parse({"do": "join-room:team:a", "cid": CID}) == c.JoinRoom("team:a", CID)


def test_what_a_browser_adds_is_ignored() -> None:
    assert c.parse(form("post-message", headers={"HX-Request": "true"}, next="/")) == c.parse(form("post-message"))


def test_a_body_is_trimmed_and_normalised() -> None:
    command = c.parse(form("post-message", body="  e\u0301\r\nb\rc \n"))
    assert isinstance(command, c.PostMessage)
    assert command.body == "\u00e9\nb\nc"


@pytest.mark.parametrize("body", ["", " ", "\r\n\t "])
def test_an_empty_body_is_refused(body: str) -> None:
    with pytest.raises(Malformed, match="Write something"):
        c.parse(form("post-message", body=body))


def test_a_body_may_have_10000_characters_and_not_one_more() -> None:
    c.parse(form("post-message", body="语" * c.BODY_LIMIT))
    with pytest.raises(TooLarge, match="by 1 characters"):
        c.parse(form("post-message", body="语" * (c.BODY_LIMIT + 1)))


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\ud83d"])
def test_what_cannot_be_shown_is_refused(bad: str) -> None:
    with pytest.raises(Malformed, match="cannot be shown"):
        c.clean(f"a{bad}b")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(sorted({field for command in c.WORDS.values() for field in command.__struct_fields__}))


@given(word=st.sampled_from(sorted(WHOLE)), junk=st.dictionaries(fields, anything, max_size=4))
def test_whatever_comes_is_a_command_or_is_refused(word: str, junk: dict[str, Any]) -> None:
    try:
        command = c.parse(form(word) | junk)
    except Refused:
        return
    assert type(command) is c.WORDS[word]
    msgspec.json.encode(command)  # nothing in it that could not be sent on
