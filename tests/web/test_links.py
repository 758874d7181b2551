"""Links in what people said lead below where the place is mounted."""

from webchat.web.links import rooted


def test_names_and_files_are_found_below_the_place_and_other_links_stay() -> None:
    html = '<a href="/direct/bob">@bob</a> <img src="/files/1/a.png"> <a href="https://x.example/">x</a>'
    assert rooted("/chat", html) == html.replace('"/', '"/chat/')
