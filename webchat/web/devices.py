"""What a browser says it is, in words that its owner knows it by."""

BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
"""Each says that it is also those that come after it."""
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """The name of the browser; empty for one that is not known."""
    return next((name for sign, name in BROWSERS if sign in agent), "")


def called(agent: str) -> str:
    """Both in one, or what a token begins with; empty for what is not known."""
    return agent if agent.startswith("webchat_") else ", ".join(filter(None, (browser(agent), system(agent))))


def system(agent: str) -> str:
    """The name of the system that it runs on; empty for one that is not known."""
    return next((name for sign, name in SYSTEMS if sign in agent), "")
