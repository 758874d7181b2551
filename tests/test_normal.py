"""Normal forms are Unicode's, but for heaps of marks, which are not put in order as a whole."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from webchat.normal import MOST, normalized

SIGNS = st.text(
    st.sampled_from("aé가\u1100\u1161ﾞㅏ1. \u0300\u0315\u0344\u0345\u1e9b\ufdfa") | st.characters(codec="utf-8"),
    max_size=MOST,
)


@given(SIGNS)
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_they_are_unicodes(form: str, text: str) -> None:
    assert normalized(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("marks", ["\u0315\u0300", "\uff9e\u0334", "\u0344\u0334"])
def test_a_heap_is_put_in_order_piece_by_piece(marks: str) -> None:
    text = "a" + marks * 1000
    plain = normalized("NFKD", text)
    runs = plain.split("\u034f")
    assert sorted(plain.replace("\u034f", "")) == sorted(unicodedata.normalize("NFKD", text))
    assert len(runs) > 1000 // MOST
    assert max(map(len, runs)) <= 1 + 2 * MOST


@pytest.mark.parametrize("signs", ["!" * 500, "😀" * 500, "\u0ddd" * 500])
def test_other_signs_are_no_marks(signs: str) -> None:
    assert normalized("NFC", signs) == unicodedata.normalize("NFC", signs)
