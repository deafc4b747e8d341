"""Hostile values, drawn from one source of chance, so that the same seed makes the same ones."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

NUMBERS = (
    0, 1, -1, 7, 30, 2**31, 2**53, 2**63, 10**40, 10**400, -(2**63),
    0.0, -0.0, 0.5, 1e18, 1e99, 1e308, -1e308, float("inf"), float("-inf"), float("nan"),
)  # fmt: skip
TEXTS = (
    "", " ", "A", "AAAA", "CNAME", "null", "NaN", "inf", "-1", "1e999", "app", "east", "0.0.0.0",
    "192.0.2.1", "198.51.100.66", "256.1.1.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1",
    "\x00", "\x1b[2J\x07", "\r\nSet-Cookie: a=b", "\ud800", "\u202e" * 40, "\N{PILE OF POO}",
    "../../etc/passwd", "${jndi:ldap://127.0.0.1/a}", "{}", "%s%n%d", "'; DROP TABLE control; --",
    "a" * 300, "a" * 70_000, "\u0130" * 64, "xn--", "." * 256,
)  # fmt: skip
BYTES = (b"\xff\xfe", b"\x00", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x1f\x8b\x08")


def number(chance: Random) -> Any:
    """A number that nobody expects."""
    return chance.choice(NUMBERS) if chance.random() < 0.7 else chance.randint(-(2**70), 2**70)


def text(chance: Random) -> str:
    """A text that nobody expects."""
    if chance.random() < 0.7:
        return chance.choice(TEXTS)
    return "".join(
        chr(chance.choice((chance.randrange(128), chance.randrange(0xD000))))
        for _ in range(chance.randint(1, 30))
    )


def scalar(chance: Random) -> Any:
    """Any value without an inside."""
    return chance.choice((number, text, lambda _: None, lambda _: True, lambda _: False))(chance)


def junk(chance: Random, depth: int = 3) -> Any:
    """Any value that JSON can say, now and then nested too deeply for anybody."""
    kind = chance.randrange(8) if depth else 0
    if kind < 5:
        return scalar(chance)
    if kind == 5:
        return [junk(chance, depth - 1) for _ in range(chance.choice((0, 1, 3)))]
    if kind == 6:
        return {text(chance): junk(chance, depth - 1) for _ in range(chance.choice((0, 1, 3)))}
    nested: Any = scalar(chance)
    for _ in range(chance.choice((2, 40, 900))):
        nested = [nested] if chance.random() < 0.5 else {"a": nested}
    return nested


def mangled(chance: Random, value: Any, odd: Callable[[Random], Any] = junk) -> Any:
    """The same value with one to three things about it changed, wherever in it."""
    for _ in range(chance.randint(1, 3)):
        value = _changed(chance, value, odd)
    return value


def _changed(chance: Random, value: Any, odd: Callable[[Random], Any]) -> Any:
    if isinstance(value, Mapping) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        match chance.randrange(6):
            case 0:
                return {name: inner for name, inner in value.items() if name != key}
            case 1:
                return {**value, text(chance): odd(chance)}
            case 2:
                return {**value, key: odd(chance)}
            case _:
                return {**value, key: _changed(chance, value[key], odd)}
    if isinstance(value, list | tuple) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        before, after = list(value[:at]), list(value[at + 1 :])
        match chance.randrange(6):
            case 0:
                return [*before, *after]
            case 1:
                return [*value, value[at]]
            case 2:
                return list(value) * chance.choice((2, 40))
            case _:
                return [*before, _changed(chance, value[at], odd), *after]
    return odd(chance)


def spoiled(chance: Random, data: bytes) -> bytes:
    """The same bytes with some changed, lost, doubled, cut off, or strange ones put in."""
    spoilt = bytearray(data or b"x")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(spoilt) or 1)
        match chance.randrange(5):
            case 0 if spoilt:
                spoilt[at] = chance.randrange(256)
            case 1:
                del spoilt[at : at + chance.randint(1, 20)]
            case 2:
                spoilt[at:at] = spoilt[at : at + chance.randint(1, 20)]
            case 3:
                spoilt[at:at] = chance.choice(BYTES)
            case _:
                del spoilt[at + chance.randint(0, len(spoilt)) :]
    return bytes(spoilt)


def as_json(chance: Random, value: Any) -> bytes:
    """A value as JSON bytes, or as what some server takes for JSON."""
    said = json.dumps(value, ensure_ascii=chance.random() < 0.7)
    match chance.randrange(12):
        case 0:
            return spoiled(chance, said.encode("utf-8", "surrogatepass"))
        case 1:
            return said.encode(chance.choice(("utf-16", "utf-32", "utf-7")), "replace")
        case 2:
            return b"[" * chance.choice((100, 5_000, 65_000))
        case 3:
            return b'{"a":' * chance.choice((100, 5_000))
        case 4:
            return b"9" * chance.choice((400, 5_000, 60_000))
        case _:
            return said.encode("utf-8", "surrogatepass")
