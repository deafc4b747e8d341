"""Mutations that change nothing that anybody could notice, each with the reason."""

EQUIVALENT: dict[str, str] = {}
