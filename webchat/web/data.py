"""What an event says to the script of a page, and to programs: JSON that is not swapped into anything."""

from typing import Any

import msgspec

from webchat import events
from webchat.flying import FlightBegun, FlightEnded
from webchat.notified import BroadcastRetracted, BroadcastSent, NotificationsRead


def data_of(event: events.Event) -> dict[str, Any]:
    """What an event says; nothing for most."""
    match event:
        case events.ReadMoved(room=room):
            moved = "unread" if event.back else "read"
            return {moved: {str(room): event.seq}, "mentions": {str(room): event.mentions}}
        case events.MentionsChanged(room=room):
            return {"top": {str(room): event.seq}, "mentions": {str(room): event.count}}
        case FlightBegun(flight=flight):
            return {"fly": msgspec.structs.asdict(flight)}
        case FlightEnded():
            return {"unfly": event.message}
        case events.TopsMoved():
            return {"top": {str(room): seq for room, seq in event.tops.items()}}
        case NotificationsRead():
            return {"seen": event.upto}
        case BroadcastSent():
            return {"broadcast": {"id": event.notification.id}}
        case BroadcastRetracted():
            return {"broadcast": {"gone": event.id}}
        case _:
            return {}
