"""What `sam build` makes is what Lambda can run, and nothing more."""

import hashlib
import importlib.util
import marshal
import zipfile
from pathlib import Path

import pytest

from tests.artifact.build import make_dependencies, require_runtime

require_runtime()

# The first build downloads the layer's packages.
pytestmark = pytest.mark.timeout(300)

_UNCHECKED_HASH = 0b01  # PEP 552
_X86_64 = 62  # e_machine in the ELF header


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_functions_ship_first_party_code_only(build):
    for function in build.functions:
        assert {path.name for path in build.code(function).iterdir()} == {
            "monitor",
            "control",
            "failover",
        }


def test_every_handler_is_in_its_artefact(build):
    """sam build does not look."""
    for name, function in build.functions.items():
        module = function["Handler"].rsplit(".", 1)[0]
        assert (build.code(name) / f"{module.replace('.', '/')}.py").is_file()


def test_no_local_bytecode_ships_with_a_function(build):
    """It would make every upload differ."""
    for function in build.functions:
        assert not list(build.code(function).rglob("*.pyc"))


def test_the_settings_lie_where_the_functions_look(build):
    assert (build.layer("ConfigLayer") / "failover.toml").is_file()


def test_the_dependencies_stay_small(build, tmp_path):
    layer = build.layer("DependenciesLayer")
    archive = tmp_path / "layer.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in layer.rglob("*"):
            packed.write(path, path.relative_to(layer))

    assert archive.stat().st_size <= 10_000_000


def test_the_dependencies_hold_neither_boto_nor_leftovers(build):
    packages = {path.name for path in (build.layer("DependenciesLayer") / "python").iterdir()}

    assert {"linode_api4", "requests", "pydantic", "aws_lambda_powertools"} <= packages
    assert not {"boto3", "botocore", "examples", "bin"} & packages


def test_compiled_extensions_are_for_the_functions_processor(build):
    extensions = list(build.layer("DependenciesLayer").rglob("*.so"))

    assert extensions
    for path in extensions:
        header = path.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == _X86_64, path.name


def test_every_module_comes_compiled(build):
    """/opt is read-only: what is not compiled here is compiled again at every cold start."""
    layer = build.layer("DependenciesLayer")
    sources = list(layer.rglob("*.py"))

    assert sources
    for source in sources:
        head = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:16]
        assert head[:4] == importlib.util.MAGIC_NUMBER
        # Zipping sets all times to 1980: a .pyc that depends on them would never be used.
        assert int.from_bytes(head[4:8], "little") == _UNCHECKED_HASH


def test_tracebacks_name_the_place_in_lambda(build):
    layer = build.layer("DependenciesLayer")
    source = layer / "python" / "requests" / "api.py"

    code = marshal.loads(Path(importlib.util.cache_from_source(str(source))).read_bytes()[16:])

    assert code.co_filename == "/opt/python/requests/api.py"


def test_the_same_lock_gives_the_same_bytes(build, tmp_path):
    """Otherwise every deployment would replace the layer and start every function anew."""
    again = make_dependencies(tmp_path / "elsewhere")

    assert digests(again) == digests(build.layer("DependenciesLayer"))
