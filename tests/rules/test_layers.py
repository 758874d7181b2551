"""Imports only go down."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.tools import tree

ABOVE_ALL = {"process", "wire"}
"""How the command line runs a server. Nothing but `cli` and `process` may know them."""


def test_import_linter_finds_no_broken_contract() -> None:
    """In a process of its own: it sets up logging for the process that it runs in."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache"]
    done = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_has_its_layer() -> None:
    settings = tomllib.loads((tree.ROOT / "pyproject.toml").read_text("utf-8"))
    [layers] = [one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    placed = {name.strip().removeprefix("webchat.") for layer in layers["layers"] for name in layer.split("|")}
    package = tree.ROOT / "webchat"
    modules = {path.stem for path in package.glob("*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    assert modules - {"__init__"} <= placed | ABOVE_ALL


def test_only_the_command_line_knows_the_server() -> None:
    others = [
        path
        for path in tree.python("webchat")
        if path.parent.name != "cli" and path.name not in ("process.py", "http.py")
    ]
    assert others
    known = {
        tree.name(path): {"webchat.wire", "webchat.http", "webchat.process"} & {*imported(path)} for path in others
    }
    assert not {name: found for name, found in known.items() if found}


def test_only_settings_reads_the_environment() -> None:
    for path in tree.python("webchat"):
        read = [tree.dotted(node) for node in ast.walk(tree.parsed(path)) if isinstance(node, ast.Attribute)]
        assert path.name == "settings.py" or not {"os.environ", "os.getenv"} & {*read}, tree.name(path)


def imported(path: Path) -> list[str]:
    """The dotted names that a file imports."""
    names = []
    for node in ast.walk(tree.parsed(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names] + [str(node.module)]
    return names
