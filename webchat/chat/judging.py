"""Asking the program that judges what is said in a room, before anybody else sees it.

Whether one is to be asked is found in the transaction that would post a text: it raises `Unjudged`, which undoes it,
and is run again with the verdict. So a room without a judge pays nothing. What one author says is judged side by side
and posted in order, each after the one before it; nobody else waits for that.
"""

import asyncio
import base64
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from math import inf
from time import monotonic
from typing import Any, NamedTuple

import msgspec

from webchat.chat import callbacks
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import EditMessage, clean
from webchat.errors import Conflict, Forbidden, Malformed, Unavailable, sentence as _
from webchat.metrics import Metrics
from webchat.model import Actor, Guest, Room, User
from webchat.outside import guard, webhooks
from webchat.rules import Action, Judge, Otherwise, Rules, Verdict
from webchat.store import Store, judges as stored

log = logging.getLogger("webchat.judging")

BUDGET = 0.3
"""Seconds that a judge has, from the look-up of its host to the last byte of its answer."""
FAILURES = 5
"""Failures one after the other after which it is not asked for `REST` seconds; then one text is tried."""
REST = 30.0
NOTED = 10.0
"""Seconds after a failure that was noted for the moderators in which further ones are not."""
LONGEST_REASON = 250
LONGEST_WHY = 200
KEPT = 1_000
"""The most judges that fail which are remembered."""
TRIAL = "Would this be let in?"
"""What a judge is asked that is only tried."""
NO_VERDICT = 'The answer is no JSON such as {"action": "allow"}, with allow, hold or reject.'
"""As all that is noted of calls, in English: it is the world's words about itself."""


class Case(NamedTuple):
    """Who judges what is said in a room, and what becomes of it without a verdict; or is tried."""

    room: Room
    judge: Judge
    otherwise: Otherwise
    body: str = TRIAL
    trial: bool = False


