"""Which stack a command talks to: what is said, the environment, or the deployment at hand."""

import functools
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli import samconfig
from cli.trouble import Exit, Trouble

FOLDERS = ("deployment", ".")
"""Where a samconfig.toml is looked for, below the current folder and each folder above it."""

DEFAULT_STACK = "linode-region-failover"


@dataclass(frozen=True, slots=True)
class Target:
    """One stack. `endpoint`, `keys` and `nameserver` (HOST:PORT) are those of `make local`; a real
    stack has none of them.
    """

    stack: str
    region: str
    endpoint: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    nameserver: str | None = None

    @property
    def said(self) -> str:
        """The options that name it in a command line."""
        if self.endpoint:
            return "--local"
        return f"--stack {self.stack} --region {self.region}"

    def client(self, service: str) -> Any:
        """A client of an AWS service. It gives up soon, and says so."""
        return _client(service, self.region, self.endpoint, tuple(self.keys.items()))


@functools.cache
def _client(
    service: str, region: str, endpoint: str | None, keys: tuple[tuple[str, str], ...]
) -> Any:
    """Made once: that is slow."""
    import boto3  # noqa: PLC0415 - slow, and not every command needs it
    from botocore.config import Config  # noqa: PLC0415

    config = Config(connect_timeout=5, read_timeout=70, retries={"total_max_attempts": 2})
    make: Any = boto3.Session().client
    return make(service, region_name=region, endpoint_url=endpoint, config=config, **dict(keys))


def local_file() -> Path:
    """Where `make local` writes how it is reached, for as long as it runs."""
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "linode-failover" / "local.json"


def local() -> Target:
    """The world of `make local`. Raises Trouble."""
    try:
        found = json.loads(local_file().read_text(encoding="utf-8"))
        return Target(**found)
    except (OSError, ValueError, TypeError):
        raise Trouble(
            "make local is not running on this machine.",
            "start it in a checkout, in another terminal: make local",
        ) from None


def targets(stack: str | None, region: str | None, folder: Path) -> Sequence[Target]:
    """The stacks that are meant, the first to be asked first. Raises Trouble."""
    known = at_hand(folder)
    meant = [
        Target(each.name, each.region)
        for each in known
        if stack in (None, each.name) and region in (None, each.region)
    ]
    if meant:
        return meant
    region = region or _aws_region()
    if region is None:
        raise Trouble(
            f"The AWS region of {f'stack {stack}' if stack else 'your stack'} is not known.",
            "name it with --region, set LINODE_FAILOVER_REGION, or run this in the folder with "
            "your deployment/samconfig.toml",
            Exit.NO_ANSWER,
        )
    return [Target(stack or DEFAULT_STACK, region)]


def at_hand(folder: Path) -> Sequence[samconfig.Stack]:
    """The stacks of the nearest samconfig.toml that names any. Raises Trouble."""
    for above in (folder, *folder.parents):
        for place in FOLDERS:
            file = above / place / "samconfig.toml"
            if file.is_file() and (found := _read(file)):
                return found
    return ()


def _read(file: Path) -> Sequence[samconfig.Stack]:
    try:
        return list(samconfig.stacks(tomllib.loads(file.read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        raise Trouble(
            f"{file} cannot be read: {error}.",
            "correct it, or name the stack with --stack and --region",
        ) from None


def _aws_region() -> str | None:
    """The region of the user's own AWS settings."""
    import botocore.session  # noqa: PLC0415 - slow, and only needed here

    found: str | None = botocore.session.get_session().get_config_variable("region")
    return found
