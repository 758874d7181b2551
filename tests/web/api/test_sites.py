"""Sites by the API: made, looked at, changed, and the secret that is told once."""

import pytest

from tests.web.api.conftest import Ask, refused

pytestmark = pytest.mark.anyio


async def test_a_site_from_its_making_to_another_secret(asker: Ask) -> None:
    ann = await asker("ann", "admin")
    made = await ann.ask(
        "POST", "/sites", {"site": "blog", "origins": ["https://blog.example"]}, headers={"Idempotency-Key": "once"}
    )
    site = made.json()
    secret = site.pop("secret")
    assert made.status_code == 201
    assert (site["site"], site["title"], site["guests"], site["threads"]) == ("blog", "blog", "write", 0)
    again = await ann.ask(
        "POST", "/sites", {"site": "blog", "origins": ["https://blog.example"]}, headers={"Idempotency-Key": "once"}
    )
    assert again.json() == site | {"secret": ""}
    changed = await ann.ask("PATCH", "/sites/blog", {"title": "The Blog", "guests": "read", "origins": []})
    assert changed.json() == site | {"title": "The Blog", "guests": "read", "origins": [], "secret": ""}
    assert (await ann.ask("GET", "/sites")).json() == {"sites": [changed.json()]}
    assert (await ann.ask("POST", "/sites/blog/secret")).json()["secret"] not in ("", secret)
    refused(await ann.ask("PATCH", "/sites/blog", {"origins": ["blog.example"]}), 400)
    refused(await ann.ask("GET", "/sites/shop"), 404)


async def test_who_is_no_admin_sees_none_and_makes_none(asker: Ask) -> None:
    bob = await asker("bob", "admin:bob")
    for method, path in (("GET", "/sites"), ("GET", "/sites/blog"), ("POST", "/sites/blog/secret")):
        refused(await bob.ask(method, path), 403)
