"""What rooms ask of what is said in them, looked at in the transaction in which it is said.

Moderators are free of it, and so are programs, which admins made. Nothing is read where a room asks nothing.
"""

import hashlib
import re
from collections.abc import Collection
from functools import lru_cache
from html import unescape

from msgspec.structs import asdict, replace

from webchat.chat import access, acts, judging, names, sites
from webchat.chat.clock import MINUTE, now
from webchat.chat.done import Done
from webchat.chat.holding import Author, author
from webchat.chat.moderation import moderated
from webchat.commands import SetRules, SetSiteRules
from webchat.errors import Conflict, Forbidden, Malformed, TooFast, Unavailable, sentence as _
from webchat.model import Actor, Guest, Membership, Message, Room
from webchat.normal import normalized
from webchat.rules import Rules, Verdict
from webchat.store import Tx, judges, mutes as stored_mutes, rules as stored

RULES = frozenset(field for field in Rules.__struct_fields__ if field != "edits")
"""What a command about rules may change of them."""
AGAIN = 60_000
"""How long, in milliseconds, one may not say the same again, where that is a rule."""
NO_EDITS = _("What you write here waits for a moderator. Delete this message and write it again.")

_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"https?://|\bwww\.|mailto:", re.IGNORECASE)
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_SPACE = re.compile(r"\s+")


def set_(tx: Tx, actor: Actor, command: SetRules, trusted: Collection[str] = ()) -> Done:
    """Change a room's rules, unless somebody else did since its asker looked at them; once the secret by which another
    judge knows us. Only admins may name a judge that is ``trusted`` by the operator only: it may be beside us."""
    user, room, _member = moderated(tx, actor, "set-rules", command.room)
    before, secret = stored.get(tx, room.id), ""
    after = _changed(before, command)
    if command.own is False:
        stored.drop(tx, room.id)
        after = stored.get(tx, room.id)
    elif after != before:
        judge, secret = judging.named(judges.get(tx, room.id), after, trusted, anywhere=user.is_admin)
        stored.put(tx, room.id, after, judge)
    if after != before:
        acts.note(tx, actor, room, command)
        look(tx, room, after)
    return Done(room.slug, secret=secret)


def set_for_site(tx: Tx, actor: Actor | None, command: SetSiteRules, trusted: Collection[str] = ()) -> Done:
    """Change the rules of all threads of a site that have none of their own, also for an operator; as `set_`."""
    sites.need(actor, "set-site-rules")
    site = sites.found(tx, command.site)
    before, secret = stored.of_site(tx, site.id), ""
    after = _changed(before, command)
    if after != before:
        judge, secret = judging.named(judges.of_site(tx, site.id), after, trusted)
        stored.put_for_site(tx, site.id, after, judge)
        (stored.begin_for_site if after.asks else stored.end_for_site)(tx, site.id)
    return Done(site.name, secret=secret)


def _changed(before: Rules, command: SetRules | SetSiteRules) -> Rules:
    """The rules as a command wants them, counted if they are others. Raises Conflict."""
    if command.based not in (None, before.edits):
        raise Conflict(_("Somebody else changed these rules. Look at them as they are now, and change them again."))
    given = {field: value for field, value in asdict(command).items() if field in RULES and value is not None}
    if "judge" in given:
        given["judge"] = given["judge"].strip()
    if "words" in given:
        given["words"] = _words(given["words"])
    after = replace(before, **given)
    return after if after == before else replace(after, edits=before.edits + 1)


def look(tx: Tx, room: Room, rules: Rules) -> None:
    """Look at what is said in a room from now on, or no more."""
    if rules.asks and not room.ruled:
        stored.begin(tx, room.id)
    elif room.ruled and not rules.asks:
        stored.end(tx, room.id)


