"""`regions.toml`: what is refused, with the line and what to write instead."""

from pathlib import Path

import pytest

from cli.region.file import DEFAULT_USER_DATA, load
from cli.trouble import Trouble
from tests.support import region_file


def refused(folder: Path, old: str, new: str) -> str:
    text = region_file.text()
    assert old in text
    file = folder / "regions.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Trouble) as trouble:
        load(file)
    return f"{trouble.value.what} {trouble.value.step}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('protocol = "http"\n', "", "https needs certificate and key"),
        ('"us-west-2"', '"us-east-1"', "every region needs its own aws_region"),
        ('"us-west"', '"us-east"', "every region needs its own name"),
        ("port = 80", "port = 0", "line 7: balancer.port: found 0"),
        ("port = 80", "prot = 80", "did you mean port?"),
        ('"app.shop.test"', '"app.other.test"', "which is not in shop.test"),
        ('name = "app"\n', "", "name: missing"),
        ('name = "app"', 'name = "a-name-that-is-long"', "2 to 12"),
        ("port = 80", "port = 80\ncheck_timeout = 5", "not below check_interval"),
        ('"ssh-ed25519', '"~/.ssh/id', "is not one"),
        ("[balancer]", 'backends = "private"\n[balancer]\ntype = "premium"', "no private IPv4"),
        ('aws_region = "us-east-1"', 'aws_region = "us-east-1"\nsubnet = "8.8.8.0/24"', "private"),
        ('aws_region = "us-east-1"', 'aws_region = "us-east-1"\nsubnet = "10.0.0.0/30"', "small"),
        ("[balancer]", 'user_data = "none.yaml"\n[balancer]', "No such file"),
        ("[record]", 'certificate = "regions.toml"\nkey = "regions.toml"\n[record]', "PEM"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_what_is_allowed(tmp_path, old, new, said):
    assert said in refused(tmp_path, old, new)


def user_data(folder: Path, content: str) -> Path:
    (folder / "user-data.yaml").write_text(content, encoding="utf-8")
    return region_file.written(folder, top='user_data = "user-data.yaml"\n')


def test_user_data_must_say_where_the_aws_region_goes(tmp_path):
    with pytest.raises(Trouble, match="AWS_REGION"):
        load(user_data(tmp_path, "#cloud-config\n"))


def test_user_data_with_a_secret_is_refused(tmp_path):
    secret = f"{DEFAULT_USER_DATA}      AWS_SECRET_ACCESS_KEY=abcdef\n"
    with pytest.raises(Trouble, match="holds a secret") as trouble:
        load(user_data(tmp_path, secret))
    assert "abcdef" not in trouble.value.what


def test_every_region_has_the_user_data_of_its_own_aws_region(tmp_path):
    regions = load(region_file.written(tmp_path))
    said = [regions.user_data_of(each) for each in regions.said.region]
    assert ["AWS_REGION=us-east-1" in said[0], "AWS_REGION=us-west-2" in said[1]] == [True, True]
