"""The links in what people said."""

from markupsafe import Markup


def rooted(base: str, html: str) -> Markup:
    """A text whose links lead below this place. Names and files are the only ones of it that begin with a slash."""
    links = html.replace('<a href="/', f'<a href="{base}/').replace('<img src="/', f'<img src="{base}/')
    return Markup(links)  # noqa: S704 - a text that was sanitised
