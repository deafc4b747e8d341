"""`make deployment VANTAGES=…`: the two files of a deployment, or further vantages in them."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from cli.deployment import (
    KIND,
    OTHER_REGIONS,
    SAMCONFIG,
    SETTINGS,
    TABLE,
    Refused,
    environments,
    load,
)
from cli.files import EXAMPLE, SCHEMA
from cli.tableplan import REGION_SETS

_PREFACE = """\
# Where this deployment runs: one environment for each vantage, with the name of its AWS region, and
# every parameter of its stack. `make deploy` deploys all of them in order. SAM CLI takes one:
#
#     sam deploy --config-file {file} --config-env {first}
#
# A parameter that is not written here keeps the value that it has in the stack, or its default in a
# new one. To return to a default, write it down. Every parameter: docs/deploy.md

version = 0.1
"""


def main(arguments: Sequence[str]) -> int:
    """Write the files, and say what is left to do."""
    asked = _asked(arguments)
    try:
        said = list(create(asked.folder, asked.vantages, asked.witness, asked.mail, asked.stack))
    except Refused as refused:
        print("\n".join(refused.problems), file=sys.stderr)
        return 1
    print("\n".join(said))
    return 0


def create(
    folder: Path,
    regions: Sequence[str],
    witness: str,
    mail: str,
    stack: str,
    example: str | None = None,
) -> Iterator[str]:
    """Write what is missing, and say what was done and what is left to do. `example` is what new
    settings begin with, instead of the shipped example. Raises Refused."""
    _check(regions, witness)
    samconfig, settings = folder / SAMCONFIG, folder / SETTINGS
    folder.mkdir(parents=True, exist_ok=True)
    document = load(samconfig) if samconfig.is_file() else tomlkit.document()
    before = {vantage.name: dict(vantage.parameters) for vantage in environments(document)}
    if not before:
        document = tomlkit.parse(_PREFACE.format(file=samconfig, first=regions[0]))
    shared = dict(next(iter(before.values()), {"AlertEmail": mail}))
    if mail:
        shared["AlertEmail"] = mail
    for name in (KIND, TABLE, *OTHER_REGIONS):
        shared.pop(name, None)
    for region in regions:
        if region not in before:
            document[region] = _environment(region, stack or _stack(document), shared)
            yield f"{samconfig}: added [{region}]"
    yield from _share_a_table(document, regions, witness, samconfig)
    _write(samconfig, tomlkit.dumps(document))
    yield from _settings(settings, regions, example or EXAMPLE.read_text(encoding="utf-8"))
    yield f"Next: fill in {settings}, then store the token, then: make deploy (docs/deploy.md)"


def _check(regions: Sequence[str], witness: str) -> None:
    if not regions:
        raise Refused(
            "Name the AWS regions from which to watch, one or several: make deployment "
            'VANTAGES="eu-west-1"'
        )
    if len({*regions, witness}) != len(regions) + 1:
        raise Refused("Each AWS region may be named once")
    if len(regions) == 1 and not witness:
        return
    if len(regions) + bool(witness) != 3:  # noqa: PLR2004 - as DynamoDB requires
        raise Refused(
            "Several vantages share a control table in three AWS regions. Name three, or two and a "
            "witness: WITNESS=us-east-1"
        )
    if not any({*regions, witness} - {""} <= set(together) for together in REGION_SETS):
        sets = "; or ".join(", ".join(together) for together in REGION_SETS)
        raise Refused(f"The three AWS regions must be from one of these sets: {sets}")


def _stack(document: tomlkit.TOMLDocument) -> str:
    """Stacks in different regions may have one name, and are easier to remember so."""
    return next((v.stack for v in environments(document) if v.stack), "linode-region-failover")


def _environment(region: str, stack: str, parameters: dict[str, str]) -> Table:
    everywhere = tomlkit.table()
    everywhere["region"] = region
    everywhere["stack_name"] = stack
    deploy = tomlkit.table()
    deploy["capabilities"] = "CAPABILITY_IAM"
    deploy["resolve_s3"] = True
    deploy["confirm_changeset"] = tomlkit.item(False).comment("true asks before each change")
    deploy["tags"] = "product=linode-region-failover"
    deploy["parameter_overrides"] = tomlkit.table()
    for name, value in parameters.items():
        deploy["parameter_overrides"][name] = value
    environment = tomlkit.table(is_super_table=True)
    for command, options in (("global", everywhere), ("deploy", deploy)):
        environment[command] = tomlkit.table(is_super_table=True)
        environment[command]["parameters"] = options
    return environment


def _share_a_table(
    document: tomlkit.TOMLDocument, regions: Sequence[str], witness: str, samconfig: Path
) -> Iterator[str]:
    """Give the first of several vantages a table in three regions, which the others join."""
    if len(regions) == 1:
        return
    third = ("WitnessRegion", witness) if witness else ("ThirdRegion", regions[2])
    for region in regions:
        overrides = _overrides(document, region)
        wanted = {KIND: "strong"}
        if region == regions[0] and overrides.get(KIND) != "strong":
            wanted |= {TABLE: "", "SecondRegion": regions[1], third[0]: third[1]}
        for name, value in wanted.items():
            if overrides.get(name) != value:
                overrides[name] = value
                yield f"{samconfig}: [{region}] {name} = {value}"


def _overrides(document: Any, region: str) -> Any:
    options = document[region]["deploy"]["parameters"]
    if not isinstance(options.get("parameter_overrides"), dict):
        raise Refused(
            f"[{region}]: write parameter_overrides as a table, one line for each parameter"
        )
    return options["parameter_overrides"]


def _settings(settings: Path, regions: Sequence[str], text: str) -> Iterator[str]:
    """The example with these vantages, or the vantages in what is there."""
    if settings.is_file():
        document = load(settings)
        if document.get("vantages") == list(regions):
            return
        document["vantages"] = list(regions)
        _write(settings, tomlkit.dumps(document))
        yield f"{settings}: vantages changed. Raise revision there"
        return
    schema = Path(os.path.relpath(SCHEMA, settings.parent)).as_posix()
    text = text.replace("./failover.schema.json", schema)
    shown = ", ".join(f'"{region}"' for region in regions)
    _write(settings, text.replace('vantages = ["eu-west-1"]', f"vantages = [{shown}]"))
    yield f"{settings}: new, with these vantages"


def _write(file: Path, text: str) -> None:
    """As a whole or not at all."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make deployment", description=__doc__)
    parser.add_argument("folder", type=Path, help="the deployment's folder")
    parser.add_argument("--vantages", nargs="*", default=[], help="AWS regions, best first")
    parser.add_argument("--witness", default="", help="the AWS region that only helps to agree")
    parser.add_argument("--mail", default="", help="who receives the alarms")
    parser.add_argument("--stack", default="", help="the name of the stacks")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
