"""Comments over a video from other programs and to them: `webchat danmaku import` and `export`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.tools.databases import sql
from tests.tools.server import Server
from webchat.errors import StartRefused
from webchat.flying import Flight
from webchat.imports import films
from webchat.imports.films import Comment

BILIBILI = """<?xml version="1.0" encoding="UTF-8"?><i><chatserver>chat.bilibili.com</chatserver>
<d p="1.50000,1,25,16777215,1588327200,0,d2c5fc0,1">first &lt;b&gt; &amp; more</d>
<d p="61.25,5,18,16711680,1588327201,0,aaaa,2"> above\n it </d><d p="2,4,25,255,1588327202,0,aaaa,3">below</d>
<d p="3,6,25,0,1588327203,0,aaaa,4">back</d><d p="3,6,25,0,1588327203,0,aaaa,5">back</d>
<d p="4,7,25,0,1588327204,0,aaaa,6">[0,0,"1-1",4.5,"placed"]</d><d p="5,1,25,0,1588327205,0,aaaa,7"> </d></i>"""
FROM_BILIBILI = [
    Comment(1_500, "scroll", "#ffffff", "first <b> & more", "Guest", 1_588_327_200_000),
    Comment(61_250, "top", "#ff0000", "above it", "Guest", 1_588_327_201_000),
    Comment(2_000, "bottom", "#0000ff", "below", "Guest", 1_588_327_202_000),
    Comment(3_000, "reverse", "#000000", "back", "Guest", 1_588_327_203_000),
    Comment(3_000, "reverse", "#000000", "back", "Guest", 1_588_327_203_000),
]
DPLAYER = json.dumps({
    "code": 0,
    "data": [[1.5, 0, 16777215, "Ann", "first"], [2, 1, "#ff0000", "Bob", "above"], [3, "bottom", 255, "", "below"]],
})  # fmt: skip
FROM_DPLAYER = [
    Comment(1_500, "scroll", "#ffffff", "first", "Ann"),
    Comment(2_000, "top", "#ff0000", "above", "Bob"),
    Comment(3_000, "bottom", "#0000ff", "below", "Guest"),
]


def kept(folder: Path, text: str | bytes) -> Path:
    file = folder / "film"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


@pytest.mark.parametrize(
    ("text", "comments", "others"),
    [
        (BILIBILI, FROM_BILIBILI, 1),
        (DPLAYER, FROM_DPLAYER, 0),
        (json.dumps(json.loads(DPLAYER)["data"]), FROM_DPLAYER, 0),
    ],
    ids=["bilibili", "dplayer", "rows"],
)
def test_what_is_in_a_file(tmp_path: Path, text: str, comments: list[Comment], others: int) -> None:
    assert films.read(kept(tmp_path, text)) == (comments, others)


def xml(place: str, text: str = "wow") -> str:
    return f'<i><d p="1,1,25,0,0,0,a,1">good</d><d p="{place}">{text}</d></i>'


def rows(*values: Any) -> str:
    return json.dumps([[1, 0, 0, "Ann", "good"], list(values)])


@pytest.mark.parametrize(
    "text",
    [
        "", "<i>", "<i></i>", "{}", "[]", "{", '{"data": {}}', "wow", b"\xff\xfe\x00", "[" * 100_000,
        xml(""), xml("x,1,25,0"), xml("-1,1,25,0"), xml("864000.1,1,25,0"), xml("nan,1,25,0"), xml("inf,1,25,0"),
        xml("1,x,25,0"), xml("1,1,25,16777216"), xml("1,1,25,-1"), xml("1,1"), xml("1,1,25,0,x"),
        xml(f"1,1,25,0,{10**30}"), xml("1,1,25,0,-1"),
        rows(), rows(1, 0, 0, "Ann"), rows("x", 0, 0, "Ann", "wow"), rows(1, 3, 0, "Ann", "wow"),
        rows(1, -1, 0, "Ann", "wow"), rows(1, [], 0, "Ann", "wow"), rows(1, 0, "#fffffff", "Ann", "wow"),
        rows(1, 0, "red", "Ann", "wow"), rows(1, 0, 0, None, "wow"), rows(1, 0, 0, "Ann", {}),
        rows(-1, 0, 0, "Ann", "wow"),
        "[1]", "[null]",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(StartRefused, match="film"):
        films.read(kept(tmp_path, text))


def facts(server: Server) -> list[tuple[Any, ...]]:
    return sql(
        server.database,
        "SELECT r.slug, f.t, f.mode, f.color, m.body, m.title, m.at FROM flights f"
        " JOIN messages m ON m.id = f.message_id JOIN rooms r ON r.id = m.room_id ORDER BY r.id, f.t, m.id",
    )


def test_there_and_back_again(make_server: Callable[..., Server], tmp_path: Path) -> None:
    server = make_server()
    server.run("site", "add", "blog", "--origin", "https://blog.example")
    file = kept(tmp_path, BILIBILI)
    done = server.run("danmaku", "import", "blog", "Film", str(file))
    assert (done.stdout, done.stderr) == ("Imported 5 comments, but not 1 that fly in another way\n", "")
    before = facts(server)
    assert [row[:4] for row in before] == [
        ("blog.film", one.t, one.mode, one.color) for one in sorted(FROM_BILIBILI, key=lambda one: one.t)
    ]
    assert before[0][4:] == ("first <b> & more", "Guest", 1_588_327_200_000)
    assert "but not 5 that were there already" in server.run("danmaku", "import", "blog", "film", str(file)).stdout
    assert facts(server) == before

    out = server.run("danmaku", "export", "blog", "film").stdout
    assert [one.text for one in ElementTree.fromstring(out)] == [row[4] for row in before]  # noqa: S314 - our own
    assert films.read(kept(tmp_path, out)).comments == sorted(FROM_BILIBILI, key=lambda one: one.t)
    server.run("danmaku", "import", "blog", "second", str(file))
    assert [row[1:] for row in facts(server) if row[0] == "blog.second"] == [row[1:] for row in before]
    out = server.run("danmaku", "export", "blog", "film", "--format", "dplayer").stdout
    assert json.loads(out)["data"][0] == [1.5, 0, 16777215, "Guest", "first <b> & more"]
    assert len(films.read(kept(tmp_path, out)).comments) == 5

    after = facts(server)
    broken = kept(tmp_path, xml("nan,1,25,0"))
    done = server.run("danmaku", "import", "blog", "film", str(broken))
    assert (done.returncode, "Comment 2 of film makes no sense. Nothing was imported." in done.stderr) == (1, True)
    for where in (("nobody", "film"), ("blog", "a b")):
        assert server.run("danmaku", "import", *where, str(file)).returncode == 1
    assert server.run("danmaku", "export", "blog", "third").returncode == 1
    assert facts(server) == after


def test_a_letter_that_xml_has_not_spoils_no_export() -> None:
    flight = Flight(1, 1_000, "scroll", "#ffffff", "a\ufffeb\uffff", "Ann")
    found = ElementTree.fromstring("".join(films.bilibili([(flight, 0)])))  # noqa: S314 - what we made
    assert [one.text for one in found] == ["ab"]
