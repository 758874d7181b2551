"""A bot that answers in a room: ``WEBCHAT_URL=… WEBCHAT_TOKEN=… python examples/bot.py lobby``.

Its token needs the scopes ``read`` and ``post``: ``webchat token add dice --scope read --scope post``.
"""

import os
import random
import re
import sys

from webchat.client import Client, Message

ROLL = re.compile(r"!roll (\d{1,3})\b")


def answer(message: Message) -> str:
    """What the bot says to a message; empty for nothing."""
    if message.edited or message.deleted or not (asked := ROLL.match(message.body)):
        return ""
    return f"{message.title} rolls {random.randint(1, max(1, int(asked[1])))}."  # noqa: S311 - a game


def run(client: Client, room: str) -> None:
    for message in client.listen(room):
        if said := answer(message):
            client.send(room, said, key=f"answer-to-{message.id}")  # once, also if this message comes again


if __name__ == "__main__":
    try:
        run(Client(os.environ["WEBCHAT_URL"], os.environ["WEBCHAT_TOKEN"]), *sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(0)
