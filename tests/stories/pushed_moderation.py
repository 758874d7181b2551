"""What to do for each command of moderators, so that something is pushed: see `tests.stories.pushes`."""

from collections.abc import Callable

from tests.stories.pushes import Place
from tests.tools.clients import Visit


def rule(at: Place) -> None:
    at.ann.do("set-rules", room="team", slow=1)
    at.ann.do("set-rules", room="team", slow=0)


def try_(at: Place) -> None:
    """Nobody judges there, which only its asker is told."""
    at.ann.do("try-judge", room="team")


def hold(at: Place, word: str, by: Visit, **more: str) -> None:
    """Two wait, and something is done about one of them, while a third waits in another room."""
    for room in ("team", "hall"):
        at.ann.do("set-rules", room=room, hold="all")
    assert at.bob.do("post-message", room="team", body="A **first** one") == 0
    assert at.bob.do("post-message", room="team", body="Another") == 0
    assert at.bob.do("post-message", room="hall", body="Elsewhere") == 0
    waiting = "SELECT min(h.id) FROM held h JOIN rooms r ON r.id = h.room_id WHERE h.state = 'waiting'"
    held = at.one(f"{waiting} AND r.slug = 'team'")
    by.do(word, room="team", held=held, **more)


def approve(at: Place) -> None:
    hold(at, "approve-message", at.ann)


def reject(at: Place) -> None:
    hold(at, "reject-message", at.ann, why="Not <here>")


def withdraw(at: Place) -> None:
    hold(at, "withdraw-message", at.bob)
    for room in ("team", "hall"):
        at.ann.do("set-rules", room=room, hold="none")


def report(at: Place) -> None:
    """One is hidden, one is only reported, and one is deleted that was reported."""
    at.ann.do("set-rules", room="team", reports=1)
    at.ann.do("report-message", message=at.say(at.bob, "team"), why="Not <nice>")
    at.ann.do("set-rules", room="team", reports=0)
    at.cat.do("report-message", message=at.say(at.bob, "team"))
    gone = at.say(at.bob, "team")
    at.cat.do("report-message", message=gone)
    at.bob.do("delete-message", message=gone)


def keep(at: Place) -> None:
    report(at)
    at.ann.do("keep-message", message=at.one("SELECT max(id) FROM messages WHERE hidden > 0"))


def pin(at: Place) -> None:
    for _ in range(2):
        at.ann.do("pin-message", message=at.say(at.bob, "team"))


def unpin(at: Place) -> None:
    pin(at)
    at.ann.do("unpin-message", message=at.one("SELECT max(pin) FROM rooms"))


def mute(at: Place) -> None:
    at.ann.do("mute-user", room="team", user="cat", minutes=5)


def unmute(at: Place) -> None:
    at.ann.do("unmute-user", room="team", user="cat")


MODERATION: dict[str, Callable[[Place], None]] = {
    "set-rules": rule,
    "try-judge": try_,
    "approve-message": approve,
    "reject-message": reject,
    "withdraw-message": withdraw,
    "pin-message": pin,
    "unpin-message": unpin,
    "mute-user": mute,
    "unmute-user": unmute,
    "report-message": report,
    "keep-message": keep,
}
