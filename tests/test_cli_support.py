"""The command line's support windows: set up, and who answers there."""

from collections.abc import Callable

from tests.test_cli import refused
from tests.tools.databases import filled
from tests.tools.server import Server


def test_a_window_is_set_up_and_people_are_appointed(make_server: Callable[..., Server]) -> None:
    server = make_server()
    filled(server.data)
    server.add_user("bob")
    assert server.run("site", "add", "blog", "--origin", "https://blog.example").returncode == 0
    assert server.run("site", "support", "blog", "--enabled", "--hours", "mon-fri 09:00-17:00").returncode == 0
    assert "are no business hours" in refused(server.run("site", "support", "blog", "--hours", "often"))
    assert "no such site" in refused(server.run("site", "agent", "add", "elsewhere", "bob"))
    assert server.run("site", "agent", "add", "blog", "bob").returncode == 0
    assert server.run("site", "agent", "list", "blog").stdout == "bob\tbob\n"
    assert server.run("site", "agent", "remove", "blog", "bob").returncode == 0
    assert server.run("site", "agent", "list", "blog").stdout == ""
    assert "was not appointed" in refused(server.run("site", "agent", "remove", "blog", "bob"))
