"""Settings: what each variable means, and what is refused."""

from pathlib import Path

import pytest

from webchat.errors import StartRefused
from webchat.settings import Settings, from_environment, host_in_url


def test_without_variables_all_is_as_documented() -> None:
    assert from_environment({}) == Settings()
    assert from_environment({"WEBCHAT_PORT": "", "WEBCHAT_OPEN": " "}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "field", "meant"),
    [
        ("WEBCHAT_HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - a value like any other here
        ("WEBCHAT_PORT", "8080", "port", 8080),
        ("WEBCHAT_PORT", "0", "port", 0),
        ("WEBCHAT_DATA", "/srv/chat", "data", Path("/srv/chat")),
        ("WEBCHAT_STORE", "postgresql://db/chat", "store", "postgresql://db/chat"),
        ("WEBCHAT_BUS", "redis://cache", "bus", "redis://cache"),
        ("WEBCHAT_ORIGINS", "https://Chat.example/, http://b:81", "origins", ("https://chat.example", "http://b:81")),
        ("WEBCHAT_OPEN", "on", "open", True),
        ("WEBCHAT_OPEN", "No", "open", False),
        ("WEBCHAT_LIMITS", "off", "limits", False),
        ("WEBCHAT_LIMITS", "1", "limits", True),
        ("WEBCHAT_LOG_FORMAT", "JSON", "log_format", "json"),
        ("WEBCHAT_BASE", "chat/", "base", "/chat"),
        ("WEBCHAT_BASE", "/", "base", ""),
    ],
)
def test_a_variable_is_read(variable: str, value: str, field: str, meant: object) -> None:
    assert getattr(from_environment({variable: value}), field) == meant


@pytest.mark.parametrize(
    ("variable", "value"),
    [("WEBCHAT_PORT", value) for value in ("-1", "65536", "eight", "8000.0", "٨")]
    + [("WEBCHAT_OPEN", "maybe"), ("WEBCHAT_LIMITS", "2"), ("WEBCHAT_LOG_FORMAT", "xml")],
)
def test_a_senseless_value_is_refused_by_its_name(variable: str, value: str) -> None:
    with pytest.raises(StartRefused, match=variable) as refused:
        from_environment({variable: value})
    assert "\n" not in str(refused.value)


def test_variables_of_others_are_left_alone() -> None:
    assert from_environment({"WEBCHAT_UNKNOWN": "1", "PORT": "1"}) == Settings()


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - what is told of it is the point
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("chat.example", "chat.example"),
    ],
)
def test_the_address_told_is_one_that_a_browser_takes(host: str, shown: str) -> None:
    assert host_in_url(host) == shown
    assert Settings(host=host, base="/chat").url == f"http://{shown}:8000/chat"
