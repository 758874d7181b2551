"""The hosts of these tests are what they stand for: other sites over TLS, in whose frames a cookie is kept apart."""

from tests.browser.hosts import Hosts

PLAIN = "plain=1; Path=/; Secure; HttpOnly; SameSite=None"
PARTED = "__Host-apart=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"


def test_the_chat_is_at_a_name_over_tls_and_pages_of_others_may_not_frame_it(hosts: Hosts) -> None:
    _server, _cable, url = hosts.chat("--open")
    blog, page = hosts.site("blog.example"), hosts.tab()
    answer = page.goto(f"{url}/rooms/lobby")
    assert answer
    assert answer.status == 200
    page.wait_for_function("() => document.querySelector('chat-room')?.open === true")
    assert {cookie["name"] for cookie in page.context.cookies()} == {"__Host-webchat-guest"}
    with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
        page.goto(blog.put("/", f'<iframe src="{url}/rooms/lobby"></iframe>'))
    assert not page.frames[1].url.startswith(url)
    hosts.trouble = [line for line in hosts.trouble if "frame-ancestors" not in line]


def test_cookies_of_third_parties_are_kept_out_unless_they_are_partitioned(hosts: Hosts) -> None:
    blog, other = hosts.site("blog.example"), hosts.site("other.example")
    page = hosts.tab()
    for name, cookie in {"plain": PLAIN, "apart": PARTED}.items():
        frame = other.put(f"/{name}", "<p>frame</p>", **{"Set-Cookie": cookie})
        page.goto(blog.put(f"/{name}", f'<iframe src="{frame}"></iframe>'))
    assert [cookie["name"] for cookie in page.context.cookies()] == ["__Host-apart"]
