"""The files for putting it somewhere: as far as they can be read without the programs that they are for."""

import configparser
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools import tree
from tests.tools.needs import program
from webchat.settings import Settings, from_environment

DEPLOY = tree.ROOT / "deploy"


def services(name: str) -> dict[str, dict[str, Any]]:
    found = yaml.safe_load((tree.ROOT / name).read_text("utf-8"))["services"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("name", "servers"), [("compose.yaml", ["web"]), ("compose.cluster.yaml", ["web1", "web2"])])
def test_our_containers_may_do_nothing_that_they_need_not(name: str, servers: list[str]) -> None:
    found = services(name)
    assert sorted(one for one, service in found.items() if "build" in service) == servers
    for server in servers:
        service = found[server]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_settings_in_the_files_are_settings() -> None:
    """With what is to be filled in filled in, they make sense."""
    for name in ("compose.yaml", "compose.cluster.yaml"):
        for service in services(name).values():
            environ = {
                key: re.sub(r"\$\{[^}]*\}", "x", str(value)) for key, value in service.get("environment", {}).items()
            }
            ours = {key: value for key, value in environ.items() if key.startswith("WEBCHAT_")}
            assert {key.removeprefix("WEBCHAT_").lower() for key in ours} <= set(Settings.__struct_fields__)
            from_environment(ours)


def test_the_containers_stop_in_time_and_wait_for_what_they_need() -> None:
    for server in ("web1", "web2"):
        service = services("compose.cluster.yaml")[server]
        assert service["stop_grace_period"] == "15s"
        assert set(service["depends_on"]) == {"db", "bus"}
    assert all(server in (DEPLOY / "Caddyfile").read_text("utf-8") for server in ("web1:8000", "web2:8000"))


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    lines = (tree.ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert lines.index("USER 10001") < lines.index('ENTRYPOINT ["webchat"]')
    assert any("/healthz" in line for line in lines)
    for copied in ("pyproject.toml", "README.md", "LICENSE", "webchat"):
        assert (tree.ROOT / copied).exists()


def test_the_unit_is_one() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "webchat.service", "utf-8")
    assert unit["Service"]["ExecStart"].startswith("/opt/webchat/bin/webchat serve ")
    assert unit["Service"]["DynamicUser"] == "yes"
    assert unit["Service"]["ProtectSystem"] == "strict"


def test_nginx_takes_its_settings(tmp_path: Path) -> None:
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    site = site.replace("/etc/nginx/nginx-proxy.conf", str(DEPLOY / "nginx-proxy.conf"))
    site = re.sub(r"listen 443 ssl;|ssl_certificate.*", "", site)  # there is no certificate here
    settings = tmp_path / "nginx.conf"
    settings.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {site} }}")
    done = subprocess.run(
        [program("nginx", "/usr/sbin/nginx"), "-t", "-c", str(settings)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
