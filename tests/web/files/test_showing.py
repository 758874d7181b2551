"""What is shown as a picture, what is only given out, and what each is called."""

import io
import re
from html import unescape
from urllib.parse import unquote

import pytest
from PIL import Image

from tests.web.conftest import Visitor
from tests.web.files.conftest import drawn, row_of, say, sent
from webchat.chat import attachments, uploads
from webchat.commands import clean
from webchat.web import pictures

pytestmark = pytest.mark.anyio


async def test_a_picture_is_shown_where_it_is_said_with_the_place_it_takes(
    ann: Visitor, bob: Visitor, room: str
) -> None:
    for seq, kind in enumerate(pictures.TYPES, 1):
        name = f"a.{kind.lower()}"
        file = await sent(ann, room, drawn(kind, (2600, 1300) if kind == "JPEG" else (720, 360)), name)
        await say(ann, room, file, before="Look: ")
        row = await row_of(bob, room, seq)
        assert f'<img src="{file["url"]}" alt="{name}" width="360" height="180" loading="lazy">' in row
        answer = await bob.get(file["url"])
        assert answer.headers["content-type"] == pictures.TYPES[kind]
        assert answer.headers["content-disposition"].startswith("inline;")
        shown = Image.open(io.BytesIO(answer.content))
        assert (shown.format, shown.size) == (kind, (2560, 1280) if kind == "JPEG" else (720, 360))
        assert len(answer.content) == file["size"]


async def test_nothing_is_left_of_what_a_camera_notes(ann: Visitor, room: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # on its side
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    for kind in ("JPEG", "PNG", "WEBP"):
        file = await sent(ann, room, drawn(kind, exif=exif), f"a.{kind.lower()}")
        data = (await ann.get(file["url"])).content
        shown = Image.open(io.BytesIO(data))
        assert (shown.size, dict(shown.getexif())) == ((30, 40), {})
        assert b"a camera" not in data


async def test_a_picture_that_moves_goes_on_moving(ann: Visitor, room: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=70, loop=0, comment=b"of mine")
    file = await sent(ann, room, out.getvalue(), "a.gif")
    shown = Image.open(io.BytesIO((await ann.get(file["url"])).content))
    assert (getattr(shown, "n_frames", 1), shown.info["duration"]) == (3, 70)
    assert b"of mine" not in (await ann.get(file["url"])).content


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
BOMB = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x02\0\0\0\x17\xcc\xf9\x95"


ODD = (
    ("a.png", HTML),
    ("a.png", SVG),
    ("a.svg", SVG),
    ("a.gif", b"GIF89a/*" + HTML),
    ("a.jpg", drawn("JPEG", (400, 400))[:300]),
    ("a.png", BOMB),
    ("a.html", HTML),
    ("a.pdf", b"%PDF-1.7"),
    ("a.bmp", drawn("BMP")),
    ("a", b"\0"),
)


async def test_what_is_no_picture_is_a_download_whatever_it_is_called(ann: Visitor, room: str) -> None:
    for seq, (name, data) in enumerate(ODD, 1):
        file = await sent(ann, room, data, name)
        await say(ann, room, file)
        answer = await ann.get(file["url"])
        assert answer.content == data
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        row = await row_of(ann, room, seq)
        assert f'<a href="{file["url"]}">{name} <small>{attachments.sized(len(data))}</small></a>' in row
        assert "<img" not in row


async def test_what_hides_behind_a_picture_is_cut_off(ann: Visitor, room: str) -> None:
    file = await sent(ann, room, drawn("JPEG") + HTML + b"PK\x03\x04", "a.jpg")
    assert file["type"] == "image/jpeg"
    assert b"script" not in (await ann.get(file["url"])).content


async def test_without_what_draws_pictures_all_are_downloads(
    ann: Visitor, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    monkeypatch.setattr(pictures, "Image", None)
    file = await sent(ann, room, drawn(), "a.png")
    assert (file["type"], file["markdown"][0]) == ("", "[")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\a b.txt", "a b.txt"),
        ("报告 2026.pdf", "报告 2026.pdf"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ('say "hi".txt', 'say "hi".txt'),
        ("gpj\u202e.exe", "gpj.exe"),
        ("Za" + "\u0335" * 60 + "lgo.txt", "Za" + "\u0335" * 8 + "lgo.txt"),
        ("..", "file"),
        ("   ", "file"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_is_what_it_shows(given: str, shown: str) -> None:
    assert uploads.called(given) == shown
    assert clean(shown) == shown, "a text can name it"


NAMES = ('a "b".txt', "报告.pdf", "a%0d%0ab.txt", "[x](y)*_`~<b>&|\\!.txt", "a;b=c.txt", "🐸.png", "@bob.txt")


async def test_every_name_comes_back_in_header_and_text(ann: Visitor, bob: Visitor, room: str) -> None:
    for seq, name in enumerate(NAMES, 1):
        file = await sent(ann, room, name=name)
        assert (await say(ann, room, file)).status_code == 303
        answer = await bob.get(file["url"])
        assert answer.content == b"some bytes"
        header = answer.headers["content-disposition"]
        assert re.fullmatch(r"attachment; filename=\"[ -~]*\"; filename\*=UTF-8''[\w.~%-]+", header)
        assert unquote(header.rpartition("'")[2]) == file["name"]
        assert f">{file['name']} <small>10 B</small></a></p>" in unescape(await row_of(bob, room, seq))
