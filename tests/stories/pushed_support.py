"""What to do for each command about support windows, so that something is pushed: as in `tests.stories.pushes`.

Cat is a visitor of the site ``shop``, and Bob comes to answer there besides Ann.
"""

from collections.abc import Callable

from tests.stories.pushes import Place


def room(at: Place) -> str:
    """Where Cat's newest conversation goes on."""
    newest = "SELECT r.slug FROM conversations c JOIN rooms r ON r.id = c.room_id ORDER BY c.id DESC LIMIT 1"
    return str(at.one(newest))


def set_up(at: Place) -> None:
    at.ann.do("set-support", site="shop", greeting="Hello <you>")


def appoint(at: Place) -> None:
    at.ann.do("add-agent", site="shop", user="bob")


def dismiss(at: Place) -> None:
    at.ann.do("assign-conversation", room=room(at), user="bob")
    at.ann.do("remove-agent", site="shop", user="bob")


def begin(at: Place) -> None:
    at.cat.do("begin-conversation", site="shop", body="Is **anybody** there?")
    at.ann.do("post-message", room=room(at), body="I am")
    at.ann.do("post-message", room=room(at) + "~", body="A <note>")


def have_ready(at: Place) -> None:
    at.ann.do("put-answer", site="shop", key="hi", text="Hello!")


def have_no_more(at: Place) -> None:
    at.ann.do("remove-answer", site="shop", key="hi")


def assign(at: Place) -> None:
    at.ann.do("assign-conversation", room=room(at), user="bob")
    at.ann.do("assign-conversation", room=room(at), user="ann", based="bob")


def resolve(at: Place) -> None:
    at.ann.do("resolve-conversation", room=room(at))


def put_off(at: Place) -> None:
    at.ann.do("snooze-conversation", room=room(at), minutes=60)
    at.cat.do("post-message", room=room(at), body="Still here")
    at.ann.do("snooze-conversation", room=room(at), minutes=90)


def reopen(at: Place) -> None:
    at.ann.do("reopen-conversation", room=room(at))


def tag(at: Place) -> None:
    at.ann.do("tag-conversation", room=room(at), tags="bug payment")


def rate(at: Place) -> None:
    at.cat.do("rate-conversation", room=room(at), rating=4)


SUPPORT: dict[str, Callable[[Place], None]] = {
    "set-support": set_up,
    "add-agent": appoint,
    "begin-conversation": begin,
    "put-answer": have_ready,
    "remove-answer": have_no_more,
    "assign-conversation": assign,
    "resolve-conversation": resolve,
    "snooze-conversation": put_off,
    "reopen-conversation": reopen,
    "tag-conversation": tag,
    "rate-conversation": rate,
    "remove-agent": dismiss,
}
