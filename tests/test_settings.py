"""Settings: what each variable means, and what is refused."""

from pathlib import Path

import pytest

from webchat.errors import StartRefused
from webchat.settings import Settings, from_environment, host_in_url, require_supported

PROXIES = ("10.0.0.0/8", "2001:db8::/32", "192.0.2.1/32")


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
        ("WEBCHAT_PROXIES", "10.0.0.0/8, 2001:DB8::/32,192.0.2.1", "proxies", PROXIES),
        ("WEBCHAT_PROXIES", "unix 127.0.0.1", "proxies", ("unix", "127.0.0.1/32")),
        ("WEBCHAT_PROXIES", "none", "proxies", ()),
        ("WEBCHAT_OPEN", "on", "open", True),
        ("WEBCHAT_OPEN", "No", "open", False),
        ("WEBCHAT_LIMITS", "off", "limits", False),
        ("WEBCHAT_LIMITS", "1", "limits", True),
        ("WEBCHAT_LOG_FORMAT", "JSON", "log_format", "json"),
        ("WEBCHAT_METRICS_FROM", "10.0.0.5, fd00::1/8", "metrics_from", ("10.0.0.5/32", "fd00::/8")),
        ("WEBCHAT_CONTACT", "mailto:ops@chat.example", "contact", "mailto:ops@chat.example"),
        ("WEBCHAT_HOOK_HOSTS", "localhost:9000 bots.lan", "hook_hosts", ("localhost:9000", "bots.lan")),
        ("WEBCHAT_PUSH_HOSTS", "push.example, 10.0.0.5:8443", "push_hosts", ("push.example", "10.0.0.5:8443")),
        ("WEBCHAT_BASE", "chat/", "base", "/chat"),
        ("WEBCHAT_BASE", "/", "base", ""),
    ],
)
def test_a_variable_is_read(variable: str, value: str, field: str, meant: object) -> None:
    assert getattr(from_environment({variable: value}), field) == meant


@pytest.mark.parametrize(
    ("variable", "value"),
    [("WEBCHAT_PORT", value) for value in ("-1", "65536", "eight", "8000.0", "٨")]
    + [("WEBCHAT_PROXIES", value) for value in ("*", "proxy.example", "10.0.0.1/8", "10.0.0.0/33", "127.0.0.1:80")]
    + [("WEBCHAT_OPEN", "maybe"), ("WEBCHAT_LIMITS", "2"), ("WEBCHAT_LOG_FORMAT", "xml")]
    + [("WEBCHAT_CONTACT", value) for value in ("ops@chat.example", "mailto:ops@localhost", "http://chat.example")]
    + [("WEBCHAT_METRICS_FROM", value) for value in ("prometheus", "10.0.0.0/33", "10.0.0.5;10.0.0.6")],
)
def test_a_senseless_value_is_refused_by_its_name(variable: str, value: str) -> None:
    with pytest.raises(StartRefused, match=variable) as refused:
        from_environment({variable: value})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("origin", ["http://[", "https://[::1"])
def test_an_origin_that_is_none_is_refused(origin: str) -> None:
    with pytest.raises(StartRefused, match="WEBCHAT_ORIGINS"):
        require_supported(from_environment({"WEBCHAT_ORIGINS": f"https://chat.example,{origin}"}))


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
