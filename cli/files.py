"""The files that come with the command: from the checkout, or from where they are installed."""

import sys
from pathlib import Path

_TOP = Path(__file__).parent.parent
_INSTALLED = Path(sys.prefix) / "share" / "linode-failover"


def _file(folder: str, name: str) -> Path:
    here = _TOP / folder / name
    return here if here.is_file() else _INSTALLED / name


EXAMPLE = _file("layers/config", "failover.example.toml")
SCHEMA = _file("layers/config", "failover.schema.json")
