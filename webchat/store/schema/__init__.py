"""The numbered steps of the schema, the same ones for each kind of database."""

from importlib.resources import files


def steps(kind: str) -> list[str]:
    """The steps for one kind of database, in order."""
    found = sorted(files("webchat.store.schema").joinpath(kind).iterdir(), key=lambda step: step.name)
    return [step.read_text("utf-8") for step in found]


def known() -> int:
    """The schema that this program works with."""
    return len(steps("sqlite"))


def served(who: str, found: int) -> str:
    """Why a program that does not serve leaves the schema ``found`` as it is, on whose database ``who`` is at work."""
    return (
        f"{who} works on the database, whose schema is {found}, and this program needs {known()}. Stop the server, then"
        " run webchat migrate, or start the newer one. Or use the program of the same version as the server."
    )


def newer(what: str, found: int) -> str:
    """Why a database is refused that has the schema ``found``."""
    return f"{what} has schema {found}, this program knows only {known()}. Install the newer webchat."
