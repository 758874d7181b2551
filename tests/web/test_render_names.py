"""Names in messages, and whose they are: the same row for everybody, tinted by a sheet for one."""

from tests.web.drawing import message
from webchat.web.render import Renderer


def test_my_style_sheet_knows_my_number_and_what_names_me() -> None:
    css = Renderer("/chat").me_css(7, "ann")
    assert '[data-by="7"]' in css
    assert 'a[href="/chat/direct/ann"]' in css


def test_a_name_in_a_message_leads_there_also_under_a_base() -> None:
    named = message(html='<p><a href="/direct/bob">@bob</a> <a href="https://x.example/">x</a></p>')
    row = Renderer("/chat").message("en", named)
    assert '<a href="/chat/direct/bob">@bob</a> <a href="https://x.example/">' in row
