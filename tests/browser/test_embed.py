"""Live comments on the pages of others: what readers and writers see, in two browsers and on two sites."""

from playwright.sync_api import expect

from tests.browser.blogs import Blog, live_frame, said, write
from tests.browser.persons import PASSWORD
from tests.tools.tree import ROOT

STORED = """() => { try { return [document.cookie, localStorage.length, sessionStorage.length].join(); }
    catch { return 'out of reach'; } }"""
SHIFTS = """since => new Promise(done => {
    const late = list => list.getEntries().filter(one => one.startTime >= since);
    const sum = list => done(late(list).reduce((sum, one) => sum + one.value, 0));
    new PerformanceObserver(sum).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done(0), 300);
})"""
NOTES_SENDING = """() => document.addEventListener('submit', () => {
    window.sent = performance.timeOrigin + performance.now();
}, { capture: true })"""
NOTES_COMING = """() => {
    window.came = {};
    const note = () => {
        for (const one of document.querySelectorAll('#log > li > div'))
            window.came[one.textContent.trim()] ??= performance.timeOrigin + performance.now();
    };
    new MutationObserver(note).observe(document.querySelector('#log'), { childList: true, subtree: true });
}"""
"""Both note it in the pages, since Playwright asks only from time to time whether a row is there."""
HEIGHTS = "() => [document.querySelector('web-chat').clientHeight, document.documentElement.scrollHeight]"


def test_what_is_written_on_one_site_is_on_the_other_at_once(blog: Blog) -> None:
    _page, mine = blog.read()
    other = blog.hosts.tab()
    other.goto(blog.paper.put("/", blog.script + blog.markup()))
    theirs = live_frame(other, blog.room)
    write(mine, "Hello **world**")
    expect(said(theirs)).to_have_text(["Hello world"])
    expect(said(mine)).to_have_text(["Hello world"])
    mine.evaluate(NOTES_SENDING)
    theirs.evaluate(NOTES_COMING)
    times = []
    for number in range(5):
        write(mine, f"number {number}")
        theirs.wait_for_selector(f"#log > li > div:has-text('number {number}')", state="attached")
        came = theirs.evaluate("number => window.came[`number ${number}`]", number)
        times.append((came - mine.evaluate("() => window.sent")) / 1000)
    print(f"a comment is on the other site after {sorted(times)[2] * 1000:.0f} ms")
    assert min(times) < 0.2, "the others may have waited for other tests"
    expect(mine.locator("#pending > li")).to_have_count(0)
    assert other.frames[0].url == blog.paper.url + "/"


def test_who_only_reads_is_not_known_and_loads_little(blog: Blog) -> None:
    blog.say("one", "two")
    asked: list[str] = []
    tab = blog.hosts.tab()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(blog.page(f'<div style="height: 5000px"></div>{blog.markup()}'))
    tab.wait_for_function("() => customElements.get('web-chat')")
    tab.evaluate("() => new Promise(requestIdleCallback)")
    assert [url for url in asked if url.startswith(blog.url)] == [f"{blog.url}/embed.js"]
    tab.evaluate("() => document.querySelector('web-chat').scrollIntoView()")
    frame = live_frame(tab, blog.room)
    expect(said(frame)).to_have_text(["one", "two"])
    ours = [url.removeprefix(blog.url).partition("?")[0].rpartition("/")[2] for url in asked if blog.url in url]
    assert sorted(ours) == sorted(["embed.js", blog.room, "embed.css", "frame.js"])
    assert tab.context.cookies() == []
    assert [one.evaluate(STORED) for one in tab.frames] == [",0,0", "out of reach"]


def test_a_thread_is_as_high_as_what_is_said_in_it(blog: Blog) -> None:
    blog.say("one")
    tab, frame = blog.read()
    low = tab.evaluate(HEIGHTS)[0]
    blog.say(*(f"comment {number}" for number in range(8)))
    expect(said(frame)).to_have_count(9)
    tab.wait_for_function(f"() => document.querySelector('web-chat').clientHeight > {low + 200}")
    inside = frame.evaluate("() => [document.documentElement.scrollHeight, innerHeight]")
    assert inside[0] == inside[1]


def test_a_live_chat_keeps_its_height_and_moves_nothing(blog: Blog) -> None:
    blog.say(*(f"comment {number}" for number in range(20)))
    tab, frame = blog.read(blog.markup('mode="live" style="display: block; height: 480px"') + "<p>below</p>")
    tab.wait_for_selector("iframe.ready")  # until then nobody sees it go to its newest message
    shown, before = frame.evaluate("() => performance.now()"), tab.evaluate(HEIGHTS)
    assert before[0] == 480
    blog.say("the last one")
    expect(frame.locator("#log > li").last).to_be_in_viewport()
    expect(said(frame).last).to_have_text("the last one")
    assert tab.evaluate(HEIGHTS) == before
    assert tab.evaluate(SHIFTS, 0) == 0
    assert frame.evaluate(SHIFTS, shown) < 0.01


