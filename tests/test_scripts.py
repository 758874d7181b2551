"""The scripts in bin/: what they say when they cannot go on. That they go on otherwise is how this test was started."""

import os
import subprocess
from pathlib import Path

from tests.tools.tree import ROOT

PYTHONS = ["python3", *(f"python3.{minor}" for minor in range(11, 15))]


def test_without_a_python_that_is_new_enough_setup_says_so(tmp_path: Path) -> None:
    for name in PYTHONS:
        old = tmp_path / name
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([ROOT / "bin/setup"], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == "webchat needs Python 3.11 or newer, and there is none on the PATH.\n"


def test_serve_passes_its_options_on() -> None:
    done = subprocess.run([ROOT / "bin/serve", "--help"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0
    assert "--open" in done.stdout
