"""Which words a text has, and where what is looked for stands among them."""

import time

import pytest
from hypothesis import example, given, strategies as st

from webchat.chat import words
from webchat.chat.words import Phrase

TEXTS = {
    "Hello, World! v1.2 foo_bar": "hello world v1 2 foo bar",
    "今天天气很好abc": "今天 天天 天气 气很 很好 好 abc",
    "Café ÉCOLE ﬁne ＡＢＣ Straße": "cafe ecole fine abc strasse",
    "ｶﾞｷﾞ ガギ": "ガギ ギ ガギ ギ",
    "हिन्दी में": "हिन्दी में",
    "한국어": "한국 국어 어",
    "ﷺ 🐸 — …": "صلىاللهعليهوسلم",
    "x" * 100: "x" * 64,
    "": "",
}


@pytest.mark.parametrize("text", TEXTS)
def test_the_words_of_a_text(text: str) -> None:
    assert " ".join(one.word for one in words.words(words.normal(text))) == TEXTS[text]
    assert " ".join(words.spelled(words.normal(text))) == TEXTS[text]


PHRASES = {
    "v1.2": Phrase(("v1", "2")),
    "天气": Phrase(("天气",)),
    "天": Phrase(("天",), True),
    "天气很": Phrase(("天气", "气很")),
    "a天": Phrase(("a", "天"), True),
    "很好。天": Phrase(("很好", "好", "天"), True),
    "ｶﾞ": Phrase(("ガ",), True),
    "!?": None,
}


@pytest.mark.parametrize("text", PHRASES)
def test_what_is_looked_for(text: str) -> None:
    assert words.phrase(text) == PHRASES[text]


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("天气", "今天天气很好，天气", ["天气", "天气"]),
        ("天", "今天天气很好", ["天天", "天气"]),
        ("好", "今天天气很好", ["好"]),
        ("cafe", "a Cafe\u0301!", ["Café"]),
        ("a b", "A b, a-b a c", ["A b", "a-b"]),
        ("bc", "abc", []),
        ("气天", "天气", []),
    ],
)
def test_where_it_is(asked: str, text: str, found: list[str]) -> None:
    phrase, text = words.phrase(asked), words.normal(text)
    assert phrase
    places = words.places(phrase, list(words.words(text)))
    assert [text[low:high] for low, high in places] == found


def test_many_places_in_a_long_text_take_no_time_that_is_long() -> None:
    found = list(words.words("一" * 10_000))
    for asked, places in (("一" * 200, 9_801), ("一" * 150 + "二" * 50, 0)):
        phrase = words.phrase(asked)
        assert phrase
        began = time.process_time()
        assert sum(1 for _place in words.places(phrase, found)) == places
        assert time.process_time() - began < 0.2, "word by word it is two million comparisons"


@given(st.text(max_size=60))
@example("ำ")  # of one sign two letters
def test_a_word_stands_where_it_says_and_nothing_in_it_could_end_it(text: str) -> None:
    text = words.normal(text)
    end = 0
    for one in words.words(text):
        assert 0 <= one.start < one.end <= len(text)
        assert end <= one.end
        end = one.end
        assert one.word
        assert all(letter.isascii() <= letter.isalnum() for letter in one.word)
        phrase = words.phrase(text[one.start : one.end])
        assert phrase is None or one.word in "".join(phrase.words) or one.word.startswith(phrase.words[0])
