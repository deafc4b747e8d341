"""Files that are no settings file at all, and the example that ships."""

from pathlib import Path

import pytest

from failover.errors import SettingsRefused
from failover.settings import settings_file
from tests.support.settings_file import LINE, filled_in, good, toml

EXAMPLE = Path(__file__).parents[3] / "layers" / "config" / "failover.example.toml"


def problem(file: Path) -> str:
    with pytest.raises(SettingsRefused) as refused:
        settings_file.load(file)
    (only,) = refused.value.problems
    return only


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "failover.toml"


def test_a_good_file_is_read(file):
    file.write_text(toml(good()), encoding="utf-8")

    assert settings_file.load(str(file)).revision == 7


def test_a_byte_order_mark_does_no_harm(file):
    """Editors on Windows write one."""
    file.write_text(toml(good()), encoding="utf-8-sig")

    assert settings_file.load(file).revision == 7


def test_a_missing_file_is_named(file):
    assert problem(file) == f"{file}: the settings file cannot be read: No such file or directory"


def test_a_directory_is_no_file(tmp_path):
    assert "the settings file cannot be read: Is a directory" in problem(tmp_path)


def test_a_name_that_no_file_can_have_is_refused():
    assert "cannot be read" in problem(Path("a\0b"))


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file_is_told_where_to_start(file, text):
    file.write_text(text)

    assert problem(file) == "the file is empty: start from layers/config/failover.example.toml"


def test_a_file_that_is_not_utf_8_names_the_line(file):
    file.write_bytes(b"revision = 1\n# gr\xfcn\n")

    assert problem(file) == f"{file}: the file is not UTF-8 text (line 2): save it as UTF-8"


def test_a_file_that_is_not_toml_names_line_and_column(file):
    file.write_text("revision = 1\nvantages = [eu-west-1]\n")

    assert problem(file).startswith("the file is not TOML: ")
    assert problem(file).endswith("(at line 2, column 13)")


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "1" * 5000])
def test_toml_that_the_reader_gives_up_on_is_refused(file, text):
    file.write_text(text)

    assert problem(file).startswith("the file is not TOML: ")


def test_a_gigantic_file_is_not_read_to_its_end(file):
    file.write_text("#" * (2 * 1024 * 1024 + 1))

    assert "larger than 2 MiB" in problem(file)


def test_the_shipped_example_is_refused_only_for_what_its_owner_has_to_fill_in():
    with pytest.raises(SettingsRefused) as refused:
        settings_file.load(EXAMPLE)

    assert [LINE.sub("", text).partition(":")[0] for text in refused.value.problems] == [
        'service "shop".domain',
        'service "shop".record',
        'service "shop".region "us-east".ipv4',
        'service "shop".region "us-east".ipv6',
        'service "shop".region "us-west".ipv4',
        'service "shop".region "us-west".ipv6',
    ]
    assert all("only an example" in text for text in refused.value.problems)


def test_the_shipped_example_is_good_once_it_is_filled_in():
    settings = settings_file.parse(filled_in(EXAMPLE.read_text(encoding="utf-8")))

    assert settings.services[0].rto_target == 180


def test_the_shipped_example_says_the_defaults():
    """A file that leaves out all that has a default means the same."""
    told = settings_file.parse(filled_in(EXAMPLE.read_text(encoding="utf-8"))).services[0]
    plain = settings_file.parse(toml(good())).services[0]

    for field in ("health", "routing", "ttl", "failback", "failback_after", "flip_budget"):
        assert getattr(told, field) == getattr(plain, field)
