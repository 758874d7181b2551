"""What to do for each command about programs and sites, so that something is pushed: as in `tests.stories.pushes`."""

from collections.abc import Callable

from tests.stories.pushes import Place


def let_in_site(at: Place) -> None:
    at.ann.do("create-site", site="blog", origins="https://blog.example")


def change_site(at: Place) -> None:
    at.ann.do("edit-site", site="blog", guests="read")


def rule_site(at: Place) -> None:
    at.ann.do("set-site-rules", site="blog", slow=1)


def try_judge(at: Place) -> None:
    at.ann.do("try-site-judge", site="blog")


def change_secret(at: Place) -> None:
    at.ann.do("renew-secret", site="blog")


def erase_a_user(at: Place) -> None:
    at.ann.do("erase-person", site="blog", sub="7")


def make_bot(at: Place) -> None:
    at.ann.do("create-room", room="works", kind="closed")
    at.ann.do("create-bot", user="ship", title="The <ship>")


def make_hook(at: Place) -> None:
    at.ann.do("create-hook", user="ship", room="works")


def end_hook(at: Place) -> None:
    at.ann.do("revoke-hook", hook=at.one("SELECT max(id) FROM hooks"))


def make_callback(at: Place) -> None:
    at.ann.do("create-callback", user="ship", room="works", url="https://ship.invalid/")


def make_command(at: Place) -> None:
    at.ann.do("create-command", user="ship", command="deploy", url="https://ship.invalid/")


def call_again(at: Place) -> None:
    at.ann.do("enable-callback", callback=at.one("SELECT max(id) FROM callbacks"))


def end_callback(at: Place) -> None:
    at.ann.do("revoke-callback", callback=at.one("SELECT max(id) FROM callbacks"))


PROGRAMS: dict[str, Callable[[Place], None]] = {
    "create-site": let_in_site,
    "edit-site": change_site,
    "set-site-rules": rule_site,
    "try-site-judge": try_judge,
    "renew-secret": change_secret,
    "erase-person": erase_a_user,
    "create-bot": make_bot,
    "create-hook": make_hook,
    "revoke-hook": end_hook,
    "create-callback": make_callback,
    "create-command": make_command,
    "enable-callback": call_again,
    "revoke-callback": end_callback,
}
