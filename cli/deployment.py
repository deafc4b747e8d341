"""A deployment as files: what is watched (failover.toml) and where from (samconfig.toml)."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import tomlkit
from tomlkit.exceptions import TOMLKitError

from cli import samconfig
from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.model import Settings

TOP = Path(__file__).parent.parent
TEMPLATE = TOP / "template.yaml"

SETTINGS = "failover.toml"
SAMCONFIG = "samconfig.toml"

TOKEN_PARAMETER = "LinodeTokenParameter"  # noqa: S105 - the name of a parameter
HEARTBEAT_PARAMETER = "HeartbeatUrlParameter"
PROBE_PATH = "ProbeParameterPath"
KIND, TABLE = "ControlTableKind", "ControlTableName"
OTHER_REGIONS = ("SecondRegion", "ThirdRegion", "WitnessRegion")


class Refused(Exception):
    """What is wrong with a deployment, in sentences for whoever wrote its files."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True)
class Vantage:
    """One stack: an environment of samconfig.toml, which has the name of its AWS region."""

    name: str
    region: str
    stack: str
    parameters: Mapping[str, str]

    def value(self, parameter: str) -> str:
        """The value of a template parameter: what is written, or the template's default."""
        return self.parameters.get(parameter, template_defaults()[parameter])

    @property
    def strong(self) -> bool:
        """Whether it uses a control table that several vantages may share."""
        return self.value(KIND) == "strong"

    @property
    def creates_table(self) -> bool:
        """Whether its stack creates a control table that others join."""
        return self.strong and not self.value(TABLE) and bool(self.value("SecondRegion"))

    @property
    def replicas(self) -> tuple[str, ...]:
        """Where the control table that it creates can be used."""
        return (self.region, *filter(None, map(self.value, ("SecondRegion", "ThirdRegion"))))


@dataclass(frozen=True, slots=True)
class Deployment:
    """A folder with both files. The vantages are in the order in which they are deployed."""

    folder: Path
    settings: Settings
    vantages: tuple[Vantage, ...]

    @property
    def settings_file(self) -> Path:
        """What is watched."""
        return self.folder / SETTINGS

    @property
    def samconfig(self) -> Path:
        """From where."""
        return self.folder / SAMCONFIG


@functools.cache
def template_defaults() -> Mapping[str, str]:
    """The parameters of the template, with their defaults."""
    from samtranslator.yaml_helper import yaml_parse  # noqa: PLC0415 - only where one deploys

    parameters = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))["Parameters"]
    return {name: str(spec["Default"]) for name, spec in parameters.items()}


def read(folder: Path) -> Deployment:
    """The deployment in a folder. Raises Refused with every problem at once."""
    for name in (SETTINGS, SAMCONFIG):
        if not (folder / name).is_file():
            raise Refused(
                f"There is no {folder / name}. Create the deployment: make deployment "
                f"DEPLOYMENT={folder} VANTAGES=eu-west-1"
            )
    try:
        settings = settings_file.load(folder / SETTINGS)
    except SettingsRefused as refused:
        raise Refused(*(f"{folder / SETTINGS}: {each}" for each in refused.problems)) from None
    vantages = tuple(environments(load(folder / SAMCONFIG)))
    problems = tuple(_problems(settings, vantages))
    if problems:
        raise Refused(*(f"{folder / SAMCONFIG}: {each}" for each in problems))
    return Deployment(folder, settings, tuple(sorted(vantages, key=_joins)))


