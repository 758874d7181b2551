"""Every route, and which pages wait for the first run."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from webchat.chat import people
from webchat.web import (
    account,
    act,
    admin,
    api,
    avatars,
    danmaku,
    directory,
    doors,
    embed,
    embed_feeds,
    embed_files,
    embed_identity,
    embed_support,
    entrance,
    exposition,
    files,
    health,
    hooks,
    inbox,
    mail,
    pages,
    plain,
    push,
    rights,
    room_queue,
    room_settings,
    search,
    support,
    transcripts,
)
from webchat.web.answers import redirect
from webchat.web.house import house

Endpoint = Callable[[Request], Awaitable[Response]]


def _page(endpoint: Endpoint) -> Endpoint:
    """A page of a place that was set up; before that, every page is the first run."""

    async def page(request: Request) -> Response:
        at = house(request)
        if not at.settings.open and not await at.store.read(people.is_set_up):
            return redirect(request, "/setup")
        return await endpoint(request)

    return page


async def _static(request: Request) -> Response:
    return await house(request).renderer.assets.respond(request)


ROUTES = (
    Route("/", _page(pages.home)),
    Route("/setup", entrance.setup, methods=["GET", "POST"]),
    Route("/sign-in", _page(embed_identity.leads_back(entrance.sign_in)), methods=["GET", "POST"]),
    Route("/sign-up", _page(entrance.sign_up), methods=["GET", "POST"]),
    Route("/sign-out", _page(entrance.sign_out), methods=["POST"]),
    Route("/join/{code}", _page(entrance.join), methods=["GET", "POST"]),
    Route("/admin", _page(admin.home)),
    Route("/admin/users", _page(admin.users)),
    Route("/admin/users/{name}", _page(admin.user)),
    Route("/admin/invitations", _page(admin.invitations)),
    Route("/admin/tokens", _page(admin.tokens)),
    Route("/admin/bots", _page(admin.bots)),
    Route("/admin/bots/{name}", _page(admin.bot)),
    Route("/admin/sites", _page(admin.sites)),
    Route("/admin/sites/{name}", _page(admin.site)),
    Route("/admin/sites/{name}/tag", _page(admin.tag)),
    Route("/admin/log", _page(admin.log)),
    Route("/admin/place", _page(admin.place)),
    Route("/rooms", _page(directory.room_list)),
    Route("/rooms/{slug}", _page(pages.room)),
    Route("/rooms/{slug}/settings", _page(room_settings.settings)),
    Route("/rooms/{slug}/queue", _page(room_queue.listed)),
    Route("/rooms/{slug}/members", _page(room_settings.members)),
    Route("/rooms/{slug}/files", _page(files.attach), methods=["GET", "POST"], middleware=api.OWN_LIMIT),
    Route("/files/{id}/{name}", _page(files.give)),
    Route("/rooms/{slug}/names", _page(pages.names_offered)),
    Route("/rooms/{slug}/m/{seq}", _page(pages.message)),
    Route("/direct", _page(directory.choose)),
    Route("/direct/{name}", _page(directory.direct)),
    Route("/support", _page(support.inbox)),
    Route("/support/answers/{site}", _page(support.answers)),
    Route("/support/{number:number}", _page(support.conversation)),
    Route("/support/{number:number}/transcript.txt", _page(support.transcript)),
    Route("/inbox", _page(inbox.inbox)),
    Route("/search", _page(search.search)),
    Route("/settings", _page(account.settings), methods=["GET", "POST"]),
    Route("/settings/push", _page(push.push), methods=["POST"]),
    Route("/settings/mail", _page(mail.mail), methods=["POST"]),
    Route("/mail/confirm/{code}", _page(mail.confirm), methods=["GET", "POST"]),
    Route("/mail/stop/{code}", _page(mail.stop), methods=["GET", "POST"]),
    Route("/act/{code}", _page(act.act), methods=["GET", "POST"]),
    Route("/sw.js", push.worker),
    Route("/danmaku.js", danmaku.script),
    Route("/heatmap.js", danmaku.heatmap),
    Route("/stream.js", danmaku.stream),
    Route("/embed/{site}/{thread}/danmaku.json", danmaku.segment),
    Route("/embed.js", embed.script),
    Route("/embed-{hash}.js", embed.pinned),
    Route("/embed/{site}/counts.json", embed_feeds.counts),
    Route("/embed/{site}/{thread}.json", embed_feeds.as_json),
    Route("/embed/{site}/{thread}.atom", embed_feeds.as_atom),
    Route("/embed/{site}/{thread}.html", embed_feeds.as_html),
    Route("/embed/{site}/-/sign-in", _page(embed_identity.sign_in), methods=["GET", "POST"]),
    Route("/bubble.js", embed_support.script),
    Route("/embed/{site}/support", embed_support.window, methods=["GET", "POST"]),
    Route("/embed/{site}/support/{talk}/transcript.txt", transcripts.file),
    Route("/embed/{site}/support/{talk}/files", embed_files.attach, methods=["GET", "POST"], middleware=api.OWN_LIMIT),
    Route("/embed/{site}/support/{talk}", embed_support.window, methods=["GET", "POST"]),
    Route("/embed/{site}/{thread}", embed.thread),
    Route("/embed/{site}/{thread}/tail", embed.tail),
    Route("/embed/{site}/{thread}/m/{seq}", embed.message),
    Route("/embed/{site}/{thread}/known", rights.known),
    Route("/embed/{site}/{thread}/files", files.attach, methods=["GET", "POST"], middleware=api.OWN_LIMIT),
    Route("/settings/password", _page(account.password), methods=["POST"]),
    Route("/settings/export", _page(rights.export), methods=["POST"]),
    Route("/settings/erase", _page(rights.erase), methods=["POST"]),
    Route("/me/{name}.css", pages.my_style),
    Route("/do", _page(plain.do), methods=["POST"]),
    Route("/embed/{site}/enter", _page(embed_identity.enter), methods=["POST"]),
    Route("/embed/{site}/identify", _page(embed_identity.identify), methods=["POST"]),
    Route("/embed/{site}/leave", _page(embed_identity.leave), methods=["POST"]),
    Route("/embed/{site}/redeem", _page(embed_identity.redeem), methods=["POST"]),
    Route("/embed/{site}/export", _page(rights.export_here), methods=["POST"]),
    Route("/embed/{site}/erase", _page(rights.erase_here), methods=["POST"]),
    Route("/avatar/{hash}/{hue:number}/{letters:path}.svg", avatars.avatar),
    Route("/static/{hash}/{path:path}", _static),
    *api.ROUTES,
    Route("/api/v1/hooks/{secret}", hooks.post, methods=["POST"], middleware=api.OWN_LIMIT),
    Route("/healthz", health.healthz),
    Route("/readyz", health.readyz),
    Route("/metrics", exposition.metrics),
    *doors.ROUTES,
)
