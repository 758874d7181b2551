"""The parent of several server processes. What they are together is tried in tests/cluster."""

import subprocess
import sys

STOPPED_EARLY = """
import os, signal
from webchat import workers

fork = os.fork

def stopped():
    pid = fork()
    if not pid:
        os.kill(os.getpid(), signal.SIGTERM)
    return pid

os.fork = stopped
workers.supervise(1, lambda start: signal.pause(), lambda: None)
"""


def test_one_that_is_asked_to_stop_as_it_begins_stops() -> None:
    ended = subprocess.run([sys.executable, "-c", STOPPED_EARLY], check=False, timeout=60)
    assert ended.returncode == 256 - 15, "it says how the worker ended"
