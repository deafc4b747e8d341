"""The two files of a deployment: how they are created, extended, read and refused."""

import tomllib
from pathlib import Path

import pytest

from cli import create, deployment
from cli.deployment import Refused
from tests.support.settings_file import HEALTH, good, having, toml

MAIL = "ops@shop.test"
THREE = ["eu-west-1", "eu-west-2", "eu-central-1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deployment"


def created(folder: Path, *regions: str, witness: str = "", mail: str = MAIL) -> list[str]:
    return list(create.create(folder, regions, witness, mail, ""))


def filled_in(folder: Path, *regions: str) -> None:
    """Settings that are good, for these vantages."""
    (folder / "failover.toml").write_text(toml(good() | {"vantages": list(regions)}))


def saved(folder: Path, region: str) -> dict[str, str]:
    document = tomllib.loads((folder / "samconfig.toml").read_text())
    return dict(document[region]["deploy"]["parameters"]["parameter_overrides"])


def change(folder: Path, before: str, after: str) -> None:
    file = folder / "samconfig.toml"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after, 1))


def problems(folder: Path) -> str:
    with pytest.raises(Refused) as refused:
        deployment.read(folder)
    return "\n".join(refused.value.problems)


def test_a_new_deployment_is_the_example_and_one_environment(folder):
    created(folder, "eu-north-1")

    settings = (folder / "failover.toml").read_text()
    assert 'vantages = ["eu-north-1"]' in settings
    named = settings.partition("\n")[0].removeprefix("#:schema ")
    assert (folder / named).resolve() == create.SCHEMA
    assert saved(folder, "eu-north-1") == {"AlertEmail": MAIL}
    assert "only an example" in problems(folder)


def test_what_is_filled_in_is_read_as_sam_reads_it(folder):
    created(folder, "eu-west-1")
    filled_in(folder, "eu-west-1")

    [vantage] = deployment.read(folder).vantages
    assert (vantage.name, vantage.region, vantage.stack) == (
        "eu-west-1",
        "eu-west-1",
        "linode-region-failover",
    )
    assert vantage.value("AlertEmail") == MAIL
    assert vantage.value("MonitorMemory") == "256"


def test_further_vantages_get_every_parameter_of_the_first(folder):
    created(folder, "eu-west-1")
    change(folder, f'AlertEmail = "{MAIL}"', f'AlertEmail = "{MAIL}"\nMonitorMemory = 1024 # more')
    filled_in(folder, "eu-west-1")

    said = created(folder, *THREE, mail="")

    shared = {"AlertEmail": MAIL, "MonitorMemory": "1024", "ControlTableKind": "strong"}
    assert saved(folder, "eu-west-2") == saved(folder, "eu-central-1") == shared
    assert saved(folder, "eu-west-1") == {
        "AlertEmail": MAIL,
        "MonitorMemory": 1024,
        "ControlTableKind": "strong",
        "ControlTableName": "",
        "SecondRegion": "eu-west-2",
        "ThirdRegion": "eu-central-1",
    }
    assert "# more" in (folder / "samconfig.toml").read_text()
    assert any("Raise revision" in line for line in said)
    assert [v.name for v in deployment.read(folder).vantages] == THREE


def test_asking_for_what_is_there_changes_nothing(folder):
    created(folder, *THREE)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    created(folder, *THREE)

    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_two_vantages_and_a_witness(folder):
    created(folder, "us-east-2", "us-west-2", witness="us-east-1")

    assert saved(folder, "us-east-2")["SecondRegion"] == "us-west-2"
    assert saved(folder, "us-east-2")["WitnessRegion"] == "us-east-1"
    assert "ThirdRegion" not in saved(folder, "us-east-2")


@pytest.mark.parametrize(
    ("regions", "witness", "said"),
    [
        ([], "", "Name the AWS regions"),
        (["eu-west-1", "eu-west-2"], "", "or two and a witness"),
        (["eu-west-1", "eu-west-1", "eu-west-2"], "", "named once"),
        (["eu-west-1", "eu-west-2"], "eu-west-2", "named once"),
        (["eu-west-1", "eu-west-2", "us-east-1"], "", "one of these sets"),
    ],
)
def test_regions_that_cannot_work_together_are_refused_and_nothing_is_written(
    folder, regions, witness, said
):
    with pytest.raises(Refused, match=said):
        created(folder, *regions, witness=witness)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('region = "eu-west-2"', 'region = "eu-west-3"', "[eu-west-2]: region is eu-west-3"),
        ('stack_name = "linode-region-failover"', "", "[eu-west-1]: stack_name is missing"),
        ("AlertEmail", "AlertMail", "the template has no parameter AlertMail"),
        ('Kind = "strong"', 'Kind = "plain"', "set ControlTableKind to strong"),
        ('SecondRegion = "eu-west-2"', 'SecondRegion = "eu-west-3"', "can be used in eu-west-1"),
        ('SecondRegion = "eu-west-2"', "", "creates no control table and joins none"),
        ("[eu-west-2.", "[eu-west-3.", "does not list eu-west-3 in vantages"),
        ("version = 0.1", "version =", "is not TOML"),
    ],
)
def test_a_mistake_in_samconfig_is_refused_with_what_to_do(folder, before, after, said):
    created(folder, *THREE)
    filled_in(folder, *THREE)
    change(folder, before, after)

    assert said in problems(folder)


@pytest.mark.parametrize("path", ["", "/failover/pro", "/other"])
def test_a_secret_header_that_no_function_could_read_is_refused(folder, path):
    created(folder, "eu-west-1")
    gated = {"secret_headers": {"X-Key": "/failover/probe/key"}}
    (folder / "failover.toml").write_text(toml(having(good(), *HEALTH, gated)))
    change(folder, "AlertEmail", f'ProbeParameterPath = "{path}"\nAlertEmail')
    found = problems(folder)
    assert "[eu-west-1]: failover.toml names /failover/probe/key in secret_headers" in found
    assert f'ProbeParameterPath is "{path}"' in found
    assert 'for example ProbeParameterPath = "/failover/probe"' in found

    change(folder, f'= "{path}"', '= "/failover/probe"')
    assert deployment.read(folder).settings.secret_parameters == {"/failover/probe/key"}


def test_two_vantages_that_would_each_create_a_table_are_refused(folder):
    created(folder, *THREE)
    filled_in(folder, *THREE)
    text = (folder / "samconfig.toml").read_text()
    head, _, tail = text.rpartition('ControlTableKind = "strong"')
    (folder / "samconfig.toml").write_text(
        f'{head}ControlTableKind = "strong"\nSecondRegion = "eu-west-1"{tail}'
    )

    assert "would each create a control table" in problems(folder)


def test_a_vantage_without_an_environment_is_missed(folder):
    created(folder, "eu-west-1")
    filled_in(folder, *THREE)

    assert 'make deployment VANTAGES="eu-west-1 eu-west-2 eu-central-1"' in problems(folder)


def test_a_folder_without_files_is_refused_with_the_command_that_creates_them(folder):
    assert f"make deployment DEPLOYMENT={folder}" in problems(folder)
