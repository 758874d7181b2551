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


DEAF = """
import os, signal, time
from webchat import workers

def work(start):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    start.ready()
    while True:
        signal.pause()

workers.LEAVE = 0.2
workers.supervise(2, work, lambda: os.kill(os.getpid(), signal.SIGTERM))
"""


def test_one_that_does_not_end_is_killed() -> None:
    ended = subprocess.run([sys.executable, "-c", DEAF], check=False, timeout=60, capture_output=True, text=True)
    assert ended.returncode == 0
    assert ended.stderr.count("has not ended, and is killed.") == 2
