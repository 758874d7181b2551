"""Who hears what: events in, one shared frame out, and nobody misses anything.

Read `Broker` first; then `Channel` (what is known of a room), `Repairs` (coming back), `Pump` and `Teller` (fan-out).
"""

from webchat.broker.broker import Broker, Since
from webchat.broker.frames import Frame, Outlet, data, position_of
from webchat.broker.repairs import Heads, Load, Render
from webchat.broker.roll import Reader

__all__ = ["Broker", "Frame", "Heads", "Load", "Outlet", "Reader", "Render", "Since", "data", "position_of"]
