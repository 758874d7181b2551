"""The commands about other people's sites."""

from typing import Annotated

import msgspec

from webchat.commands.fields import Cid, Slug, Sub, Title
from webchat.model import GuestAccess

Origin = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Origins = Annotated[tuple[Origin, ...], msgspec.Meta(max_length=20)]


class CreateSite(msgspec.Struct, frozen=True):
    """Let the pages of a site show rooms of ours. ``origins`` are where those pages are: ``https://blog.example``."""

    site: Slug
    origins: Annotated[Origins, msgspec.Meta(min_length=1)]
    cid: Cid
    title: Title = ""
    guests: GuestAccess = "write"


class EditSite(msgspec.Struct, frozen=True):
    """Change a site. What is left out stays as it is."""

    site: Slug
    cid: Cid
    origins: Origins | None = None
    title: Title | None = None
    guests: GuestAccess | None = None


class RenewSecret(msgspec.Struct, frozen=True):
    """Give a site another secret; what the old one signs is not believed any more, or, to ``keep`` it, after a day."""

    site: Slug
    cid: Cid
    keep: bool = False


class ErasePerson(msgspec.Struct, frozen=True):
    """Forget a site's own user, whom it calls ``sub``: what they said is emptied, and their name goes."""

    site: Slug
    sub: Sub
    cid: Cid
