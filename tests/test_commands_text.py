"""The gate for text: heaps of marks, and directions that would reach beyond the line."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from webchat.commands import clean
from webchat.errors import Malformed

OPENS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"} | dict.fromkeys(
    "\u2066\u2067\u2068", "\u2069"
)


@pytest.mark.parametrize("heap", ["Z" + "\u0335" * 9, "x" + "\u0300\u0321" * 40 + "y", "\u0e01" + "\u0e49" * 20])
def test_a_heap_of_marks_is_refused(heap: str) -> None:
    for text in (heap, f"before {heap} after", f"!!!{heap}"):
        with pytest.raises(Malformed, match="marks"):
            clean(text)


@pytest.mark.parametrize(
    "text", ["Z" + "\u0335" * 8, "หนี้สิ้น", "שָׁלוֹם", "हिन्दी", "…!?!?!?!?!?!?!?!", "👩‍👩‍👧‍👦👍🏽❤️", "e\u0301" * 300]
)
def test_what_scripts_need_is_let_through(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("a\u202eb", "a\u202eb\u202c"),
        ("a\u2068b\nc", "a\u2068b\u2069\nc"),
        ("a\u2068b\u2069c", "a\u2068b\u2069c"),
        ("\u202a+1 234\u202c", "\u202a+1 234\u202c"),
        ("a\u2069b\u202cc", "abc"),
        ("\u2067\u202ea\u2069b", "\u2067\u202ea\u2069b"),
        ("\u202e\u2067a\u202cb", "\u202e\u2067ab\u2069\u202c"),
    ],
)
def test_every_direction_ends_where_its_line_does(text: str, becomes: str) -> None:
    assert clean(text) == becomes


@given(st.text("ab\n\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
def test_all_directions_are_balanced_and_cleaning_twice_is_cleaning_once(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    for line in cleaned.split("\n"):
        owed: list[str] = []
        for sign in line:
            if sign in OPENS:
                owed.append(OPENS[sign])
            elif sign == "\u2069":
                while owed.pop() != sign:
                    pass
            elif sign == "\u202c":
                assert owed.pop() == sign
        assert not owed
    assert [sign for sign in cleaned if sign in "ab\n"] == [sign for sign in text if sign in "ab\n"]
