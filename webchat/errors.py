"""The ways to be refused. Each carries one sentence for people; its class is the code for machines.

- Refused
  - Malformed (400): what was sent cannot be understood
  - TooLarge (413)
  - SignInNeeded (401)
  - Forbidden (403): you may know of it, but not do this
  - NotFound (404): it is not there, or not yours; the two cannot be told apart
  - Conflict (409): somebody was faster, or it is over
  - KeyReused (422): what makes a request be done once was sent with another one
  - TooFast (429)
  - Unavailable (503): not now; try again
  - Broken (500): our own mistake
- StartRefused: the server cannot start like this; one line for the terminal
  - Unreachable: what it needs is away, but may come

A sentence is a gettext message id; ``%(name)s`` places are filled from the keyword arguments
after translation, at the door that answers.
"""

from typing import ClassVar


class Refused(Exception):
    """Something was asked that will not be done; nothing has changed."""

    status: ClassVar[int] = 400
    after: int = 0
    """Seconds after which the very same may be asked again; 0 if that would not help."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence = sentence
        self.values = values


class Malformed(Refused):
    """What was sent cannot be understood."""


class TooLarge(Refused):
    """What was sent is longer than allowed."""

    status = 413


class SignInNeeded(Refused):
    """Only somebody who is signed in may do this."""

    status = 401


class Forbidden(Refused):
    """The actor may see it, but not do this with it."""

    status = 403


class NotFound(Refused):
    """It does not exist, or not for this actor."""

    status = 404


class WrongMethod(Refused):
    """A page was asked for by a method that it does not have."""

    status = 405


class Conflict(Refused):
    """It was true a moment ago: somebody was faster, or it is over."""

    status = 409


class KeyReused(Refused):
    """The key that was to make this be done once stands for something else already."""

    status = 422


class TooFast(Refused):
    """A rate or a cap was reached. With ``seconds`` among its values, that is how long to wait."""

    status = 429

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence, **values)
        seconds = values.get("seconds")
        self.after = seconds if isinstance(seconds, int) else 0


class Unavailable(Refused):
    """The store or the server cannot do it now; asking again later may work."""

    status = 503
    after = 2


class Broken(Refused):
    """The server has failed; what was asked may be right."""

    status = 500


class StartRefused(Exception):
    """The server cannot start as it was asked to; the message says what to change."""


class Unreachable(StartRefused):
    """What is needed cannot be reached now; it may be a moment later."""


def sentence(text: str) -> str:
    """Mark a sentence for translation where it is written; it is translated where it is answered."""
    return text
