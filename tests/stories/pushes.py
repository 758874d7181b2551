"""What to do for each command, so that something is pushed: at a server with three people."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.stories.conftest import signed_in
from tests.tools.clients import Visit
from tests.tools.databases import sql
from tests.tools.pages import LivePage
from tests.tools.server import Server


class Place(NamedTuple):
    """A server with ann, who looks after it, and bob and cat, who are members; and pages of theirs, all open.
    ``password`` is Cat's.

    ``hall`` is a room that guests may read, ``team`` a closed one of all three, ``away`` one that bob left.
    """

    server: Server
    ann: Visit
    bob: Visit
    cat: Visit
    pages: list[LivePage]
    password: str

    def say(self, who: Visit, room: str = "hall") -> int:
        return int(who.do("post-message", room=room, body="Something **said**"))

    def one(self, statement: str) -> Any:
        """The value that a statement finds."""
        return sql(self.server.database, statement)[0][0]


def post(at: Place) -> None:
    for who in (at.ann, at.bob, at.cat):
        at.say(who)
        at.say(who, "team")


def edit(at: Place) -> None:
    message = at.say(at.bob)
    based = at.one(f"SELECT said FROM messages WHERE id = {message}")  # noqa: S608 # a number
    at.bob.do("edit-message", message=message, body="Said *differently*", based=based)


def delete(at: Place) -> None:
    at.bob.do("delete-message", message=at.say(at.bob))
    at.ann.do("delete-message", message=at.say(at.bob, "team"))


def react(at: Place) -> None:
    message = at.say(at.ann)
    at.bob.do("add-reaction", message=message, emoji="👍")
    at.cat.do("add-reaction", message=message, emoji="👍")
    at.cat.do("add-reaction", message=message, emoji="🎉")


def take_back(at: Place) -> None:
    message = at.say(at.ann)
    at.bob.do("add-reaction", message=message, emoji="👍")
    at.bob.do("remove-reaction", message=message, emoji="👍")


def create(at: Place) -> None:
    at.bob.do("create-room", room="open-one", title="An <open> one")
    at.bob.do("create-room", room="closed-one", kind="closed")


def join(at: Place) -> None:
    at.bob.do("join-room", room="away")


def leave(at: Place) -> None:
    at.ann.do("create-room", room="dull")
    at.bob.do("leave-room", room="dull")


def invite(at: Place) -> None:
    at.ann.do("create-room", room="secret", kind="closed")
    at.ann.do("invite-user", room="secret", user="bob")
    at.say(at.ann, "secret")


def change(at: Place) -> None:
    at.ann.do("edit-room", room="hall", title="The <hall>", topic="All & sundry")
    at.ann.do("edit-room", room="team", posting="moderators")
    at.ann.do("create-room", room="cave", kind="closed")
    at.ann.do("edit-room", room="cave", kind="open", title="The cave")
    at.ann.do("create-room", room="square", title="Square")
    at.ann.do("edit-room", room="square", kind="closed", title="Ours")
    at.ann.do("edit-room", room="away", title="Far away")


def archive(at: Place) -> None:
    at.ann.do("archive-room", room="team")
    at.ann.do("archive-room", room="cave")


def restore(at: Place) -> None:
    at.ann.do("restore-room", room="team")
    at.ann.do("edit-room", room="team", posting="everyone")
    at.ann.do("restore-room", room="cave")


def remove(at: Place) -> None:
    for room, kind in (("burrow", "closed"), ("field", "open")):
        at.ann.do("create-room", room=room, kind=kind)
        for user in ("bob", "cat") if kind == "closed" else ():
            at.ann.do("invite-user", room=room, user=user)
        for user in ("bob", "cat"):
            at.ann.do("remove-user", room=room, user=user)


def ban(at: Place) -> None:
    for user in ("bob", "cat"):
        at.ann.do("ban-user", room="cave", user=user)
        at.ann.do("ban-user", room="away", user=user)
    at.ann.do("edit-room", room="cave", title="Not for you")
    at.ann.do("archive-room", room="away")


def lift(at: Place) -> None:
    at.ann.do("unban-user", room="cave", user="bob")
    at.bob.do("join-room", room="cave")


def promote(at: Place) -> None:
    at.ann.do("set-room-role", room="team", user="bob", role="moderator")
    at.ann.do("set-room-role", room="hall", user="cat", role="moderator")
    at.bob.do("edit-room", room="team", posting="moderators")
    at.bob.do("set-room-role", room="team", user="bob", role="member")
    at.ann.do("edit-room", room="team", posting="everyone")


def make_link(at: Place) -> None:
    at.ann.do("create-invitation", rooms="team")


def end_link(at: Place) -> None:
    make_link(at)
    at.ann.do("revoke-invitation", invitation=at.one("SELECT max(id) FROM invitations"))


def accept(at: Place) -> None:
    at.ann.do("create-room", room="by-link", kind="closed")
    link = at.ann.do("create-invitation", rooms="by-link")
    at.cat.do("accept-invitation", code=at.one(f"SELECT code FROM invitations WHERE id = {link}"))  # noqa: S608 # as above


def direct(at: Place) -> None:
    for users in ("cat", "cat ann"):
        room = str(at.bob.do("open-direct", users=users))
        at.say(at.cat, room)


def read(at: Place) -> None:
    at.bob.do("mark-read", room="team", seq=at.one("SELECT seq FROM rooms WHERE slug = 'team'"))


def unread(at: Place) -> None:
    read(at)
    message = int(at.ann.do("post-message", room="team", body="@bob and @cat, look"))
    based = at.one(f"SELECT said FROM messages WHERE id = {message}")  # noqa: S608 # a number
    at.ann.do("edit-message", message=message, body="@bob, look", based=based)
    at.cat.do("mark-read", room="team", seq=at.one("SELECT seq FROM rooms WHERE slug = 'team'"))
    at.cat.do("mark-unread", message=message)


def change_profile(at: Place) -> None:
    at.cat.do("set-profile", title="Cat & Co", status="at <lunch>")


def sign_out_there(at: Place) -> None:
    signed_in(at.server, "cat", at.password)
    cats = "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.name = 'cat'"
    at.cat.do("end-session", session=at.one(f"{cats} ORDER BY s.created DESC"))


def sign_out_elsewhere(at: Place) -> None:
    signed_in(at.server, "cat", at.password)
    at.cat.do("end-other-sessions")


def change_role(at: Place) -> None:
    at.ann.do("set-role", user="cat", role="admin")
    at.ann.do("set-role", user="bob", role="admin")
    at.ann.do("set-role", user="bob", role="member")


def disable(at: Place) -> None:
    at.server.add_user("dan")
    at.ann.do("disable-user", user="dan")


def enable(at: Place) -> None:
    at.ann.do("enable-user", user="dan")


def sign_out(at: Place) -> None:
    at.ann.do("sign-out-user", user="dan")


def erase(at: Place) -> None:
    at.server.add_user("ed")
    at.ann.do("erase-user", user="ed")


def change_place(at: Place) -> None:
    """The name of the place shows at the next load; the rest, at once."""
    at.ann.do("change-place", note="Ask ann.")


def make_token(at: Place) -> None:
    at.ann.do("create-token", user="builds", scopes="post")


def make_account(at: Place) -> None:
    at.ann.do("create-user", name="dora", role="moderator")


def end_token(at: Place) -> None:
    at.ann.do("revoke-token", token=at.one("SELECT max(id) FROM tokens"))


def nothing(at: Place) -> None:
    """Who is typing is of the moment: a fresh page does not show it."""


CASES: dict[str, Callable[[Place], None]] = {
    "post-message": post,
    "edit-message": edit,
    "delete-message": delete,
    "add-reaction": react,
    "remove-reaction": take_back,
    "create-room": create,
    "join-room": join,
    "leave-room": leave,
    "invite-user": invite,
    "edit-room": change,
    "archive-room": archive,
    "restore-room": restore,
    "remove-user": remove,
    "ban-user": ban,
    "unban-user": lift,
    "set-room-role": promote,
    "create-invitation": make_link,
    "revoke-invitation": end_link,
    "accept-invitation": accept,
    "open-direct": direct,
    "mark-read": read,
    "mark-unread": unread,
    "create-user": make_account,
    "set-role": change_role,
    "disable-user": disable,
    "enable-user": enable,
    "erase-user": erase,
    "sign-out-user": sign_out,
    "change-place": change_place,
    "create-token": make_token,
    "revoke-token": end_token,
    "set-profile": change_profile,
    "end-session": sign_out_there,
    "end-other-sessions": sign_out_elsewhere,
    "start-typing": nothing,
    "set-presence": nothing,
}
