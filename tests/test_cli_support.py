"""The command line's support windows: set up, and who answers there."""

from pathlib import Path

from click.testing import CliRunner, Result

from webchat import cli
from webchat.desk import desk
from webchat.settings import Settings


def test_a_window_is_set_up_and_people_are_appointed(tmp_path: Path) -> None:
    with desk(Settings(data=tmp_path)) as at:
        at.add_user("ann", "a long enough one", admin=True)
        at.add_user("bob", "a long enough one", admin=False)

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli.main, [*words, "--data", str(tmp_path)])

    assert run("site", "add", "blog", "--origin", "https://blog.example").exit_code == 0
    assert run("site", "support", "blog", "--enabled", "--hours", "mon-fri 09:00-17:00").exit_code == 0
    wrong = run("site", "support", "blog", "--hours", "often")
    assert (wrong.exit_code, "are not business hours" in wrong.output) == (1, True)
    assert "no such site" in run("site", "agent", "add", "elsewhere", "bob").output
    assert run("site", "agent", "add", "blog", "bob").exit_code == 0
    assert run("site", "agent", "list", "blog").output == "bob\tbob\n"
    assert run("site", "agent", "remove", "blog", "bob").exit_code == 0
    assert run("site", "agent", "list", "blog").output == ""
    assert "was not appointed" in run("site", "agent", "remove", "blog", "bob").output


def test_the_judge_of_a_site_is_named_and_its_secret_told_once(tmp_path: Path) -> None:
    def run(*words: str) -> Result:
        environ = {"WEBCHAT_HOOK_HOSTS": "judge.lan:9000"}
        return CliRunner().invoke(cli.main, [*words, "--data", str(tmp_path)], env=environ)

    assert run("site", "add", "blog", "--origin", "https://blog.example").exit_code == 0
    named = run("site", "rules", "blog", "--judge", "http://judge.lan:9000/", "--unjudged", "allow").output
    assert "judge\thttp://judge.lan:9000/\nunjudged\tallow\n" in named
    assert named.split()[-1].startswith("whsec_")
    assert "whsec_" not in run("site", "rules", "blog", "--slow", "5").output
    wrong = run("site", "rules", "blog", "--judge", "http://other.lan/")
    assert (wrong.exit_code, "Only https:// addresses" in wrong.output) == (1, True)
    assert "judge\t\n" in run("site", "rules", "blog", "--judge", "").output
