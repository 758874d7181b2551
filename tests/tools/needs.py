"""The one way for a test not to run: what it needs is not on this machine. Under CI=true that is a failure."""

import os
import shutil

import pytest


def need(there: object, what: str) -> None:
    """Go on if ``there``, else skip with a reason, or fail under CI=true."""
    if there:
        return
    reason = f"This test needs {what}, which is not here."
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def program(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    found = next((path for name in names if (path := shutil.which(name))), "")
    need(found, " or ".join(names))
    return found
