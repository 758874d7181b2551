"""Names and slugs: what they may be, and that no two look the same."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import names, people
from webchat.errors import Conflict, Malformed

pytestmark = pytest.mark.anyio

ALIKE = [
    ("cop", "сор"),  # Cyrillic
    ("bob-1", "ВОВ-1"),  # Cyrillic, alike in capitals
    ("vou", "νου"),  # Greek
    ("google", "ɡoogle"),  # Latin, but no g
    ("カ", "力"),  # a kana and a Chinese sign
    ("スーパー", "ス一パ一"),
    ("josé", "jose\u0301"),
    ("joe", "ＪＯＥ"),
    ("strasse", "straße"),
]


@pytest.mark.parametrize(
    "name", ["ann", "張偉", "田中さん", "データ", "홍길동", "Андрей", "Ελένη", "עברית", "محمد1", "हिन्दी"]
)
def test_names_of_every_script(name: str) -> None:
    assert names.name(name) == names.folded(name)
    assert names.slug(name) == names.folded(name)
    assert names.is_slug(names.folded(name))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "x" * 65,
        "ann" * 3_400,
        "a\u200bb",
        "a\u200db",
        "\u202eann",
        "\u200fann",
        "ann\u2066",
        "\ufeffann",
        "a\u00adb",
        "\u0301a",
        "аnn",  # the first letter is Cyrillic
        "annα",
        "2עברית",  # would be shown the other way round
        "עבriv",
        "a/b",
        "<b>",
        "a\ud800",
        "ㅤ",
        "⠀",
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(Malformed):
        names.name(name)
    with pytest.raises(Malformed):
        names.slug(name)


@pytest.mark.parametrize("name", ["admin", "ADMIN", "ＡＤＭＩＮ", "Here", "нere", "неrе", "WebChat", "аll"])
def test_reserved_names_however_they_are_written(name: str) -> None:
    with pytest.raises(Malformed):
        names.name(name)


@pytest.mark.parametrize(("one", "other"), ALIKE)
async def test_of_names_that_look_alike_there_is_one(place: Place, one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        assert names.skeleton(names.folded(first)) == names.skeleton(names.folded(second))
    await place.person(other)
    with pytest.raises(Conflict):
        await place.person(one)
    with pytest.raises(Conflict):
        await place.store.read(lambda tx: people.check_free(tx, one))
    await place.do(place.bob, c.CreateRoom(other, new_cid()))
    before = await place.everything()
    with pytest.raises(Conflict):
        await place.do(place.cat, c.CreateRoom(one, new_cid()))
    assert await place.everything() == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("modern", "modem"),
        ("bill", "bi11"),
        ("o", "0"),
        ("a_b", "a-b"),
        ("vov", "νου"),
        ("张伟", "張偉"),
        ("jose", "josé"),
    ],
)
async def test_names_that_only_resemble_each_other_are_two(place: Place, one: str, other: str) -> None:
    await place.person(one)
    await place.person(other)
    await place.do(place.bob, c.CreateRoom(one, new_cid()))
    await place.do(place.bob, c.CreateRoom(other, new_cid()))


async def test_direct_rooms_look_like_nothing(place: Place) -> None:
    await place.do(place.bob, c.OpenDirect(("cat",), new_cid()))
    await place.do(place.bob, c.OpenDirect(("dan",), new_cid()))


@given(st.text(max_size=20) | st.text(alphabet="aZ -.\x1f\x85K\u0130ﬁ", max_size=8))
def test_the_short_way_for_ascii_folds_as_the_long_way_does(text: str) -> None:
    once = unicodedata.normalize("NFKC", text.strip()).casefold()
    assert names.folded(text) == unicodedata.normalize("NFKC", once)
