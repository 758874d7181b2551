"""What to do for each command of moderators, so that something is pushed: see `tests.stories.pushes`."""

from collections.abc import Callable

from tests.stories.pushes import Place


def rule(at: Place) -> None:
    at.ann.do("set-rules", room="team", slow=1)
    at.ann.do("set-rules", room="team", slow=0)


MODERATION: dict[str, Callable[[Place], None]] = {
    "set-rules": rule,
}
