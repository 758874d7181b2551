"""More processes than the bus joins are refused and not split in silence."""

import subprocess
from collections.abc import Callable

from tests.tools.server import Server


def test_workers_of_uvicorn_are_refused_with_a_line_that_says_why(make_server: Callable[..., Server]) -> None:
    """Each would be a chat of its own. Two servers of ours on one folder: see tests/test_process.py."""
    server = make_server()
    command = [server.python, "-m", "uvicorn", "webchat.app:app", "--workers", "2", "--port", "0"]
    done = subprocess.run(command, env=server.environ, capture_output=True, text=True, timeout=60, check=False)
    assert "already uses the data folder" in done.stderr
