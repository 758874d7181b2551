"""Live comments on pages that are hostile, or strict, or lose their server: nothing of theirs breaks us."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.blogs import LIVE, READY, Blog, live_frame, said, write

FORGED = """<script>
  const all = [
    { theme: 'dark', vars: { accent: 'red' }, token: 'forged' }, { theme: 'dark' }, { token: '' }, 'theme', null, 7,
    { type: 'ready', height: 9 }, { type: 'size', height: 9000 }, { type: 'posted', count: 99 },
  ];
  const windows = () => [parent, ...Array.from({ length: parent.length }, (_, number) => parent[number])];
  function post() {
    for (const other of windows()) for (const said of all) {
      other.postMessage(said, '*', [new MessageChannel().port2]);
      other.postMessage(said, '*');
    }
  }
  setInterval(post, 20);
  window.posted = () => { post(); return windows().length; };
</script>"""
STATE = """() => {
    const { dataset, style } = document.documentElement;
    return [dataset.theme, style.getPropertyValue('--wc-accent'), document.querySelector('#foot').dataset.who].join();
}"""


def counted(tab: Page) -> dict[str, float]:
    """What the browser holds for a page, once what nobody needs is gone."""
    session: Any = tab.context.new_cdp_session(tab)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    told = session.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in told}


def test_a_server_that_is_down_leaves_what_the_owner_wrote(blog: Blog) -> None:
    tab = blog.hosts.tab()
    tab.clock.install()
    tab.goto(blog.page(f'<button id="other">press</button>{blog.markup()}'))
    tab.wait_for_function("() => customElements.get('web-chat')")
    live_frame(tab, blog.room)
    blog.cable.pull_out()
    tab.evaluate("() => { const one = document.querySelector('web-chat'); one.remove(); document.body.append(one); }")
    link = tab.get_by_role("link", name="Comments")
    tab.wait_for_function("() => document.querySelector('web-chat').shadowRoot.querySelector('iframe')")
    expect(link).to_be_hidden()
    tab.clock.fast_forward(8_000)
    expect(link).to_be_visible()
    tab.locator("#other").click()
    link.click(trial=True)
    blog.hosts.trouble.clear()


def test_styles_and_scripts_of_the_page_do_not_reach_in(blog: Blog) -> None:
    style = "<style>body * { display: none !important }</style>"
    broken = "<script>window.fetch = window.WebSocket = window.onmessage = null;</script>"
    tab, frame = blog.read(f"{broken}{style}{blog.markup()}")
    write(frame, "here")
    expect(said(frame)).to_have_text(["here"])
    expect(tab.locator("web-chat")).to_be_visible()
    blog.hosts.trouble.clear()


def test_a_strict_page_has_nothing_to_complain_of(blog: Blog) -> None:
    policy = f"default-src 'none'; script-src {blog.url}; frame-src {blog.url}; connect-src {blog.url}; img-src data:"
    headers = {
        "Content_Security_Policy": f"{policy}; require-trusted-types-for 'script'",
        "Cross_Origin_Embedder_Policy": "require-corp",
        "Cross_Origin_Opener_Policy": "same-origin",
    }
    said_there: list[str] = []
    tab = blog.hosts.tab()
    tab.on("console", lambda line: said_there.append(line.text))
    tab.goto(blog.page(f'<web-chat-count site="blog" room="{blog.room}">?</web-chat-count>{blog.markup()}', **headers))
    frame = live_frame(tab, blog.room)
    write(frame, "here")
    expect(said(frame)).to_have_text(["here"])
    expect(tab.locator("web-chat-count")).to_have_text("0")
    assert [line for line in said_there if "405" not in line and "404" not in line] == []


def test_what_other_frames_post_changes_nothing(blog: Blog) -> None:
    evil = blog.hosts.site("evil.example")
    address = evil.put("/", FORGED)
    heard = "<script>window.heard = []; document.addEventListener('webchat', e => heard.push(e.detail.type))</script>"
    fetched = blog.server.errors.read_text()
    alone = f'<iframe src="{blog.url}/embed/blog/alone?theme=light"></iframe>'
    tab, frame = blog.read(f'{heard}<iframe src="{address}"></iframe>{alone}{blog.markup("theme=light")}')
    bare = live_frame(tab, "alone")
    [forger] = [one for one in tab.frames if one.url.startswith(evil.url)]
    height = tab.evaluate("() => document.querySelector('web-chat').clientHeight")
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    assert forger.evaluate("() => window.posted()") >= 3
    assert forger.evaluate("() => window.posted()") >= 3
    write(frame, "still here")
    expect(said(frame)).to_have_text(["still here"])
    assert [one.evaluate(STATE) for one in (frame, bare)] == ["light,,", "light,,"]
    assert bare.evaluate("() => document.querySelector('embed-room').port") is None
    assert tab.evaluate("() => heard").count("ready") == 1
    tab.wait_for_function("() => heard.includes('posted')")
    assert abs(tab.evaluate("() => document.querySelector('web-chat').clientHeight") - height) < 200
    assert not [url for url in asked if url.endswith(("/identify", "/leave"))]
    assert blog.server.errors.read_text() == fetched


def test_a_page_of_a_site_that_was_not_let_in_gets_no_frame(blog: Blog) -> None:
    evil = blog.hosts.site("evil.example")
    tab = blog.hosts.tab()
    tab.clock.install()
    with tab.expect_event("framenavigated", lambda frame: frame.url.startswith("chrome-error:")):
        tab.goto(evil.put("/", blog.script + blog.markup()))
    tab.clock.fast_forward(8_000)
    expect(tab.get_by_role("link", name="Comments")).to_be_visible()
    blog.hosts.trouble.clear()


def test_an_element_that_comes_and_goes_leaves_nothing_behind(blog: Blog) -> None:
    tab, _frame = blog.read()
    again = """async times => {
        const one = document.querySelector('web-chat');
        for (let time = 0; time < times; time++) {
            one.remove();
            document.body.append(one);
            await new Promise(done => one.addEventListener('webchat', done, { once: true }));
        }
    }"""
    tab.evaluate(again, 3)
    before = counted(tab)
    tab.evaluate(again, 50)
    after = counted(tab)
    for name in ("JSEventListeners", "Frames", "Documents"):
        assert after[name] <= before[name] + 2, f"{name}: {before[name]} and then {after[name]}"
    frame = live_frame(tab, blog.room)
    write(frame, "after all that")
    expect(said(frame)).to_have_text(["after all that"])


@pytest.mark.parametrize("streams", [True, False])
def test_it_is_live_where_no_websocket_comes_through(blog: Blog, streams: bool) -> None:
    blog.cable.refuse(streams=streams)
    tab = blog.hosts.tab()
    tab.goto(blog.page(blog.markup()))
    tab.wait_for_function(READY)
    [frame] = [one for one in tab.frames if blog.url in one.url]
    frame.wait_for_function("() => document.querySelector('embed-room').line?.live")
    blog.say("heard")
    expect(said(frame)).to_have_text(["heard"])
    write(frame, "said")
    expect(said(frame)).to_have_text(["heard", "said"])


def test_it_goes_on_when_the_server_comes_back(blog: Blog) -> None:
    _tab, frame = blog.read()
    blog.cable.pull_out()
    write(frame, "written meanwhile")
    expect(frame.locator("#offline")).to_be_visible()
    blog.cable.plug_in()
    expect(said(frame)).to_have_text(["written meanwhile"])
    expect(frame.locator("#offline")).to_be_hidden()


def test_what_is_begun_in_a_dead_spot_is_sent_or_still_there_after_a_reload(blog: Blog) -> None:
    tab, frame = blog.read()
    asked: set[str] = set()
    tab.on("requestfailed", lambda request: asked.add(request.resource_type) if ".js" in request.url else None)
    blog.cable.pull_out()
    with tab.expect_event("requestfailed", lambda request: "/message-composer.js" in request.url):
        write(frame, "half a thought")
    assert asked == {"fetch"}, "many browsers never ask again for a script that did not come"
    frame.locator("#body").press_sequentially(" more")
    blog.cable.plug_in()
    expect(said(frame)).to_have_text(["half a thought"])
    expect(frame.locator("#body")).to_have_value("more")
    alone = blog.hosts.tab()  # a frame of another site keeps nothing in this browser
    alone.goto(f"{blog.url}/embed/blog/{blog.room}")
    alone.wait_for_function(LIVE)
    blog.cable.pull_out()
    alone.fill("#body", "another one")
    blog.cable.plug_in()
    alone.reload()
    expect(alone.locator("#body")).to_have_value("another one")


def test_what_is_said_first_under_a_name_waits_for_that(blog: Blog) -> None:
    _tab, frame = blog.read()
    frame.focus("#body")
    frame.wait_for_function("() => customElements.get('message-composer')")
    blog.cable.pull_out()
    write(frame, "Hello", "Gus")
    frame.locator("#body").press_sequentially(" and more")
    expect(frame.locator("#offline")).to_be_visible()
    blog.cable.plug_in()
    expect(frame.locator("#foot")).to_contain_text("You write as Gus.")
    expect(said(frame)).to_have_text(["Hello"])
    expect(frame.locator("#log > li > b")).to_have_text(["Gus"])
    expect(frame.locator("#body")).to_have_value("and more")
    expect(frame.locator("#body")).to_be_focused()
