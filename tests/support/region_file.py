"""A `regions.toml` for tests."""

from pathlib import Path

REGIONS = (("us-east", "us-east-1"), ("us-west", "us-west-2"))
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


def region(name: str, aws_region: str) -> str:
    """The table of one region."""
    return f'\n[[region]]\nname = "{name}"\naws_region = "{aws_region}"\n'


def text(
    top: str = "",
    balancer: str = "",
    record: str = RECORD,
    regions: tuple[tuple[str, str], ...] = REGIONS,
) -> str:
    """The whole file, with more lines in its parts."""
    parts = (TOP, top, BALANCER, balancer, record, *(region(*each) for each in regions))
    return "".join(parts)


def written(folder: Path, **parts: object) -> Path:
    """The file, in a folder."""
    file = folder / "regions.toml"
    file.write_text(text(**parts), encoding="utf-8")  # type: ignore[arg-type]
    return file
