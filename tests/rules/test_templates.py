"""Templates, style sheets and scripts keep the design's rules: small, translated, and nothing inline."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from webchat.web.assets import LAYERS, STATIC
from webchat.web.language import LANGUAGES, catalogue

PACKAGE = Path(__file__).parents[2] / "webchat"
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
EMBEDDED = sorted((STATIC / "embed").glob("*.js"))
SHEETS = sorted((STATIC / "css").rglob("*.css"))
NOT_IN_ROOMS = {"inbox-list.js", "copy-text.js", "push-switch.js", "embed-code.js", "embed-identity.js"}
NOT_IN_ROOMS |= {"support-room.js", "support-start.js", "recognise.js", "hosted.js", "clip.js", "talk-files.js"}
NOT_IN_ROOMS |= {"support-desk.js", "fallback.js", "tail.js", "file-list.js", "mention-list.js"}
NOT_IN_ROOMS |= {"answer-line.js", "embed-room.js", "embed-words.js", "thread-order.js", "log-bounds.js"}
NOT_IN_ROOMS |= {"framed.js", "draft.js", "again.js", "upload.js"}
NOT_IN_ROOMS |= {"live-choice.js", "tag-preview.js", "zone-field.js", "first-words.js"}
"""The last are fetched only where no socket can be had, by who turns to a composer or writes in it, when somebody
answers, in the pages of others, for lists that are too long, by who takes back what was not sent, where a tag is made,
where a time zone is asked for, and where one writes to somebody for the first time."""
SOURCE = {"**.py": "python", "templates/**.html": "jinja2"}


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(PACKAGE).as_posix() for path in paths]


def code_lines(script: Path) -> int:
    """Lines that say something to the browser."""
    return sum(not re.match(r"\s*(//.*)?$", line) for line in script.read_text("utf-8").splitlines())


@pytest.mark.parametrize("template", TEMPLATES, ids=names(TEMPLATES))
def test_sizes(template: Path) -> None:
    most = {"fragments": 5, "pages": 40, "layouts": 40, "macros": 80}[template.parent.name]
    assert len(template.read_text("utf-8").splitlines()) <= most


@pytest.mark.parametrize("template", TEMPLATES, ids=names(TEMPLATES))
def test_nothing_inline(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"""\s(on[a-z]+|style)\s*=""", text, re.IGNORECASE)
    assert not re.search(r"hx-on|js:|javascript:|hx-vals|<style|srcdoc", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"https?://|//cdn", text)
    assert not re.search(r"""\sname=["']id["']""", text)


def test_only_sanitised_html_is_safe() -> None:
    assert not [path.name for path in TEMPLATES if re.search(r"\|\s*safe\b", path.read_text("utf-8"))]
    found = [
        (path.name, use) for path in TEMPLATES for use in re.findall(r"\S+\s*\|\s*text\b", path.read_text("utf-8"))
    ]
    assert sorted(found) == [("included.html", "m|text"), ("message.html", "m|text")]
    assert not [path.name for path in TEMPLATES if re.search(r"autoescape|Markup", path.read_text("utf-8"))]


@pytest.mark.parametrize("template", TEMPLATES, ids=names(TEMPLATES))
def test_no_text_that_is_not_translated(template: Path) -> None:
    text = re.sub(r"\{% block kind %\}\w+", "", template.read_text("utf-8"))
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!doctype html>", " ", text, flags=re.DOTALL)
    for attribute in re.findall(r'\s(?:title|placeholder|aria-label|alt)="([^"]*)"', text):
        assert not re.search(r"\w", attribute), attribute
    words = re.sub(r"<[^>]*>", " ", text)
    words = re.sub(r'hx-get=.*?hx-swap="none"', " ", words, flags=re.DOTALL)
    words = re.sub(r'\s[\w:-]+="[^"]*"|(?m:^-\}.*$)', " ", words)
    assert not re.search(r"[^\W\d_]{2,}", words), words.split()


def sentences() -> set[str]:
    """All that the source marks for translation."""
    options = {"templates/**.html": {"newstyle_gettext": "true"}}
    keywords = {"_": None, "sentence": None, "gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(PACKAGE, method_map=list(SOURCE.items()), options_map=options, keywords=keywords)
    return {message if isinstance(message, str) else message[0] for _file, _line, message, _comments, _context in found}


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_catalogues_are_complete(lang: str) -> None:
    """English is what the source says."""
    told = catalogue(lang).sentences
    assert sorted(sentences() - told.keys()) == []
    assert sorted(told.keys() - sentences()) == []
    for sentence, forms in told.items():
        for form in forms:
            assert sorted(re.findall(r"%\(\w+\)s|%%", form)) == sorted(re.findall(r"%\(\w+\)s|%%", sentence))


@pytest.mark.parametrize("script", SCRIPTS, ids=names(SCRIPTS))
def test_scripts(script: Path) -> None:
    text = script.read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function",
        re.sub(r"\bswap: '(inner|outer)HTML'|'hx-swap': 'outerHTML'", "", text),
    )
    assert not re.search(r"['\"`]\s*<\w+[^>]*>", re.sub(r"(?m)^\s*//.*$", "", text))
    assert len(text.splitlines()) <= 220
    defined = re.findall(r"customElements\.define\(\s*'([\w-]+)'", text)
    assert defined in ([], [script.stem])
    assert script.stem not in ("utils", "helpers")
    # Firefox and Safari keep it for the life of a page that a module did not come: `later` asks again.
    assert script.stem == "later" or not re.search(r"\bimport\(", text)


@pytest.mark.parametrize("script", EMBEDDED, ids=names(EMBEDDED))
def test_scripts_in_the_pages_of_others(script: Path) -> None:
    text = script.read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|^import ", text)
    assert not re.search(r"localStorage|sessionStorage|document\.cookie", text)
    part = script.stem == "bubble"  # of what embed.js defines
    assert part or re.search(rf"customElements\.define\('web-({script.stem}|chat)'", text)


def test_script_of_the_room_page_is_small() -> None:
    assert sum(code_lines(script) for script in SCRIPTS if script.name not in NOT_IN_ROOMS) <= 800
    assert code_lines(STATIC / "js" / "place.js") <= 25
    assert code_lines(STATIC / "js" / "fallback.js") <= 75
    assert code_lines(STATIC / "js" / "file-list.js") <= 105


def test_every_script_is_imported_and_every_tag_defined() -> None:
    """``embed.js`` defines what stands in the pages of others, and once, to be tried, in ours."""
    loaders = ("main.js", "message-composer.js", "embed-room.js", "framed.js", "clip.js")
    main = "".join((STATIC / "js" / name).read_text("utf-8") for name in loaders)
    everything = "".join(path.read_text("utf-8") for path in (*SCRIPTS, *TEMPLATES))
    for script in SCRIPTS:
        ways = (f"'./{script.name}'", f"'js/{script.name}'", f"later('{script.stem}'", f", '{script.stem}'")
        assert script.stem == "embed-room" or any(way in everything for way in ways), script.name
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        for tag in re.findall(r"<([a-z]+-[a-z]+)[\s>]", text):
            found = (f"./{tag}.js" in main, f"later('{tag}'" in main, f"'js/{tag}.js'" in text)
            assert tag in ("hx-partial", "embed-room", "web-chat") or any(found), tag


@pytest.mark.parametrize("sheet", SHEETS, ids=names(SHEETS))
def test_style_sheets(sheet: Path) -> None:
    text = sheet.read_text("utf-8")
    assert sheet.parent.name in LAYERS
    assert len(text.splitlines()) <= 200
    assert "@layer" not in text
    assert not re.search(r"\b(margin|padding|border)-(left|right|top|bottom)\b|[\s{;](left|right|top|bottom)\s*:", text)
    if sheet.parent.name != "tokens":
        assert not re.search(r"#[0-9a-f]{3,8}\b(?![^{]*\{)", re.sub(r"url\([^)]*\)", "", text)), (
            "a colour outside of the tokens"
        )


def test_only_meanings_are_used() -> None:
    tokens = (STATIC / "css" / "tokens" / "tokens.css").read_text("utf-8")
    known = set(re.findall(r"(--[\w-]+):", tokens))
    raw = {name for name in known if re.fullmatch(r"--[nd]\d|--(green|red|amber)-\w+|--hue", name)}
    own = set()
    for sheet in SHEETS:
        own |= set(re.findall(r"(--[\w-]+):", sheet.read_text("utf-8")))
    for sheet in SHEETS:
        used = set(re.findall(r"var\((--[\w-]+)", sheet.read_text("utf-8")))
        assert sheet.parent.name == "tokens" or not used & raw, (sheet.name, used & raw)
        assert used <= known | own | {
            "--tint",
            "--bar",
            "--named",
            "--named-ink",
            "--chip",
            "--chip-line",
            "--chip-mark",
            "--size",
            "--row",
            "--wc-font",
            "--wc-ground",
            "--wc-size",
        }, (
            sheet.name,
            used - known - own,
        )