def load(samconfig: Path) -> tomlkit.TOMLDocument:
    """A samconfig.toml, to be read or edited. Raises Refused."""
    try:
        return tomlkit.parse(samconfig.read_text(encoding="utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise Refused(f"{samconfig} is not TOML: {error}") from None


def environments(document: Mapping[str, Any]) -> Iterator[Vantage]:
    """Every environment of a samconfig.toml but SAM's own default. Raises Refused."""
    for name, environment in samconfig.environments(document):
        options = samconfig.options(environment)
        try:
            parameters = _parameters(options.get("parameter_overrides", ""))
        except click.ClickException as error:
            raise Refused(f"[{name}]: parameter_overrides: {error.format_message()}") from None
        yield Vantage(
            name,
            str(options.get("region", "")),
            str(options.get("stack_name", "")),
            parameters,
        )


def _parameters(written: Any) -> Mapping[str, str]:
    """What parameter_overrides says: a table, or a line as SAM CLI understands it."""
    if isinstance(written, Mapping):
        return {str(name): str(value) for name, value in written.items()}
    if not written:
        return {}
    from samcli.cli.types import CfnParameterOverridesType  # noqa: PLC0415 - not in the package

    found: Mapping[str, str] = CfnParameterOverridesType().convert(written, None, None)
    return found


def _joins(vantage: Vantage) -> bool:
    return not vantage.creates_table


def _problems(settings: Settings, vantages: tuple[Vantage, ...]) -> Iterator[str]:
    present = {vantage.name for vantage in vantages}
    for name in settings.vantages:
        if name not in present:
            yield (
                f"there is no environment [{name}.deploy.parameters], and {SETTINGS} lists {name} "
                f'in vantages. Add it: make deployment VANTAGES="{" ".join(settings.vantages)}"'
            )
    for vantage in vantages:
        yield from _of_one(settings, vantage)
    if len(settings.vantages) > 1:
        yield from _of_several(vantages)


def _of_one(settings: Settings, vantage: Vantage) -> Iterator[str]:
    if vantage.name not in settings.vantages:
        yield (
            f"[{vantage.name}] is an environment, and {SETTINGS} does not list {vantage.name} in "
            "vantages. Add it there, or delete its stack (docs/uninstalling.md) and the environment"
        )
    if vantage.region != vantage.name:
        yield (
            f"[{vantage.name}]: region is {vantage.region or 'missing'}. An environment has the "
            f'name of its AWS region: write region = "{vantage.name}"'
        )
    if not vantage.stack:
        yield f'[{vantage.name}]: stack_name is missing, for example "linode-region-failover"'
    path = vantage.value(PROBE_PATH)
    for name in sorted(settings.secret_parameters):
        if not path or not name.startswith(f"{path}/"):
            yield (
                f"[{vantage.name}]: {SETTINGS} names {name} in secret_headers, and {PROBE_PATH} is "
                f'"{path}", so that no function could read it. Write the path that the names begin '
                f'with, for example {PROBE_PATH} = "{name.rpartition("/")[0]}"'
            )
    for parameter in sorted(vantage.parameters.keys() - template_defaults().keys()):
        yield (
            f"[{vantage.name}]: the template has no parameter {parameter}, so SAM would ignore "
            "it. Every parameter: docs/deploy.md"
        )


def _of_several(vantages: tuple[Vantage, ...]) -> Iterator[str]:
    creators = [vantage for vantage in vantages if vantage.creates_table]
    joining = [vantage for vantage in vantages if not vantage.creates_table]
    for vantage in vantages:
        if not vantage.strong:
            yield (
                f"[{vantage.name}]: several vantages need one control table with multi-Region "
                f"strong consistency: set {KIND} to strong in all of them"
            )
    if len(creators) > 1:
        yield (
            f"{', '.join(creator.name for creator in creators)} would each create a control table. "
            f"Remove {', '.join(OTHER_REGIONS)} in all but one: the others join its table"
        )
    for vantage in joining:
        yield from _of_joining(vantage, creators)


def _of_joining(vantage: Vantage, creators: Sequence[Vantage]) -> Iterator[str]:
    if not creators and not vantage.value(TABLE):
        yield (
            f"[{vantage.name}]: it creates no control table and joins none. Set {TABLE}, or "
            "SecondRegion and ThirdRegion in one of the environments"
        )
    for creator in creators:
        if vantage.region not in creator.replicas:
            yield (
                f"[{vantage.name}]: the control table that {creator.name} creates can be used in "
                f"{', '.join(creator.replicas)}. Make {vantage.name} its SecondRegion or "
                "ThirdRegion, or remove the vantage"
            )
