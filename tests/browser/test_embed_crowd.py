"""More readers, and more to read, than there is room for: on a server that is small on purpose."""

from playwright.sync_api import expect

from tests.browser.blogs import READY, Blog, said, write
from tests.browser.hosts import Hosts

SEQS = "rows => rows.map(row => Number(row.dataset.seq))"
SAID = 20


def test_what_is_too_much_is_left_out_and_who_finds_no_room_asks(hosts: Hosts) -> None:
    blog = Blog(hosts, WEBCHAT_SOCKETS="2", WEBCHAT_FAST_CHAT="1")  # one is for people of the place
    _tab, live = blog.read()
    blog.say(*(f"number {number}" for number in range(1, SAID + 1)))
    notice, rows = live.locator(".notices > #fast"), live.locator("#log > li[id]")
    expect(notice).to_have_text("Fast chat: some messages are left out. Show them")
    assert 5 <= rows.count() < SAID
    notice.get_by_role("link").click()
    rows.nth(SAID - 4).wait_for()
    seqs = rows.evaluate_all(SEQS)
    assert seqs == [*range(seqs[0], seqs[0] + len(seqs))]
    assert seqs[0] < 6

    tab = hosts.tab()
    tab.goto(blog.page(blog.markup()))
    tab.wait_for_function(READY)
    [frame] = [one for one in tab.frames if "/embed/blog/" in one.url]
    expect(frame.locator(".notices > #slower")).to_contain_text("What is new comes every few seconds.")
    blog.say("from elsewhere")
    write(frame, "from here", "Zoe")
    expect(said(frame).filter(has_text="from")).to_have_text(["from elsewhere", "from here"])
    expect(frame.locator("#foot embed-identity")).to_contain_text("You write as Zoe.")
    expect(frame.locator("#pending > li")).to_have_count(0)
    expect(frame.locator("#offline")).to_be_hidden()
    expect(notice).to_have_count(0, timeout=8_000)
