"""The control table: a plain one, one in three regions, or one that is there already."""

import re

import pytest

from cli.create import create
from cli.deployment import environments, load
from cli.tableplan import REGION_SETS as COMBINED
from tests.template.deployed import Deployment
from tests.template.stack import ROOT, written

STRONG = {"ControlTableKind": "strong", "SecondRegion": "eu-west-2"}
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
REGION_SETS = [
    re.findall(r"`([a-z-]+-[0-9])`", row)
    for row in re.findall(r"^\| (?:United States|Europe|Asia Pacific) \|.*$", PAGE, re.MULTILINE)
]
KEPT = {"UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain"}


def tables(deployment: Deployment) -> dict[str, dict[str, object]]:
    found = deployment.resources()
    return {n: r for n, r in found.items() if r["Type"].startswith("AWS::DynamoDB::")}


def variables(deployment: Deployment) -> list[dict[str, object]]:
    found = deployment.resources().values()
    functions = [r for r in found if r["Type"] == "AWS::Lambda::Function"]
    return [function["Properties"]["Environment"]["Variables"] for function in functions]


def granted(deployment: Deployment) -> list[object]:
    """The tables in every role's statements."""
    found = deployment.resources().values()
    policies = [
        p for r in found if r["Type"] == "AWS::IAM::Role" for p in r["Properties"]["Policies"]
    ]
    statements = [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]
    return [
        s["Resource"]["Fn::Sub"][1]["Table"] for s in statements if "dynamodb:Query" in s["Action"]
    ]


def test_one_deployment_makes_a_plain_table_of_its_own():
    deployment = Deployment()

    [(name, table)] = tables(deployment).items()
    assert (name, table["Type"]) == ("ControlTable", "AWS::DynamoDB::Table")
    assert all(v["CONTROL_TABLE"] == {"Ref": "ControlTable"} for v in variables(deployment))
    assert all(v["CONTROL_TABLE_KIND"] == "plain" for v in variables(deployment))
    assert deployment.refusals() == []


@pytest.mark.parametrize(
    ("third", "replicas", "witnesses"),
    [
        ({"ThirdRegion": "eu-central-1"}, ["eu-west-2", "eu-central-1"], None),
        ({"WitnessRegion": "eu-west-3"}, ["eu-west-2"], [{"Region": "eu-west-3"}]),
    ],
    ids=["three replicas", "two and a witness"],
)
def test_the_first_of_several_deployments_makes_a_table_that_is_strongly_consistent(
    third, replicas, witnesses
):
    deployment = Deployment(**STRONG, **third)

    [(name, table)] = tables(deployment).items()
    made = table["Properties"]
    assert (name, table["Type"]) == ("StrongControlTable", "AWS::DynamoDB::GlobalTable")
    assert made["MultiRegionConsistency"] == "STRONG"
    regions = [replica["Region"] for replica in made["Replicas"]]
    assert regions == [{"Ref": "AWS::Region"}, *replicas]
    assert made.get("GlobalTableWitnesses") == witnesses
    assert all(v["CONTROL_TABLE"] == {"Ref": "StrongControlTable"} for v in variables(deployment))
    assert deployment.refusals() == []


def test_the_others_join_it_by_its_name_and_make_none():
    deployment = Deployment(ControlTableKind="strong", ControlTableName="the-first-one")

    assert tables(deployment) == {}
    assert all(v["CONTROL_TABLE"] == "the-first-one" for v in variables(deployment))
    assert deployment.output("ControlTableName") == "the-first-one"
    assert deployment.refusals() == []


def test_a_kept_table_is_taken_up_again_by_its_name():
    deployment = Deployment(ControlTableName="kept")

    assert tables(deployment) == {}
    assert all(v["CONTROL_TABLE_KIND"] == "plain" for v in variables(deployment))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"ControlTableName": "joined"},
        {"ControlTableKind": "strong", "ControlTableName": "joined"},
        {**STRONG, "ThirdRegion": "eu-central-1"},
    ],
)
def test_every_role_is_given_the_table_that_the_functions_use(parameters):
    deployment = Deployment(**parameters)

    [used] = {str(v["CONTROL_TABLE"]) for v in variables(deployment)}
    assert {str(table) for table in granted(deployment)} == {used}
    assert str(deployment.output("ControlTableName")) == used


@pytest.mark.parametrize(
    "parameters",
    [
        {"ControlTableKind": "strong"},
        STRONG,
        {"ControlTableKind": "strong", "ThirdRegion": "eu-central-1"},
        {**STRONG, "ThirdRegion": "eu-central-1", "WitnessRegion": "eu-west-3"},
    ],
)
def test_a_strong_table_with_other_than_three_regions_is_refused_before_anything_is_made(
    parameters,
):
    assert Deployment(**parameters).refusals()


