"""What stands on a page for people, to be tried by tests."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks in one language, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    pattern = re.compile(rf"^( *)```{language}\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(body) for _, body in pattern.findall(text)]
