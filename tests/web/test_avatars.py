"""Initials as pictures."""

import re
import xml.etree.ElementTree as ET

import pytest

from tests.web.conftest import Visitor
from webchat.web import avatars

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("title", ["Ann", "Ann Lee", "张伟", "<b>", "& co", "/", "?", "..", "%41", "ß", "🙂", "'\""])
async def test_every_name_has_a_picture_that_is_kept_for_ever(stranger: Visitor, title: str) -> None:
    answer = await stranger.get(avatars.url("", 3, title))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    drawing = ET.fromstring(answer.text)  # noqa: S314 # what we have just drawn
    assert [(one.tag.rpartition("}")[2], one.text) for one in drawing] == [
        ("rect", None),
        ("text", avatars.initials(title)),
    ]


async def test_it_can_be_shown_elsewhere_and_asks_for_nobody(stranger: Visitor) -> None:
    answer = await stranger.get(avatars.url("", 3, "Ann"))
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in answer.headers


async def test_another_name_has_another_address(stranger: Visitor) -> None:
    assert avatars.url("", 3, "Ann") == avatars.url("", 3, "Anna") == avatars.url("", 11, "Ann")
    assert len({avatars.url("", *of) for of in [(3, "Ann"), (4, "Ann"), (3, "Ben"), (3, "Ann Lee")]}) == 4
    assert avatars.url("/chat", 3, "Ann").startswith("/chat/avatar/")


async def test_an_address_of_another_version_is_not_kept(stranger: Visitor) -> None:
    answer = await stranger.get("/avatar/000000000000/3/A.svg")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["8/A", "3/ABCDEFG", "3/", "x/A", "-1/A", "3/%00", "3/%1b", "99999999999999999999/A"])
async def test_what_is_no_picture_is_not_there(ann: Visitor, path: str) -> None:
    assert (await ann.get(f"/avatar/000000000000/{path}.svg")).status_code == 404


async def test_people_are_listed_with_it(ann: Visitor, bob: Visitor) -> None:
    page = (await ann.get("/rooms/lobby")).text
    [picture] = set(re.findall(r'src="(/avatar/[^"]+/B\.svg)"', page))
    assert (await ann.get(picture)).status_code == 200