def test_older_comments_come_when_asked_for_and_links_leave_the_frame(blog: Blog) -> None:
    blog.say(*(f"comment {number}" for number in range(1, 36)))
    tab, frame = blog.read()
    expect(said(frame)).to_have_count(30)
    frame.locator("#earlier").click()
    expect(said(frame)).to_have_count(35)
    with tab.context.expect_page() as opened:
        frame.locator("#log > li > a").first.click()
    opened.value.wait_for_load_state()
    assert opened.value.url == f"{blog.url}/rooms/blog.{blog.room}/m/1"
    assert f"/embed/blog/{blog.room}" in frame.url
    opened.value.close()


def test_two_threads_on_a_page_and_their_numbers(blog: Blog) -> None:
    blog.say("of the first")
    count = '<web-chat-count site="blog" room="{}">?</web-chat-count>'
    counts = "".join(map(count.format, (blog.room, "other")))
    tab, first = blog.read(counts + blog.markup() + blog.markup(room="other"))
    expect(tab.locator("web-chat-count")).to_have_text(["1", "0"])
    second = live_frame(tab, "other")
    write(second, "of the second")
    expect(said(second)).to_have_text(["of the second"])
    expect(said(first)).to_have_text(["of the first"])


def test_it_looks_as_its_page_does_and_changes_with_it(blog: Blog) -> None:
    style = "body { background: #111; color: #eee } web-chat { --wc-accent: rgb(255, 0, 0); --wc-radius: url(x) }"
    tab, frame = blog.read(f"<style>{style}</style>{blog.markup()}")
    look = "() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]"
    assert frame.evaluate(look) == ["dark", "rgba(0, 0, 0, 0)"]
    assert (
        tab.evaluate("() => document.querySelector('web-chat').shadowRoot.querySelector('iframe').style.colorScheme")
        == "dark"
    )
    button = frame.locator("#write .button")
    expect(button).to_have_css("background-color", "rgb(255, 0, 0)")
    expect(button).to_have_css("color", "oklch(0 0 0)")
    assert frame.evaluate("() => document.documentElement.style.getPropertyValue('--wc-radius')") == ""
    tab.evaluate("() => { document.querySelector('web-chat').setAttribute('theme', 'light'); }")
    frame.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    tab.evaluate("() => document.querySelector('web-chat').style.setProperty('--wc-accent', 'rgb(0, 0, 255)')")
    tab.evaluate("() => document.querySelector('web-chat').restyle()")
    expect(button).to_have_css("background-color", "rgb(0, 0, 255)")
    expect(button).to_have_css("color", "oklch(1 0 0)")
    # However the page writes its colours, they tell, and not what the device prefers.
    tab.emulate_media(color_scheme="dark")
    tab.evaluate("() => document.querySelector('web-chat').removeAttribute('theme')")
    pale = "color-mix(in lab, white, black 10%)"
    for colour, theme in (("oklch(0.2 0.02 90)", "light"), (pale, "dark"), ("#111", "light")):
        tab.evaluate("colour => { document.body.style.color = colour; }", colour)
        tab.evaluate("() => document.querySelector('web-chat').restyle()")
        frame.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)


