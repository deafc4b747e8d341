"""`init`: the files of a new deployment, to begin with in observe mode. Nothing is overwritten."""

from pathlib import Path

from cli import create, linode_token
from cli.deployment import SAMCONFIG, SETTINGS, Refused
from cli.files import EXAMPLE
from cli.output import Output
from cli.trouble import Exit, Trouble

TOKEN = "/linode-region-failover/token"  # noqa: S105 - its name
"""The parameter of the token, as the template names it by default."""

_ACT, _OBSERVE = 'mode    = "act"    ', 'mode    = "observe"'
"""How the example says it, and how a deployment begins. Both are equally long."""


def start(
    out: Output,
    folder: Path,
    vantages: tuple[str, ...],
    witness: str,
    mail: str,
    stack: str,
    record: str | None,
) -> int:
    """Write both files, and say what comes next. Raises Trouble."""
    for name in (SETTINGS, SAMCONFIG):
        if (folder / name).exists():
            raise Trouble(
                f"{folder / name} exists, and nothing is overwritten.",
                "name another folder, or edit what is there",
                Exit.REFUSED,
            )
    written = None
    if record:
        from cli import from_linode  # noqa: PLC0415 - slow, and not needed for the example

        secret = linode_token.of_the_person(
            "read the name and its NodeBalancers",
            "leave --record out for the commented example",
        )
        found = from_linode.read(secret, record)
        written = from_linode.settings(EXAMPLE.read_text(encoding="utf-8"), found)
    try:
        done = list(create.create(folder, vantages, witness, mail, stack, written))[:-1]
    except Refused as refused:
        raise Trouble(" ".join(refused.problems), "see --help", Exit.USAGE) from None
    _observe(folder / SETTINGS)
    after = steps(folder, vantages)
    out.facts({"written": [str(folder / SETTINGS), str(folder / SAMCONFIG)], "next": after})
    out.lines([*done, "", "Next:", *(f"  {step}" for step in after)])
    return Exit.OK


def steps(folder: Path, vantages: tuple[str, ...]) -> list[str]:
    """The next three commands."""
    parameter = f"--type SecureString --name {TOKEN} --value file://token.txt"
    return [
        f"${{EDITOR:-vi}} {folder / SETTINGS} && linode-failover check {folder / SETTINGS}",
        f"aws ssm put-parameter --region {vantages[0]} {parameter}",
        f"make deploy DEPLOYMENT={folder}",
    ]


def _observe(settings: Path) -> None:
    text = settings.read_text(encoding="utf-8")
    assert _ACT in text
    settings.write_text(text.replace(_ACT, _OBSERVE), encoding="utf-8")
