"""Positions: what is one, and that all else is none."""

import pytest
from hypothesis import given, strategies as st

from webchat.positions import Position, parse


@given(epoch=st.from_regex(r"[0-9a-z]{1,32}", fullmatch=True), rev=st.integers(0, 10**18 - 1))
def test_a_position_is_read_back(epoch: str, rev: int) -> None:
    assert parse(str(Position(epoch, rev))) == Position(epoch, rev)


OTHERS = ["", "0", "7", ".", "a.", ".1", "a.-1", "a.+1", "a.01", "a.1e3", "a.1.2", "A.1", "ä.1", "a.١", "a b.1"]
OTHERS += ["a.1 ", "a.1\n", f"a.{'9' * 19}", f"{'a' * 33}.1", "x", "NaN", "null", "a.0x1"]


@pytest.mark.parametrize("text", OTHERS)
def test_all_else_is_none(text: str) -> None:
    assert parse(text) is None


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    found = parse(text)
    assert found is None or str(found) == text
