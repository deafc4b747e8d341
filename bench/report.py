"""How the benchmarks tell what they have measured, and keep it in docs/."""

import argparse
import os
import platform
import re
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
MEASURED = ROOT / "docs" / "measured.md"
COSTS = ROOT / "docs" / "costs.md"


def options(prog: str, about: str, quick: str, page: Path) -> tuple[bool, Path | None]:
    """What the command line asks for: whether to be quick, and the page to keep the result in."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {prog}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--save", action="store_true", help=f"keep the result in docs/{page.name}")
    given = parser.parse_args()
    return given.quick, page if given.save else None


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def circumstances() -> str:
    """When and on what it was measured, without naming the machine. The load is that of the last
    quarter of an hour: above the number of cores, everything waits and costs more."""
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" loopback; the machine was shared with other work, load {os.getloadavg()[2]:.0f}"
    )


def with_section(document: str, title: str, body: str) -> str:
    """The document with the section of that title replaced, or added at its end."""
    section = f"## {title}\n\n{body.strip()}\n"
    old = rf"^## {re.escape(title)}\n.*?(?=^## |\Z)"
    found = re.search(old, document, re.DOTALL | re.MULTILINE)
    if not found:
        return f"{document.rstrip()}\n\n{section}"
    before, after = document[: found.start()], document[found.end() :]
    return f"{before}{section}\n{after}".rstrip() + "\n"


def tell(title: str, body: str, page: Path | None) -> None:
    """Print a section; keep it in a page, if there is one."""
    print(f"\n## {title}\n\n{body.strip()}")
    if page:
        page.write_text(with_section(page.read_text(), title, body))
