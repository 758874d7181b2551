"""Every route, and what each who asks gets from it."""

import re
from typing import NamedTuple

from webchat.web import api
from webchat.web.api.problems import ROOT

ACTORS = ("stranger", "guest", "member", "moderator", "admin", "owner")
Statuses = tuple[int, int, int, int, int, int]


class Row(NamedTuple):
    """A route: an address of it, and for each method the status that each of `ACTORS` gets."""

    path: str
    methods: dict[str, Statuses]


def all_(status: int) -> Statuses:
    return (status,) * 6


def users_(status: int, others: int = 303) -> Statuses:
    """Who is not signed in is sent to do so."""
    return (others, others, status, status, status, status)


def admins(status: int) -> Statuses:
    return (303, 303, 403, 403, status, status)


TABLE = {
    "/": Row("/", {"GET": all_(303)}),
    "/setup": Row("/setup", {"GET": all_(303), "POST": all_(303)}),
    "/sign-in": Row("/sign-in", {"GET": all_(200), "POST": all_(403)}),
    "/sign-up": Row("/sign-up", {"GET": all_(200), "POST": users_(200, 400)}),
    "/sign-out": Row("/sign-out", {"POST": all_(303)}),
    "/join/{code}": Row("/join/no-such-code", {"GET": all_(404), "POST": all_(404)}),
    "/admin": Row("/admin", {"GET": admins(200)}),
    "/admin/users": Row("/admin/users", {"GET": admins(200)}),
    "/admin/users/{name}": Row("/admin/users/a-member", {"GET": admins(200)}),
    "/admin/tokens": Row("/admin/tokens", {"GET": admins(200)}),
    "/admin/bots": Row("/admin/bots", {"GET": admins(200)}),
    "/admin/sites": Row("/admin/sites", {"GET": admins(200)}),
    "/admin/sites/{name}": Row("/admin/sites/a-site", {"GET": admins(200)}),
    "/admin/sites/{name}/tag": Row("/admin/sites/a-site/tag", {"GET": admins(200)}),
    "/admin/bots/{name}": Row("/admin/bots/a-bot", {"GET": admins(200)}),
    "/danmaku.js": Row("/danmaku.js", {"GET": all_(200)}),
    "/heatmap.js": Row("/heatmap.js", {"GET": all_(200)}),
    "/stream.js": Row("/stream.js", {"GET": all_(200)}),
    "/embed/{site}/{thread}/danmaku.json": Row("/embed/a-site/film/danmaku.json?s=0", {"GET": all_(200)}),
    "/admin/log": Row("/admin/log", {"GET": admins(200)}),
    "/admin/place": Row("/admin/place", {"GET": admins(200)}),
    "/admin/invitations": Row("/admin/invitations", {"GET": admins(200)}),
    "/rooms": Row("/rooms", {"GET": all_(200)}),
    "/rooms/{slug}": Row("/rooms/lobby", {"GET": users_(200)}),
    "/rooms/{slug}/m/{seq}": Row("/rooms/lobby/m/1", {"GET": users_(200)}),
    "/rooms/{slug}/settings": Row("/rooms/lobby/settings", {"GET": (303, 303, 403, 200, 200, 200)}),
    "/rooms/{slug}/queue": Row("/rooms/lobby/queue", {"GET": (303, 303, 403, 200, 200, 200)}),
    "/rooms/{slug}/members": Row("/rooms/lobby/members", {"GET": users_(200)}),
    "/rooms/{slug}/names": Row("/rooms/lobby/names", {"GET": users_(200, 404)}),
    "/rooms/{slug}/files": Row("/rooms/lobby/files", {"GET": users_(200, 404), "POST": users_(400, 404)}),
    "/files/{id}/{name}": Row("/files/no-such-file/a.txt", {"GET": all_(404)}),
    "/direct": Row("/direct", {"GET": users_(200)}),
    "/direct/{name}": Row("/direct/an-owner", {"GET": users_(200)}),
    "/support": Row("/support", {"GET": (303, 303, 403, 403, 200, 200)}),
    "/support/answers/{site}": Row("/support/answers/a-site", {"GET": (303, 303, 404, 404, 200, 200)}),
    "/support/{number:number}": Row("/support/1", {"GET": (303, 303, 404, 404, 200, 200)}),
    "/support/{number:number}/transcript.txt": Row(
        "/support/1/transcript.txt", {"GET": (303, 303, 404, 404, 200, 200)}
    ),
    "/search": Row("/search?q=hello", {"GET": all_(200)}),
    "/inbox": Row("/inbox", {"GET": users_(200)}),
    "/settings": Row("/settings", {"GET": all_(200), "POST": all_(303)}),
    "/settings/password": Row("/settings/password", {"POST": users_(403, 401)}),
    "/settings/export": Row("/settings/export", {"POST": (401, 200, 200, 200, 200, 200)}),
    "/settings/erase": Row("/settings/erase", {"POST": (401, 303, 403, 403, 403, 403)}),
    "/settings/push": Row("/settings/push", {"POST": users_(409, 401)}),
    "/settings/mail": Row("/settings/mail", {"POST": users_(409, 401)}),
    "/mail/confirm/{code}": Row("/mail/confirm/x", {"GET": all_(404), "POST": all_(404)}),
    "/mail/stop/{code}": Row("/mail/stop/x", {"GET": all_(404), "POST": all_(404)}),
    "/act/{code}": Row("/act/x", {"GET": all_(404), "POST": all_(404)}),
    "/sw.js": Row("/sw.js", {"GET": all_(200)}),
    "/embed-{hash}.js": Row("/embed-0000000000000000.js", {"GET": all_(404)}),
    "/embed.js": Row("/embed.js", {"GET": all_(200)}),
    "/embed/{site}/{thread}": Row("/embed/a-site/a-page", {"GET": all_(200)}),
    "/embed/{site}/{thread}/tail": Row("/embed/a-site/a-page/tail", {"GET": all_(200)}),
    "/embed/{site}/{thread}/m/{seq}": Row("/embed/a-site/a-page/m/1", {"GET": all_(303)}),
    "/embed/{site}/{thread}/known": Row("/embed/a-site/a-page/known", {"GET": all_(200)}),
    "/bubble.js": Row("/bubble.js", {"GET": all_(200)}),
    "/embed/{site}/support": Row("/embed/a-site/support", {"GET": all_(200), "POST": all_(400)}),
    "/embed/{site}/support/{talk}": Row("/embed/a-site/support/0", {"GET": all_(303), "POST": all_(303)}),
    "/embed/{site}/support/{talk}/transcript.txt": Row("/embed/a-site/support/0/transcript.txt", {"GET": all_(404)}),
    "/embed/{site}/support/{talk}/files": Row("/embed/a-site/support/0/files", {"GET": all_(404), "POST": all_(404)}),
    "/embed/{site}/{thread}/files": Row("/embed/a-site/a-page/files", {"GET": all_(200), "POST": all_(400)}),
    "/embed/{site}/{thread}.json": Row("/embed/a-site/a-page.json", {"GET": all_(200)}),
    "/embed/{site}/{thread}.atom": Row("/embed/a-site/a-page.atom", {"GET": all_(200)}),
    "/embed/{site}/counts.json": Row("/embed/a-site/counts.json?thread=a-page", {"GET": all_(200)}),
    "/me/{name}.css": Row("/me/an-owner.css", {"GET": all_(200)}),
    "/do": Row("/do", {"POST": all_(400)}),
    "/avatar/{hash}/{hue:number}/{letters:path}.svg": Row("/avatar/x/1/A.svg", {"GET": all_(200)}),
    "/static/{hash}/{path:path}": Row("/static/x/js/main.js", {"GET": all_(200)}),
    "/embed/{site}/enter": Row("/embed/a-site/enter", {"GET": all_(200), "POST": all_(400)}),
    "/embed/{site}/identify": Row("/embed/a-site/identify", {"GET": all_(200), "POST": all_(401)}),
    "/embed/{site}/leave": Row("/embed/a-site/leave", {"GET": all_(200), "POST": all_(204)}),
    "/embed/{site}/redeem": Row("/embed/a-site/redeem", {"GET": all_(200), "POST": all_(401)}),
    "/embed/{site}/export": Row("/embed/a-site/export", {"GET": all_(200), "POST": all_(404)}),
    "/embed/{site}/erase": Row("/embed/a-site/erase", {"GET": all_(200), "POST": all_(404)}),
    "/embed/{site}/{thread}.html": Row("/embed/a-site/a-post.html", {"GET": all_(200)}),
    "/embed/{site}/-/sign-in": Row("/embed/a-site/-/sign-in", {"GET": users_(200), "POST": users_(200)}),
    "/healthz": Row("/healthz", {"GET": all_(200)}),
    "/readyz": Row("/readyz", {"GET": all_(200)}),
    "/metrics": Row("/metrics", {"GET": all_(200)}),
    "/socket": Row("/socket", {"GET": all_(404)}),
    "/api/v1/hooks/{secret}": Row("/api/v1/hooks/hook_no-such-secret", {"POST": all_(404)}),
    "/api/v1/": Row("/api/v1/", {"GET": all_(200)}),
    "/api/v1/openapi.json": Row("/api/v1/openapi.json", {"GET": all_(200)}),
    "/stream": Row("/stream?room=nowhere", {"GET": (401, 401, 403, 403, 403, 403)}),
    "/poll": Row("/poll?room=lobby", {"GET": (401, 401, 200, 200, 200, 200)}),
    "/ws": Row("/ws", {"GET": all_(404)}),
    "/ws/": Row("/ws/", {"GET": all_(404)}),
    "/ws/{room}/": Row("/ws/lobby/", {"GET": all_(404)}),
    "/ws/chat/{room}/": Row("/ws/chat/lobby/", {"GET": all_(404)}),
    "/ws/user/{name}": Row("/ws/user/a-member", {"GET": all_(404)}),
}
"""What each route answers to an empty form."""
API = {ROOT + endpoint.path for endpoint in (*api.TABLE, *api.FILES, *api.STREAMS)}
for path in API:
    methods = {one.method: all_(401) for one in (*api.TABLE, *api.FILES, *api.STREAMS) if ROOT + one.path == path}
    TABLE[path] = Row(re.sub(r"\{\w+:(number|path)\}", "1", path).replace("{", "").replace("}", ""), methods)
"""The API takes no cookie: see tests/web/api."""
SOCKETS = [path for path in TABLE if path.startswith(("/socket", "/ws"))] + [f"{ROOT}/me/notifications/ws"]
TABLE[SOCKETS[-1]] = Row(SOCKETS[-1], {"GET": all_(404)})
