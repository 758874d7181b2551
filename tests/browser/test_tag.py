"""The page that makes the tag for a site's pages: what is chosen is shown at once, as it will be there."""

from collections.abc import Callable

from playwright.sync_api import Frame, Page, expect

from tests.browser.persons import Person, webchat

ACCENT = "element => getComputedStyle(element).getPropertyValue('--wc-accent')"


def preview(page: Page, path: str) -> Frame:
    """The frame that shows what was chosen, once it is ready. It is fetched when it is near."""
    page.locator("tag-preview").scroll_into_view_if_needed()
    page.wait_for_selector(f'web-chat iframe.ready[src*="{path}"]')
    return next(one for one in page.frames if path in one.url)


def test_what_is_chosen_is_shown_as_it_will_be(people: Callable[..., list[Person]]) -> None:
    (ann,) = people("ann")
    webchat(ann.server, "site", "add", "blog", "--origin", "https://blog.example")
    page = ann.sign_in().go("/admin/sites/blog")
    page.get_by_role("link", name="Choose how it looks, and try it").first.click()
    snippet = page.get_by_role("textbox", name="For the page")
    preview(page, "/embed/blog/post-1")
    page.get_by_label("What to put there").select_option("live")
    page.get_by_label("Thread").fill("film")
    page.get_by_label("Theme").select_option("dark")
    page.get_by_label("Colour of links").fill("#aa3300")
    page.get_by_label("Height").fill("300")
    expect(page.locator('web-chat[mode="live"][room="film"][theme="dark"]')).to_have_css("height", "300px")
    assert "--wc-accent: #aa3300" in snippet.input_value()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not now')); }")
    snippet.locator("xpath=..").get_by_role("button").click()
    expect(snippet.locator("xpath=..").get_by_role("button")).to_have_text("Copy")
    assert snippet.evaluate("field => field.selectionEnd === field.value.length"), "it can be copied by hand"
    frame = preview(page, "/embed/blog/film?mode=live")
    assert frame.locator("html").get_attribute("data-theme") == "dark"
    assert frame.locator("html").evaluate(ACCENT) == "#aa3300"
    frame.locator("#body").fill("Hello")
    frame.locator("#body").press("Enter")
    expect(frame.locator("#log > li > div")).to_have_text(["Hello"])
    page.get_by_label("Height").fill("3")
    expect(page.get_by_role("alert")).to_contain_text("120 to 2000")
    expect(page.locator("web-chat")).to_have_count(0)
    page.get_by_label("Height").fill("")
    page.get_by_label("What to put there").select_option("bubble")
    page.get_by_role("link", name="Switch it on").click()
    support = page.locator("#support")
    support.get_by_label("Support window").select_option("true")
    support.get_by_role("button", name="Save").click()
    support.get_by_role("link", name="Choose how it looks, and try it").click()
    page.locator("web-chat .bubble").click()
    page.wait_for_selector("web-chat iframe.ready[src*='/embed/blog/support']")