@pytest.mark.parametrize(
    ("region", "parameters"),
    [
        ("eu-west-2", {"ThirdRegion": "eu-central-1"}),
        ("eu-central-1", {"ThirdRegion": "eu-central-1"}),
        ("eu-central-1", {"WitnessRegion": "eu-central-1"}),
        ("eu-west-1", {"ThirdRegion": "eu-west-2"}),
        ("eu-west-1", {"WitnessRegion": "eu-west-2"}),
    ],
)
def test_a_strong_table_with_the_same_region_twice_is_refused(region, parameters):
    [refusal] = Deployment(region, **STRONG, **parameters).refusals()

    assert "three different regions" in refusal


@pytest.mark.parametrize(
    ("region", "second", "third"),
    [
        ("us-east-1", "eu-west-2", {"ThirdRegion": "eu-central-1"}),
        ("eu-west-1", "us-east-2", {"ThirdRegion": "eu-central-1"}),
        ("eu-west-1", "eu-west-2", {"ThirdRegion": "us-east-1"}),
        ("eu-west-1", "eu-west-2", {"WitnessRegion": "ap-northeast-1"}),
        ("eu-north-1", "eu-west-2", {"ThirdRegion": "eu-central-1"}),
    ],
)
def test_a_strong_table_in_regions_that_do_not_belong_together_is_refused(region, second, third):
    [refusal] = Deployment(
        region, ControlTableKind="strong", SecondRegion=second, **third
    ).refusals()

    assert "within one set of regions" in refusal


@pytest.mark.parametrize("regions", [REGION_SETS[0], REGION_SETS[1][1:], REGION_SETS[2]])
def test_every_documented_set_of_regions_is_accepted(regions):
    first, second, third = regions
    made = {"ControlTableKind": "strong", "SecondRegion": second}

    assert Deployment(first, **made, ThirdRegion=third).refusals() == []
    assert Deployment(first, **made, WitnessRegion=third).refusals() == []


@pytest.mark.parametrize("name", ["SecondRegion", "ThirdRegion", "WitnessRegion"])
@pytest.mark.parametrize(
    "parameters", [{}, {"ControlTableKind": "strong", "ControlTableName": "joined"}]
)
def test_other_regions_are_refused_where_no_strong_table_is_created(name, parameters):
    """They would be passed over in silence."""
    [refusal] = Deployment(**parameters, **{name: "eu-west-2"}).refusals()

    assert "SecondRegion, ThirdRegion and WitnessRegion" in refusal


@pytest.mark.parametrize("parameters", [{}, {**STRONG, "ThirdRegion": "eu-central-1"}])
def test_the_table_outlives_the_stack_and_can_be_set_back(parameters):
    [table] = tables(Deployment(**parameters)).values()

    assert table.items() >= KEPT.items()
    made = table["Properties"]
    for replica in made.get("Replicas", [made]):
        assert replica["DeletionProtectionEnabled"] is True
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("parameters", [{}, {**STRONG, "ThirdRegion": "eu-central-1"}])
def test_the_table_has_nothing_that_strong_consistency_lacks(parameters):
    """No time to live and no local index, so that both kinds hold the same items."""
    [table] = tables(Deployment(**parameters)).values()

    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert not table["Properties"].keys() & {"TimeToLiveSpecification", "LocalSecondaryIndexes"}
    keys = {key["AttributeName"]: key["KeyType"] for key in table["Properties"]["KeySchema"]}
    assert keys == {"pk": "HASH", "sk": "RANGE"}


@pytest.mark.parametrize(
    ("vantages", "witness"),
    [
        (["eu-west-1", "eu-west-2", "eu-central-1"], ""),
        (["us-east-2", "us-west-2"], "us-east-1"),
    ],
)
def test_the_documented_deployments_are_accepted(tmp_path, vantages, witness):
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    typed = f'make deployment VANTAGES="{" ".join(vantages)}"'
    assert f"{typed} WITNESS={witness}" * bool(witness) in page
    assert typed in page

    list(create(tmp_path, vantages, witness, "ops@shop.test", ""))

    for vantage in environments(load(tmp_path / "samconfig.toml")):
        joined = {} if vantage.creates_table else {"ControlTableName": "the-first-one"}
        deployment = Deployment(vantage.region, **vantage.parameters, **joined)
        assert deployment.refusals() == []
        for name, value in vantage.parameters.items():
            allowed = written()["Parameters"][name]
            assert re.fullmatch(allowed.get("AllowedPattern", ".*"), value)
            assert value in allowed.get("AllowedValues", [value])


def test_the_sets_of_regions_are_the_same_everywhere():
    assert [sorted(found) for found in REGION_SETS] == [sorted(each) for each in COMBINED]
