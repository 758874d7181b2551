"""Static files: what is served, under which urls, and that vendored files are what they say they are."""

import gzip
import hashlib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from webchat.web.assets import LAYERS, STATIC, Assets


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets("/chat")


@pytest.fixture(scope="module")
def client(assets: Assets) -> TestClient:
    return TestClient(Starlette(routes=[Route("/chat/static/{hash}/{path:path}", assets.respond)]))


def test_url_names_the_version(assets: Assets) -> None:
    assert assets.url("webchat.css") == f"/chat/static/{assets.hash}/webchat.css"
    with pytest.raises(KeyError):
        assets.url("js/no-such-thing.js")


def test_kept_for_ever_under_its_own_hash(assets: Assets, client: TestClient) -> None:
    answer = client.get(assets.url("js/main.js"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_of_another_version_today_s_file_that_is_not_kept(client: TestClient) -> None:
    answer = client.get("/chat/static/0123456789abcdef/js/main.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_not_modified(assets: Assets, client: TestClient) -> None:
    etag = client.get(assets.url("webchat.css")).headers["etag"]
    answer = client.get(assets.url("webchat.css"), headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, br", "gzip"), ("gzip;q=0", None), ("identity", None), ("", None)]
)
def test_gzip_only_for_those_who_take_it(
    assets: Assets, client: TestClient, accepted: str, encoding: str | None
) -> None:
    answer = client.get(assets.url("webchat.css"), headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.text.startswith("@layer ")


@pytest.mark.parametrize("path", ["no-such.css", "../render.py", "%2e%2e/render.py", "vendor/lucide/LICENSE", ""])
def test_nothing_else_is_served(assets: Assets, client: TestClient, path: str) -> None:
    assert client.get(f"/chat/static/{assets.hash}/{path}").status_code == 404


def test_style_sheets_come_in_the_order_of_their_layers(assets: Assets, client: TestClient) -> None:
    css = client.get(assets.url("webchat.css")).text
    assert css.startswith(f"@layer {', '.join(LAYERS)};")
    places = [css.index(f"@layer {layer} {{") for layer in LAYERS]
    assert places == sorted(places)
    assert {path.name for path in (STATIC / "css").iterdir()} == set(LAYERS)


def test_icons_are_one_sprite(assets: Assets, client: TestClient) -> None:
    sprite = client.get(assets.url("icons.svg")).text
    names = {path.stem for path in (STATIC / "vendor" / "lucide").glob("*.svg")}
    assert names
    assert all(f'<symbol id="{name}" viewBox' in sprite for name in names)


def test_one_changed_byte_changes_every_url(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    script = tmp_path / "a.js"
    script.write_text("1")
    before = Assets(folder=tmp_path).hash
    script.write_text("2")
    assert Assets(folder=tmp_path).hash != before
    assert gzip.decompress(Assets(folder=tmp_path)._files["a.js"].gzip) == b"2"


@pytest.mark.parametrize("vendor", [STATIC / "vendor", Path(__file__).parents[1] / "vendor"], ids=["pages", "tests"])
def test_vendored_files_are_what_npm_published(vendor: Path) -> None:
    listed = {}
    for line in (vendor / "VERSIONS").read_text("utf-8").splitlines():
        digest, _space, name = line.partition("  ")
        if len(digest) == 64:
            listed[name] = digest
    found = {
        path.relative_to(vendor).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "VERSIONS"
    }
    assert found == listed