def need_voice(tx: Tx, actor: Actor, room: Room, at: int) -> None:
    """Raises Forbidden, saying for how long, for whom a moderator of a room has silenced."""
    left = stored_mutes.until(tx, room.id, *author(actor)) - at if room.ruled else 0
    if left > 0:
        raise Forbidden(
            _("A moderator has silenced you in this room for another %(minutes)s min."), minutes=-(-left // MINUTE)
        )


def in_shadow(tx: Tx, actor: Actor, room: Room, at: int) -> bool:
    """Whether only the moderators of a room see what somebody says in it now."""
    return room.ruled and stored_mutes.shadowed(tx, room.id, *author(actor)) > at


def is_free(actor: Actor, room: Room, member: Membership | None) -> bool:
    """Whether an actor may say what they like in a room."""
    program = not isinstance(actor, Guest) and actor.role == "bot"
    return not room.ruled or program or access.may("set-rules", actor, room, member)


def judged(
    tx: Tx, actor: Actor, room: Room, member: Membership | None, body: str, html: str, at: int,
    verdict: Verdict | None = None,
) -> bool:  # fmt: skip
    """Let somebody say something in a room at a time; whether it waits for a moderator. Raises the Refused that says
    why not, and Unjudged where a judge is to be asked for its ``verdict``."""
    need_voice(tx, actor, room, at)
    if is_free(actor, room, member):
        return False
    rules, by = stored.get(tx, room.id), author(actor)
    _need_fit(tx, room, rules, by, body, html)
    if rules.judge and verdict is None:
        _need_pause(tx, room, rules, by, at)
    _need_verdict(tx, room, rules, body, verdict)  # before anything is written, which would have to be undone
    said = hashlib.sha256(folded(body).encode()).hexdigest()[:16] if rules.repeats == "refused" else ""
    if not stored.say(tx, room.id, *by, at, said, slow=rules.slow * 1000, again=AGAIN if said else 0):
        _need_pause(tx, room, rules, by, at)
        raise Conflict(_("You have just said the same. Say something else, or wait a minute."))
    if _waits(tx, room, rules, by, verdict):
        return True
    stored.count(tx, room.id, *by)
    return False


def judged_again(
    tx: Tx, actor: Actor, room: Room, member: Membership | None, body: str, html: str, verdict: Verdict | None = None
) -> None:
    """Let somebody say something differently. Raises as `judged` does: an edit does not wait."""
    need_voice(tx, actor, room, now())
    if is_free(actor, room, member):
        return
    rules, by = stored.get(tx, room.id), author(actor)
    if in_shadow(tx, actor, room, now()):
        raise Unavailable(_("This cannot be saved right now. Try again in a moment."))
    if _is_held(tx, room, rules, by):
        raise Forbidden(NO_EDITS)
    _need_fit(tx, room, rules, by, body, html)
    _need_verdict(tx, room, rules, body, verdict)
    if _waits(tx, room, rules, by, verdict):
        raise Forbidden(NO_EDITS)


def is_in_time(tx: Tx, actor: Actor, room: Room, message: Message) -> bool:
    """Whether what somebody said may still be edited: by guests only for some time."""
    within = stored.get(tx, room.id).editing * MINUTE if isinstance(actor, Guest) else 0
    return not within or now() < message.at + within


def _waits(tx: Tx, room: Room, rules: Rules, by: Author, verdict: Verdict | None) -> bool:
    """Whether what somebody says waits for a moderator, by the rules or by a verdict."""
    return (verdict is not None and verdict.action == "hold") or _is_held(tx, room, rules, by)


def _need_verdict(tx: Tx, room: Room, rules: Rules, body: str, verdict: Verdict | None) -> None:
    """Raises Unjudged where a judge is still to be asked, and Forbidden for what it rejects."""
    if verdict is not None:
        judging.need_let_in(verdict)
    elif rules.judge:
        raise judging.Unjudged(judging.Case(room, judges.get(tx, room.id), rules.unjudged, body))


def _need_pause(tx: Tx, room: Room, rules: Rules, by: Author, at: int) -> None:
    """Raises TooFast for who said something less than so many seconds ago."""
    wait = stored.last(tx, room.id, *by) + rules.slow * 1000 - at if rules.slow else 0
    if wait > 0:
        raise TooFast(
            _("This room is in slow mode: you can write again in %(seconds)s seconds."), seconds=-(-wait // 1000)
        )


def _is_held(tx: Tx, room: Room, rules: Rules, by: Author) -> bool:
    return rules.hold == "all" or (rules.hold == "first" and stored.posts(tx, room.id, *by) < rules.known)


def _need_fit(tx: Tx, room: Room, rules: Rules, by: Author, body: str, html: str) -> None:
    """Raises Forbidden for a link or a word that may not be posted."""
    if rules.links == "everyone" and not rules.words:
        return
    shown = _shown(html)
    if rules.links != "everyone" and ("<a " in html or _LINK.search(shown)):
        if rules.links == "moderators":
            raise Forbidden(_("Only moderators post links in this room."))
        if stored.posts(tx, room.id, *by) < rules.known:
            raise Forbidden(
                _("Only people who have written %(count)s messages before can post links here."), count=rules.known
            )
    if rules.words and is_said(rules.words, body, html):
        raise Forbidden(_("One of the words in it is not allowed in this room. Say it differently."))


def is_said(words: tuple[str, ...], body: str, html: str) -> bool:
    """Whether one of some words is in a text, as it is written or shown, also in letters that look like it."""
    looks = folded(f"{body}\0{_shown(html)}")
    return any(_stands(looks, word) for word in _folded(words))


def _shown(html: str) -> str:
    return unescape(_TAG.sub("", html))


@lru_cache(64)
def _folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(folded, words))


@lru_cache(4096)
def _look(letter: str) -> str:
    return names.skeleton(letter)


def folded(text: str) -> str:
    """What a text looks like, without what shows nothing, with one space for each run of them."""
    text = names.folded(names.INVISIBLE.sub("", text))
    if not text.isascii():
        text = _MARKS.sub("", normalized("NFD", text))
        text = _MARKS.sub("", normalized("NFD", "".join(map(_look, text))))
    return _SPACE.sub(" ", text).strip()


def _stands(text: str, word: str) -> bool:
    """Whether a word stands in a text: by itself, where its script has small and capital letters; others have no spaces
    between their words."""
    at = text.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        if not (_joined(text[at - 1 : at], word[0]) or _joined(text[end : end + 1], word[-1])):
            return True
        at = text.find(word, at + 1)
    return False


def _joined(one: str, other: str) -> bool:
    return bool(one) and _is_letter(one) and _is_letter(other)


def _is_letter(letter: str) -> bool:
    return letter.isdigit() or letter.lower() != letter.upper()


def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words, each once. Raises Malformed for one that shows nothing."""
    kept = tuple(dict.fromkeys(" ".join(word.split()) for word in words))
    if not all(map(folded, kept)):
        raise Malformed(_("One of the words has nothing that can be seen. Remove it."))
    return kept