def test_what_is_being_written_stays_when_somebody_becomes_known(blog: Blog) -> None:
    context = blog.hosts.somebody()
    tab, other = blog.hosts.tab(context), blog.hosts.tab(context)
    tab.goto(f"{blog.url}/embed/blog/{blog.room}")
    tab.wait_for_function("() => document.querySelector('embed-room').open")
    tab.fill("#body", "half a sen")
    other.goto(f"{blog.url}/sign-in")
    other.get_by_label("Your name").fill("ann")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/rooms/**")
    tab.bring_to_front()
    tab.evaluate("() => document.querySelector('embed-room').dial()")
    expect(tab.locator("#foot")).to_contain_text("You write as ann.")
    expect(tab.locator("#body")).to_be_focused()
    tab.keyboard.type("tence")
    tab.keyboard.press("Enter")
    expect(said(tab.main_frame)).to_have_text(["half a sentence"])
    expect(tab.locator("#body")).to_have_value("")


def test_who_has_an_account_reacts_edits_and_deletes_in_the_frame(blog: Blog) -> None:
    context = blog.hosts.somebody()
    tab = blog.hosts.tab(context)
    tab.goto(f"{blog.url}/sign-in")
    tab.get_by_label("Your name").fill("ann")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/rooms/**")
    tab.goto(f"{blog.url}/embed/blog/{blog.room}")
    expect(tab.locator("#foot")).to_contain_text("You write as ann.")
    tab.fill("#body", "first words")
    tab.press("#body", "Enter")
    row, tools = tab.locator("#log > [data-seq]"), tab.locator("message-tools")
    expect(row.locator("div")).to_have_text(["first words"])
    row.hover()
    tools.get_by_title("React with 👍").click()
    expect(row.locator("[data-u]")).to_have_text(["👍 1"])
    row.hover()
    tools.get_by_title("Edit", exact=True).click()
    tab.locator("#edit-body").fill("better words")
    tab.locator("#edit-body").press("Enter")
    expect(row.locator("div")).to_have_text(["better words"])
    for press, lines in (("Pin", ["better words"]), ("Unpin", []), ("Pin", ["better words"])):
        row.hover()
        tools.get_by_title(press, exact=True).click()
        expect(tab.locator("#pin a")).to_have_text(lines)
    row.hover()
    tools.get_by_title("Delete", exact=True).click()
    tools.get_by_role("button", name="Delete?").click()
    expect(row.locator(".gone")).to_be_visible()
    expect(tab.locator("#pin > *")).to_have_count(0)


def test_who_gives_no_name_is_offered_nothing_that_they_may_not_do(blog: Blog) -> None:
    """They are somebody else with each connection, of whom nothing is known."""
    _tab, frame = blog.read()
    write(frame, "said by nobody")
    rows, tools = frame.locator("#log > [data-seq]"), frame.locator("message-tools")
    expect(rows.locator("div")).to_have_text(["said by nobody"])
    expect(tools).to_be_attached()
    rows.first.hover()
    expect(tools.get_by_title("Link to this message")).to_be_visible()
    for may_not in ("Edit", "Delete"):
        expect(tools.get_by_title(may_not, exact=True)).to_be_hidden()
    write(frame, "said by Gus", "Gus")
    expect(rows.locator("div")).to_have_text(["said by nobody", "said by Gus"])
    rows.last.hover()
    for may in ("Edit", "Delete"):
        expect(tools.get_by_title(may, exact=True)).to_be_visible()
    frame.press("#body", "ArrowUp")
    expect(frame.locator("#edit-body")).to_have_value("said by Gus")


def test_the_example_is_a_page_with_live_comments(blog: Blog) -> None:
    for path, kind in (("/index.html", "text/html"), ("/blog.css", "text/css")):
        text = (ROOT / f"examples/blog{path}").read_text("utf-8").replace("http://127.0.0.1:8000", blog.url)
        blog.blog.put(path, text.replace("post-42", blog.room), kind)
    blog.say("the only one")
    tab = blog.hosts.tab()
    tab.goto(f"{blog.blog.url}/index.html")
    frame = live_frame(tab, blog.room)
    expect(said(frame)).to_have_text(["the only one"])
    expect(tab.locator("web-chat-count")).to_have_text("1")
    write(frame, "and another")
    expect(said(frame)).to_have_text(["the only one", "and another"])
    blog.hosts.trouble = [line for line in blog.hosts.trouble if "favicon" not in line]


def test_without_a_script_the_comments_are_there(blog: Blog) -> None:
    blog.say("one", "two")
    context = blog.hosts.somebody(java_script_enabled=False)
    tab = blog.hosts.tab(context)
    tab.goto(blog.page(f'{blog.markup()}<iframe src="{blog.url}/embed/blog/{blog.room}" title="Comments"></iframe>'))
    expect(tab.get_by_role("link", name="Comments")).to_be_visible()
    expect(said(tab.frames[1])).to_have_text(["one", "two"])
    # By itself: a frame of another process may not have been told yet that there are to be no scripts.
    alone = blog.hosts.tab(context)
    alone.goto(f"{blog.url}/embed/blog/{blog.room}")
    expect(alone.locator("#write")).to_be_hidden()
    with context.expect_page() as opened:
        alone.get_by_role("link", name="Write a comment").click()
    opened.value.locator("#body").fill("three")
    opened.value.get_by_role("button", name="Send").click()
    expect(opened.value.locator("#log > li > div")).to_have_text(["one", "two", "three"])
    opened.value.close()
    tab.reload()
    expect(said(tab.frames[1])).to_have_text(["one", "two", "three"])
