"""A `regions.toml` for tests, and the command that reads it."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from cli.trouble import Exit
from local.linode import LinodeEmulator

REGIONS = (("us-east", "us-east-1"), ("us-west", "us-west-2"))
ONE = REGIONS[:1]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g me"

TOP = f"""name = "app"
type = "g6-standard-1"
image = "linode/debian12"
authorized_keys = ["{KEY}"]
"""
BALANCER = """
[balancer]
port = 80
protocol = "http"
"""
RECORD = """
[record]
domain = "shop.test"
name = "app.shop.test"
soa_email = "admin@shop.test"
"""


def table(name: str, aws_region: str) -> str:
    """The table of one region."""
    return f'\n[[region]]\nname = "{name}"\naws_region = "{aws_region}"\n'


def text(
    top: str = "",
    balancer: str = "",
    record: str = RECORD,
    regions: tuple[tuple[str, str], ...] = REGIONS,
) -> str:
    """The whole file, with more lines in its parts."""
    parts = (TOP, top, BALANCER, balancer, record, *(table(*each) for each in regions))
    return "".join(parts)


def written(folder: Path, **parts: object) -> Path:
    """The file, in a folder."""
    file = folder / "regions.toml"
    file.write_text(text(**parts), encoding="utf-8")  # type: ignore[arg-type]
    return file


def region(*words: object) -> int:
    """The exit code of `linode-failover region` with these words."""
    return run(["region", *map(str, words)])


def applied(file: Path, *more: object) -> int:
    """The exit code of `apply`, which asks nobody."""
    return region("apply", file, "--yes", "--quiet", *more)


def planned(file: Path, capsys: pytest.CaptureFixture[str], *more: object) -> Any:
    """The plan, as a machine reads it."""
    capsys.readouterr()
    assert region("plan", file, "--json", *more) == Exit.OK
    return json.loads(capsys.readouterr().out)


def steps(plan: Any) -> list[tuple[str, str, str]]:
    """What a plan does, to what."""
    return [(step["action"], step["kind"], step["label"]) for step in plan["steps"]]


def writes(linode: LinodeEmulator) -> list[str]:
    """The methods of all calls that change something."""
    return [call.method for call in linode.requests if call.method != "GET"]
