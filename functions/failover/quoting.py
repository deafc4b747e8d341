"""Text from outside (answers of servers, reasons of operators), made safe to show in one line."""

import json
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(text: str) -> str:
    """The text without control characters and line breaks; each becomes a `?`."""
    return _CONTROL.sub("?", text)


def quoted(text: str, limit: int) -> str:
    """At most `limit` characters in double quotes: it can neither end a line nor the quotation."""
    cut = text if len(text) <= limit else f"{text[:limit]}..."
    return json.dumps(one_line(cut), ensure_ascii=False)
