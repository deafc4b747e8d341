"""Text in lines for a terminal."""

import textwrap


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """The lines of a text, those after the first with an indent. The name of a region, an option or
    a command stays whole: people copy it."""
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)
