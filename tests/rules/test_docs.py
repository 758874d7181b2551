"""What can be set, called or sent is documented, and what is documented is there."""

import re
from pathlib import Path

import click
import pytest

from tests.tools import permissions_page, tree
from webchat import __version__, cli
from webchat.commands import WORDS
from webchat.settings import Settings

DOCS = tree.ROOT / "docs"
PAGES = [path for path in tree.files() if path.suffix == ".md"]


def read(name: str) -> str:
    return (tree.ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_every_setting_is_documented(name: str) -> None:
    assert f"`WEBCHAT_{name.upper()}`" in read("docs/reference/settings.md")


def test_no_setting_is_documented_that_is_not_there() -> None:
    named = set(re.findall(r"^\| `WEBCHAT_([A-Z_]+)`", read("docs/reference/settings.md"), re.MULTILINE))
    assert named == {name.upper() for name in Settings.__struct_fields__}


def commands(group: click.Group, before: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command, name
        if isinstance(command, click.Group):
            found |= commands(command, f"{before}{name} ")
        else:
            found[before + name] = command
    return found


@pytest.mark.parametrize("name", commands(cli.main))
def test_every_command_and_option_is_documented(name: str) -> None:
    command = commands(cli.main)[name]
    sections = re.split(r"^## ", read("docs/reference/cli.md"), flags=re.MULTILINE)
    [section] = [section for section in sections if section.startswith(f"`webchat {name}")]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[0]}" in section
            if parameter.allow_from_autoenv:
                assert f"`WEBCHAT_{name.replace(' ', '_')}_{parameter.name}`".upper() in section
        else:
            assert str(parameter.name).upper() in section


def test_no_command_is_documented_that_is_not_there() -> None:
    named = re.findall(r"^## `webchat ([a-z -]+[a-z])", read("docs/reference/cli.md"), re.MULTILINE)
    assert sorted(named) == sorted(commands(cli.main))


@pytest.mark.parametrize("word", WORDS)
def test_every_command_of_the_protocol_is_documented_with_its_fields(word: str) -> None:
    [row] = re.findall(rf"^\| `{word}` \|.*$", read("docs/reference/protocol.md"), re.MULTILINE)
    for field in WORDS[word].__struct_fields__:
        assert field == "cid" or f"`{field}`" in row


def test_the_page_of_permissions_is_the_table() -> None:
    says = "Write it anew: python -m tests.tools.permissions_page"
    assert permissions_page.PATH.read_text("utf-8") == permissions_page.page(), says


def test_every_rule_of_security_names_tests_that_are_there() -> None:
    page = read("docs/reference/security.md")
    for path, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page):
        assert re.search(rf"^(async )?def {test}\(", read(path), re.MULTILINE), f"{path} has no {test}"
    rows = re.findall(r"^\| S(\d+)(?:–S(\d+))? \|.*\| (.*)\|$", page, re.MULTILINE)
    numbers = [number for first, last, _tests in rows for number in range(int(first), int(last or first) + 1)]
    assert numbers == [*range(1, 39)]
    assert all(tests.strip() for _first, _last, tests in rows)


@pytest.mark.parametrize("command", ["bin/serve", "bin/test", "pip install webchat-server", "webchat serve"])
def test_the_readme_shows_how_to_start(command: str) -> None:
    first_screen = "\n".join(read("README.md").splitlines()[:40])
    assert command in first_screen


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{__version__}]" in read("CHANGELOG.md") or "## [Unreleased]" in read("CHANGELOG.md")


@pytest.mark.parametrize("page", PAGES, ids=tree.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{target} is not there"


def test_every_page_can_be_found_from_the_index() -> None:
    index = read("docs/index.md")
    for page in DOCS.rglob("*.md"):
        assert page.name == "index.md" or f"({page.relative_to(DOCS).as_posix()})" in index


def test_the_index_names_each_page_once() -> None:
    named = re.findall(r"\]\(([^)]+)\)", read("docs/index.md"))
    assert len(named) == len(set(named)), sorted(named)


@pytest.mark.parametrize("page", PAGES, ids=tree.name)
def test_every_table_has_a_head(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        assert re.match(r"\|.*\|\n\|[-| :]+\|\n", table), table.splitlines()[0]
