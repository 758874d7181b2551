"""What the document of a frame tells search engines."""

import json
import re

import pytest

from tests.web.conftest import Visitor
from tests.web.test_embed import PATH, say

pytestmark = pytest.mark.anyio


@pytest.mark.usefixtures("blog")
async def test_search_engines_are_told_who_said_what(ann: Visitor, stranger: Visitor) -> None:
    data = re.compile(r'<script type="application/ld\+json">(.*?)</script>')
    assert data.findall((await stranger.get(PATH)).text) == []
    await say(ann, "a `</script>` **& more**", "gone")
    await ann.do("delete-message:2")
    await stranger.do("add-reaction:1", emoji="+1")
    page = await stranger.get(PATH)
    [told] = map(json.loads, data.findall(page.text))
    assert (told["@type"], told["url"], told["commentCount"]) == ("DiscussionForumPosting", PATH, 2)
    [comment] = told["comment"]
    assert comment["text"] == "a </script> & more"
    assert (comment["author"]["name"], comment["url"]) == ("Ann", "/rooms/blog.post-42/m/1")
    assert f'datetime="{comment["dateCreated"]}"' in page.text
    assert data.findall((await stranger.get(f"{PATH}?mode=live")).text) == []
