"""A zone file as its lines by name: nothing is parsed until a name is asked for.

A zone of thousands of records is fetched again and again while one publication is looked for, so
that what it costs for each line decides. A master file (RFC 1035, 5) is split by its own rules as
far as they tell where a record begins and to which name it belongs; the records of one name are
then left to dnspython.
"""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

_TYPES = ("A", "AAAA")

# What must not be looked at for parentheses: quoted text, escaped characters, comments.
_NO_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|;.*')


class ZoneFile:
    """The lines of a rendered zone. Raises ValueError for what no zone file can be."""

    def __init__(self, lines: Iterable[str], domain: str) -> None:
        self._domain = domain
        self._by_name = _split(lines, domain.lower())
        self._parsed: dict[str, Mapping[str, frozenset[str]]] = {}

    def addresses(self, record: str) -> Mapping[str, frozenset[str]]:
        """What the records at a name say, by type. Raises what dnspython raises."""
        if record not in self._parsed:
            self._parsed[record] = self._parse(record)
        return self._parsed[record]

    def _parse(self, record: str) -> Mapping[str, frozenset[str]]:
        import dns.zone  # noqa: PLC0415 - dnspython is slow to import, and rarely needed

        lines = self._by_name.get(record.lower(), [])
        zone = dns.zone.from_text("\n".join(lines), self._domain, check_origin=False)
        found = {kind: zone.get_rdataset(f"{record}.", kind) for kind in _TYPES}
        return {
            kind: frozenset(str(ip_address(str(data))) for data in rdatas or ())
            for kind, rdatas in found.items()
        }


def _split(lines: Iterable[str], origin: str) -> dict[str, list[str]]:
    """The lines of each name, in lower case and absolute without the final dot, each with the
    directives that are in force."""
    found: dict[str, list[str]] = {}
    ttl, name, depth = "$TTL 0", "", 0
    for line in filter(str.strip, lines):
        begins = depth == 0 and line[0] not in " \t;"
        if begins and line[0] == "$":
            ttl, origin = _directive(line, ttl, origin)
            continue
        if begins:
            name = _absolute(line.split(None, 1)[0], origin)
            found.setdefault(name, []).extend((ttl, f"$ORIGIN {origin}."))
        depth += _opened(line)
        if name:
            found[name].append(line)
    return found


def _directive(line: str, ttl: str, origin: str) -> tuple[str, str]:
    """The directives that are in force after this one."""
    if line.startswith("$TTL "):
        return line, origin
    if line.startswith("$ORIGIN "):
        return ttl, _absolute(line.partition(";")[0].split()[1], origin)
    # $GENERATE would make thousands of records from one line, $INCLUDE reads a file.
    raise ValueError(f"a rendered zone has no {line.split(maxsplit=1)[0]}")


def _opened(line: str) -> int:
    """How many more parentheses the line opens than it closes."""
    if "(" not in line and ")" not in line:
        return 0
    bare = _NO_STRUCTURE.sub("", line)
    return bare.count("(") - bare.count(")")


def _absolute(owner: str, origin: str) -> str:
    if owner == "@":
        return origin
    owner = owner.lower()
    return owner.removesuffix(".") if owner.endswith(".") else f"{owner}.{origin}".rstrip(".")
