"""`regions.toml`: the regions of one service, with the files that it names."""

import re
import ssl
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cli.region.tables import File, RegionTable
from cli.trouble import Exit, Trouble
from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.lines import Lines
from failover.settings.validation import problems

MARK = "{{AWS_REGION}}"
"""Stands in the user data for the AWS region of each region."""

DEFAULT_USER_DATA = f"""#cloud-config
write_files:
  - path: /etc/app-region.env
    content: |
      AWS_REGION={MARK}
"""


class Regions:
    """A file with what lies beside it."""

    def __init__(self, path: Path, said: File) -> None:
        self.path = path
        self.said = said
        self.user_data = self._user_data()
        self.certificate = self._beside(said.balancer.certificate, "certificate")
        self.key = self._beside(said.balancer.key, "key")

    def user_data_of(self, region: RegionTable) -> str:
        """What the instances of a region are started with."""
        return self.user_data.replace(MARK, region.aws_region)

    def region(self, name: str) -> RegionTable:
        """One of the regions. Raises Trouble."""
        for each in self.said.region:
            if each.name == name:
                return each
        there = ", ".join(each.name for each in self.said.region)
        raise Trouble(
            f"{self.path} has no region {name}; it has {there}.",
            "add a [[region]] with that name to the file first",
            Exit.USAGE,
        )

    def _user_data(self) -> str:
        found = self._beside(self.said.user_data, "user_data") or DEFAULT_USER_DATA
        if MARK not in found:
            raise Trouble(
                f"{self.said.user_data} does not contain {MARK}, so that its instances would not "
                "know their region.",
                f"write AWS_REGION={MARK} where the application finds its environment",
                Exit.USAGE,
            )
        if re.search(r"AWS_SECRET_ACCESS_KEY\s*[=:]\s*\S", found):
            raise Trouble(
                f"{self.said.user_data} holds a secret, which every process of an instance can "
                "read.",
                "bring it onto the instances in another way: docs/region.md",
                Exit.USAGE,
            )
        return found

    def _beside(self, name: str | None, key: str) -> str:
        if not name:
            return ""
        try:
            found = (self.path.parent / name).read_text(encoding="utf-8")
            if key == "certificate":
                ssl.PEM_cert_to_DER_cert(first_certificate(found))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not a PEM certificate"
            raise Trouble(
                f"{self.path}: {key} = {name!r} cannot be used: {why}.",
                f"name a file beside {self.path.name}, or its whole path",
                Exit.USAGE,
            ) from None
        return found


def first_certificate(chain: str) -> str:
    """The first certificate of a chain. Raises ValueError."""
    end = "-----END CERTIFICATE-----"
    return chain[: chain.index(end) + len(end)] + "\n"


def load(path: Path) -> Regions:
    """The file, or every problem at once. Raises Trouble."""
    try:
        text_ = settings_file.read(path)
        return Regions(path, _parsed(text_))
    except SettingsRefused as refused:
        raise Trouble(
            "\n  ".join((f"{path} cannot be used:", *refused.problems)),
            "correct the file; docs/region.md shows one",
            Exit.USAGE,
        ) from None


def _parsed(text_: str) -> File:
    data: Any = settings_file.toml(text_)
    try:
        return File.model_validate(data)
    except ValidationError as refused:
        lines = Lines(text_)
        found = [lines.before(place) + said for place, said in problems(refused, data, File)]
        raise SettingsRefused(found) from None
