"""How the benchmarks tell what they have measured, and keep it in docs/measured.md."""

import os
import platform
import re
import time
from collections.abc import Sequence
from pathlib import Path

MEASURED = Path(__file__).parent.parent / "docs" / "measured.md"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def circumstances() -> str:
    """When and on what it was measured, without naming the machine."""
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" loopback; the machine was shared with other work"
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


def tell(title: str, body: str, save: bool) -> None:
    """Print a section; keep it in docs/measured.md where `save` asks for it."""
    print(f"\n## {title}\n\n{body.strip()}")
    if save:
        MEASURED.write_text(with_section(MEASURED.read_text(), title, body))
