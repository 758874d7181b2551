"""The types of the commands' fields, and how long a text may be."""

from typing import Annotated

import msgspec

Cid = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_-]{16,64}\Z")]
Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Place = Annotated[str, msgspec.Meta(min_length=1, max_length=129)]
"""The slug of a room, or of a thread: that of a site and one of its pages with a dot between."""
Body = Annotated[str, msgspec.Meta(min_length=1)]
Title = Annotated[str, msgspec.Meta(max_length=80)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
About = Annotated[str, msgspec.Meta(max_length=250)]
Sub = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
"""What a site calls one of its users."""
Id = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Instant = Annotated[int, msgspec.Meta(ge=0, le=10 * 86_400_000)]
"""Milliseconds into a film; streams may go on for ten days."""
Files = Annotated[tuple[Annotated[str, msgspec.Meta(pattern=r"^[\w-]{22}\Z")], ...], msgspec.Meta(max_length=10)]
"""The ids of files, as many as a message shows."""
Color = Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-f]{6}\Z")]