class Unjudged(Exception):
    """What somebody says is to be judged first. It goes no further than to who runs commands."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.room.slug)
        self.case = case


class _Said(msgspec.Struct):
    """An answer as it comes."""

    action: Action
    reason: object = ""


class _Trouble(msgspec.Struct):
    """How often a judge failed since it last answered; when it is asked again, and when that was noted, in seconds of
    the process."""

    failures: int = 0
    until: float = 0.0
    noted: float = -inf


Deliver = Callable[[webhooks.Call, int], Awaitable[webhooks.Answer]]


class Judges:
    """Asks judges, and keeps the order of what one author says."""

    def __init__(self, store: Store, deliver: Deliver, metrics: Metrics) -> None:
        self._store = store
        self._deliver = deliver
        self._metrics = metrics
        self._last: dict[str, asyncio.Task[Done]] = {}
        self._troubles: dict[str, _Trouble] = {}

    def settle(
        self, actor: Actor, command: Any, case: Case, go_on: Callable[[Verdict], Awaitable[Done]]
    ) -> asyncio.Task[Done]:
        """Ask about what somebody says, and go on with the verdict once what they said before is settled."""
        author = str(actor.id) if isinstance(actor, User) else actor.key
        doing = self._settle(_call(actor, command, case), case, go_on, self._last.get(author))
        task = self._last[author] = asyncio.create_task(doing)
        task.add_done_callback(partial(self._forget, author))
        return task

    async def _settle(
        self, call: webhooks.Call, case: Case, go_on: Callable[[Verdict], Awaitable[Done]],
        before: asyncio.Task[Done] | None,
    ) -> Done:  # fmt: skip
        verdict = await self._verdict(call, case)
        if before is not None:
            await asyncio.wait([before])
        return await go_on(verdict)

    def _forget(self, author: str, task: asyncio.Task[Done]) -> None:
        if self._last.get(author) is task:
            del self._last[author]

    async def _verdict(self, call: webhooks.Call, case: Case) -> Verdict:
        """What a judge says, or else what is to be done without it. Raises Conflict if a trial gets none."""
        judge, counts = case.judge, self._metrics.judged
        trouble = self._troubles.get(judge.secret) or _Trouble()
        if trouble.until > monotonic() and not case.trial:
            counts["skipped"] += 1
            return Verdict(case.otherwise)
        if trouble.failures >= FAILURES:  # one is tried, and the others do not wait for it
            trouble.until = monotonic() + REST
        began = monotonic()
        verdict = read(await self._deliver(call, now() // 1000))
        self._metrics.judging.observe(monotonic() - began)
        if isinstance(verdict, Verdict):
            counts[verdict.action] += 1
            await self._answers(judge)
            return verdict
        counts["failed"] += 1
        await self._fails(judge, verdict, always=case.trial)
        if case.trial:
            raise Conflict(_("It does not judge: %(why)s"), why=verdict)
        return Verdict(case.otherwise)

    async def _answers(self, judge: Judge) -> None:
        """Forget how often it failed. That it rested is over, also for those who look."""
        rested, trouble = bool(judge.resting), self._troubles.get(judge.secret)
        if trouble:
            rested = rested or trouble.failures >= FAILURES
            trouble.failures, trouble.until = 0, 0.0
        if rested:
            log.info("A judge answers again.")
            await self._note(msgspec.structs.replace(judge, resting=0))

    async def _fails(self, judge: Judge, why: str, always: bool) -> None:
        """Count a failure, after some of which the judge rests, and note it if none was just now, or ``always``."""
        if judge.secret not in self._troubles and len(self._troubles) >= KEPT:
            del self._troubles[next(iter(self._troubles))]
        trouble, at = self._troubles.setdefault(judge.secret, _Trouble()), monotonic()
        trouble.failures += 1
        if trouble.failures >= FAILURES:
            trouble.until = at + REST
        if not always and trouble.failures != FAILURES and at < trouble.noted + NOTED:
            return
        trouble.noted = at
        resting = now() + int(REST * 1000) if trouble.failures >= FAILURES else 0
        log.warning("A judge does not answer%s: %s", " and rests" if resting else "", why)
        await self._note(msgspec.structs.replace(judge, failed=now(), error=why, resting=resting))

    async def _note(self, judge: Judge) -> None:
        """Note how asking goes, for those who look; not while nothing can be stored."""
        with suppress(Unavailable):
            await self._store.write(lambda tx: stored.note(tx, judge))


def read(answer: webhooks.Answer) -> Verdict | str:
    """The verdict that an answer is, or why it is none. A reason that cannot be shown is left out: what a judge decides
    does not hang on it, as when it quotes a text and cuts a letter in half."""
    if not answer.is_done or answer.why:
        return (answer.why or f"HTTP {answer.status}")[:LONGEST_WHY]
    try:
        said = msgspec.convert(json.loads(answer.body), type=_Said)
    except (msgspec.ValidationError, ValueError, RecursionError):
        return NO_VERDICT
    return Verdict(said.action, _shown(said.reason))


def _shown(reason: object) -> str:
    if not isinstance(reason, str):
        return ""
    with suppress(Malformed):
        return clean(" ".join(reason.split())[:LONGEST_REASON])  # cut first: it closes what turns the text around
    return ""


def named(before: Judge, after: Rules, trusted: Collection[str], *, anywhere: bool = True) -> tuple[Judge, str]:
    """Who judges by some rules, and once the secret by which another one knows that we ask. Raises Malformed for an
    address that is not called; of those that are only since the operator named them, where not ``anywhere``, all."""
    if after.judge == before.url:
        return before, ""
    if not after.judge:
        return Judge(), ""
    if guard.is_trusted(guard.checked(after.judge, trusted), trusted) and not anywhere:
        raise Malformed(guard.NOT_PUBLIC)
    secret = webhooks.new_secret()
    return Judge(after.judge, secret), secret


def need_let_in(verdict: Verdict) -> None:
    """Raises Forbidden for what a judge rejects."""
    if verdict.action == "reject" and verdict.reason:
        raise Forbidden(_("This was not let in: %(reason)s"), reason=verdict.reason)
    if verdict.action == "reject":
        raise Forbidden(_("This was not let in. Say it differently."))


def _call(actor: Actor, command: Any, case: Case) -> webhooks.Call:
    """What is asked: who says what where, and which message is to become so, if it is an edit."""
    key = actor.key if isinstance(actor, Guest) else str(actor.id)
    uid = base64.urlsafe_b64encode(hashlib.sha256(f"{key} {command.cid}".encode()).digest()[:18]).decode()
    edits = command.message if isinstance(command, EditMessage) else None
    message = {"body": case.body, "edits": edits, "author": callbacks.person(actor)}
    told = callbacks.written("message.written", case.room, {"message": message, "trial": case.trial}, now())
    return webhooks.Call(case.judge.url, case.judge.secret, uid, told)
