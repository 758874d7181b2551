"""What other programs kept, taken over by `webchat import`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.imports.files import written
from tests.tools.server import Server
from webchat.errors import StartRefused
from webchat.imports import FORMATS, read
from webchat.imports.comment import thread

Make = Callable[..., Server]


@pytest.fixture
def place(make_server: Make) -> Server:
    server = make_server()
    assert server.run("site", "add", "blog", "--origin", "https://blog.example").returncode == 0
    return server


def exported(server: Server) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in server.run("export").stdout.splitlines()]
    return [row for row in rows if row["kind"] == "message" or (row["kind"] == "room" and "." in row["slug"])]


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_each_comes_once_with_its_time_name_and_page(place: Server, tmp_path: Path, kind: str) -> None:
    file = written(kind, tmp_path)
    done = place.run("import", kind, "blog", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Imported 3 comments, but not 1 ")
    hello, first, second, about, third = exported(place)
    assert (hello["slug"], hello["title"]) == ("blog.2020-hello", "Hello <there>")
    assert about["slug"] == "blog.about"
    assert [row["title"] for row in (first, second, third)] == ["Ann", "Ann", "Bob"]
    assert [row["at"] // 1000 for row in (first, second, third)] == [1588327200, 1588330800, 1588413600]
    assert first["body"] == r"First **bold** & \*stars\*"
    assert second["body"] == "Second, see [this](https://example.org/)"
    assert [row["answers"] for row in (first, second, third)] == [0, 1, 0]
    before = exported(place)
    assert "but not 3 that were there already" in place.run("import", kind, "blog", str(file)).stdout
    assert exported(place) == before


BROKEN = (b"", b"<disqus>", b"{}\n{]\n", b"\x1f\x8bnot", b"\xff\xfe" * 50, b'{"locator": {}}')


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_file_of_its_kind_is_refused(tmp_path: Path, kind: str, data: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    with pytest.raises(StartRefused, match="file"):
        read(kind, file)


@pytest.mark.parametrize(
    "odd",
    [
        {"locator": {"url": 5}}, {"locator": {"url": "https://[x"}}, {"orig": 5}, {"user": {"name": 5, "id": "1"}},
        {"time": "9999-12-31T23:59:59-14:00"},
    ],
)  # fmt: skip
def test_what_could_not_be_put_anywhere_is_refused_first(tmp_path: Path, odd: dict[str, Any]) -> None:
    row = {"id": "b", "orig": "x", "user": {"name": None, "id": 1}, "locator": {"url": "/x"}, "time": "2020-05-01"}
    file = tmp_path / "file"
    file.write_text(json.dumps(row))
    assert [(one.page, one.name) for one in read("remark42", file).comments] == [("/x", "")]
    file.write_text(f"{json.dumps(row)}\n{json.dumps(row | odd)}")
    with pytest.raises(StartRefused, match="file has something that cannot be read"):
        read("remark42", file)


def test_a_file_that_ends_halfway_changes_nothing(place: Server, tmp_path: Path) -> None:
    file = written("disqus", tmp_path)
    file.write_bytes(file.read_bytes()[:-50])
    done = place.run("import", "disqus", "blog", str(file))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    assert exported(place) == []


def test_it_asks_for_a_site_that_shows_its_threads(place: Server, tmp_path: Path) -> None:
    file = str(written("isso", tmp_path))
    assert place.run("import", "isso", "shop", file).stderr == "Error: There is no such site.\n"
    place.run("site", "edit", "blog", "--guests", "none")
    assert "shown to nobody" in place.run("import", "isso", "blog", file).stderr
    assert exported(place) == []


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("https://blog.example/2020/Hello-World/?utm=1#c", "2020-hello-world"),
        ("https://blog.example/", "index"),
        ("/posts/a_b.php", "posts-a-b"),
        ("post 42", "post-42"),
        ("https://blog.example/文章/一", "文章-一"),
    ],
)
def test_a_page_names_its_thread(page: str, name: str) -> None:
    assert thread(page) == name
