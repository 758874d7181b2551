"""What to do for each command about notifications, so that something is pushed: as in `tests.stories.pushes`."""

from collections.abc import Callable

from tests.stories.pushes import Place


def notify(at: Place) -> None:
    at.ann.do("send-notification", user="bob", title="<b>", body="One & two", tags="disk,full", click="/rooms/hall")
    at.ann.do("send-notification", user="bob", body="Three", key="same")
    at.ann.do(
        "send-notification", users="bob cat", body="Instead of three", key="same", actions="press, Yes; press, No"
    )
    at.ann.do("send-notification", everyone="true", body="To all", key="all", actions="view, Look, /rooms; press, Seen")
    at.ann.do("send-notification", everyone="true", body="To all, again", key="news", priority="5")


def newest(at: Place, name: str = "bob") -> int:
    """The newest notification that somebody has."""
    theirs = "SELECT max(notice_id) FROM notifications JOIN users ON id = user_id WHERE gone = 0 AND name ="
    return int(at.one(f"{theirs} '{name}'"))


def take_notice_back(at: Place) -> None:
    at.ann.do("retract-notification", user="cat", key="same")
    at.ann.do("retract-notification", everyone="true", key="news")


def seen(at: Place) -> None:
    at.ann.do("send-notification", user="bob", body="Seen soon")
    at.ann.do("send-notification", user="bob", body="Not seen")
    at.bob.do("read-notifications", upto=newest(at) - 1)


def shown(at: Place) -> None:
    at.bob.do("see-notifications", upto=newest(at))


def read_one(at: Place) -> None:
    at.ann.do("send-notification", everyone="true", body="Read by bob alone")
    at.bob.do("read-notification", notification=at.one("SELECT max(id) FROM notices"))
    at.bob.do("read-notification", notification=newest(at))


def unread_one(at: Place) -> None:
    at.bob.do("unread-notification", notification=newest(at))


def put_away(at: Place) -> None:
    at.ann.do("send-notification", user="bob", body="Not for long")
    at.bob.do("archive-notification", notification=newest(at))


def put_off(at: Place) -> None:
    at.ann.do("send-notification", user="bob", body="For later")
    at.bob.do("snooze-notification", notification=newest(at))


def press(at: Place) -> None:
    at.ann.do("send-notification", users="bob cat", body="Who takes it?", actions="press, I do")
    at.cat.do("press-action", action=f"{newest(at)}.1")
    at.ann.do("send-notification", everyone="true", body="Anybody?", actions="press, I can")
    last = at.one("SELECT max(id) FROM notices")
    at.cat.do("press-action", action=f"{last}.1")


def wish(at: Place) -> None:
    at.bob.do("set-tag-level", tag="dull", level="inbox")
    at.ann.do("send-notification", user="bob", body="In the inbox only", tags="dull")


def be_quiet(at: Place) -> None:
    at.bob.do("set-quiet-hours", begins="00:00", ends="23:59")
    at.ann.do("send-notification", user="bob", body="Not now")


NOTICES: dict[str, Callable[[Place], None]] = {
    "send-notification": notify,
    "retract-notification": take_notice_back,
    "read-notifications": seen,
    "see-notifications": shown,
    "read-notification": read_one,
    "unread-notification": unread_one,
    "archive-notification": put_away,
    "snooze-notification": put_off,
    "press-action": press,
    "set-tag-level": wish,
    "set-quiet-hours": be_quiet,
}
