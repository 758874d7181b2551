"""Which language a reader gets, and how sentences are found."""

import pytest

from webchat.web.language import LANGUAGES, NAMES, Catalogue, choose


@pytest.mark.parametrize(
    ("stored", "accept", "lang"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("", "de,en;q=0.7,zh;q=0.8", "zh"), ("en", "zh", "en"),
        ("", "", "en"), ("xx", "fr", "en"), ("", "zh;q=0,en", "en"), ("", "zh;q=nonsense", "en"),
    ],
)  # fmt: skip
def test_choice_of_language(stored: str, accept: str, lang: str) -> None:
    assert choose(stored, accept) == lang
    assert set(NAMES) == set(LANGUAGES)


def test_catalogue_follows_gettext() -> None:
    lines = [
        'msgid ""', 'msgstr ""', '"Language: xx\\n"', "", "# a comment", 'msgid "one"', 'msgstr "eins"', "",
        'msgid "long "', '"sentence"', 'msgstr "langer "', '"Satz"', "", 'msgid "%(num)s day"',
        'msgid_plural "%(num)s days"', 'msgstr[0] "%(num)s Tag"', 'msgstr[1] "%(num)s Tage"', "",
        'msgid "untold"', 'msgstr ""',
    ]  # fmt: skip
    texts = Catalogue(lines)
    assert texts.gettext("one") == "eins"
    assert texts.gettext("long sentence") == "langer Satz"
    assert texts.gettext("untold") == "untold"
    assert texts.gettext("") == ""
    assert [texts.ngettext("%(num)s day", "%(num)s days", n) for n in (1, 2)] == ["%(num)s Tag", "%(num)s Tage"]
    assert [Catalogue().ngettext("a", "b", n) for n in (0, 1, 2)] == ["b", "a", "b"]
