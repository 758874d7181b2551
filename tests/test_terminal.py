"""What a long command shows while it works, and that SIGTERM lets it clear up."""

import io
import os
import signal
import sys

import pytest

from webchat import terminal


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "SOON", -1.0)
    monkeypatch.setattr(terminal, "OFTEN", -1.0)


@pytest.mark.usefixtures("at_once")
def test_a_terminal_is_shown_what_is_done_and_is_clean_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    with terminal.progress() as tell:
        tell("Copying, 10 %")
        tell("Copying, 20 %")
    assert "10 %" in screen.getvalue()
    assert "20 %" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
    assert "\n" not in screen.getvalue()


@pytest.mark.usefixtures("at_once")
def test_what_is_no_terminal_is_shown_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress() as tell:
        tell("Copying, 10 %")
    assert capsys.readouterr() == ("", "")


def test_what_is_done_at_once_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    with terminal.progress() as tell:
        tell("Copying, 10 %")
    assert screen.getvalue() == ""


def test_a_command_that_is_told_to_end_clears_up_first() -> None:
    before = signal.getsignal(signal.SIGTERM)
    cleared = []

    def work() -> None:
        with terminal.progress():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                signal.sigtimedwait([signal.SIGUSR1], 10)
            finally:
                cleared.append(True)

    with pytest.raises(SystemExit) as ended:
        work()
    assert ended.value.code == 1
    assert cleared == [True]
    assert signal.getsignal(signal.SIGTERM) is before
