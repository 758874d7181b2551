"""Names that run from right to left keep to their own place."""

import pytest

from webchat.web.render import Renderer


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def test_a_name_from_right_to_left_turns_nothing_around_in_a_sentence(renderer: Renderer) -> None:
    sentence = "There is nobody called %(name)s."
    assert renderer.translate("en", sentence, {"name": "עדי"}) == "There is nobody called \u2068עדי\u2069."
    assert renderer.translate("en", sentence, {"name": "José"}) == "There is nobody called José."
    html = renderer.page("sign_in", "en", place="<b>עדי</b>")
    assert "<h1>Sign in to \u2068&lt;b&gt;עדי&lt;/b&gt;\u2069</h1>" in html
