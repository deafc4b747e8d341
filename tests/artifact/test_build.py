"""What `sam build` makes is what Lambda can run, and nothing more."""

import hashlib
import importlib.util
import marshal
import re
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from tests.artifact.build import ROOT, require_runtime, sam, sam_build
from tests.support.settings_file import good, having, toml
from tests.template.test_shipping import pins

require_runtime()

_UNCHECKED_HASH, _CHECKED_HASH = 0b01, 0b11  # PEP 552
_PROCESSORS = {"x86_64": 62, "aarch64": 183}  # e_machine in the ELF header, by the name of a file


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def sources(folder):
    """Every file below a folder but bytecode, with its content."""
    return {name: digest for name, digest in digests(folder).items() if "__pycache__" not in name}


RELEASE = "failover/RELEASE"


def test_each_function_is_the_folder_functions_and_the_name_of_what_was_built(build):
    for function in build.functions:
        found = sources(build.code(function))
        found.pop(RELEASE)
        assert found == sources(ROOT / "functions"), function


def test_what_was_built_has_one_name_that_its_sources_give(build):
    code = [build.code(function) for function in build.functions]
    names = {(folder / RELEASE).read_text() for folder in code}
    text = b"".join(path.read_bytes() for path in sorted(code[0].rglob("*.py")))

    assert names == {hashlib.sha256(text).hexdigest()[:12]}


def test_each_function_ships_compiled_and_bound_to_its_source(build):
    """/var/task is read-only. An edit in the Lambda console changes the source's hash, so that
    the bytecode of before is not used."""
    for function in build.functions:
        compiled = set()
        for source in build.code(function).rglob("*.py"):
            bytecode = Path(importlib.util.cache_from_source(str(source)))
            assert bytecode.is_file(), f"{function}: give it the Metadata of the other functions"
            head = bytecode.read_bytes()[:16]
            assert head[:4] == importlib.util.MAGIC_NUMBER
            assert int.from_bytes(head[4:8], "little") == _CHECKED_HASH
            assert head[8:] == importlib.util.source_hash(source.read_bytes())
            compiled.add(bytecode)
        assert compiled == set(build.code(function).rglob("__pycache__/*"))


def test_every_handler_is_in_its_artefact(build):
    """sam build does not look."""
    for name, function in build.functions.items():
        module = function["Handler"].rsplit(".", 1)[0]
        assert (build.code(name) / f"{module.replace('.', '/')}.py").is_file()


def test_the_settings_lie_where_the_functions_look(build):
    assert (build.layer("ConfigLayer") / "failover.toml").is_file()


def test_the_dependencies_stay_small(build, tmp_path):
    """Compiled modules are there twice, for either processor."""
    layer = build.layer("DependenciesLayer")
    archive = tmp_path / "layer.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in layer.rglob("*"):
            packed.write(path, path.relative_to(layer))

    assert archive.stat().st_size <= 12_000_000


def test_the_dependencies_are_the_pinned_packages_and_nothing_else(build):
    """boto3 is the runtime's; linode_api4 brings a folder `examples`, which is left out."""
    python = build.layer("DependenciesLayer") / "python"
    found = {
        re.sub("[-_.]+", "-", each.metadata["Name"]).lower(): each
        for each in metadata.distributions(path=[str(python)])
    }
    owned = {file.parts[0] for each in found.values() for file in each.files or ()}

    assert {name: each.version for name, each in found.items()} == pins(
        ROOT / "layers" / "dependencies" / "requirements.txt"
    )
    assert {path.name for path in build.layer("DependenciesLayer").iterdir()} == {"python"}
    assert {path.name for path in python.iterdir()} <= owned | {"__pycache__"}
    assert not {"boto3", "botocore", "examples", "bin"} & {path.name for path in python.iterdir()}


def test_compiled_extensions_are_there_for_both_processors(build):
    """The same modules for each, and each file for the processor that its name says."""
    layer = build.layer("DependenciesLayer")
    modules = {name: set() for name in _PROCESSORS}
    for path in layer.rglob("*.so"):
        module, _, processor = re.fullmatch(
            r"(.+)\.(cpython-313)-(.+)-linux-gnu\.so", path.name
        ).groups()
        header = path.read_bytes()[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == _PROCESSORS[processor], path.name
        modules[processor].add(path.parent / module)

    assert modules["x86_64"] == modules["aarch64"]
    assert modules["x86_64"]


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


def test_the_same_inputs_give_the_same_bytes(build, tmp_path):
    """Otherwise every deployment would replace the layers and start every function anew.

    A new clone, and this checkout with whatever lies around in it and in SAM's cache.
    """
    here = sam_build(ROOT, tmp_path / "here")

    for function in build.functions:
        assert digests(here.code(function)) == digests(build.code(function))
    for layer in ("DependenciesLayer", "ConfigLayer"):
        assert digests(here.layer(layer)) == digests(build.layer(layer))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (None, "There is no"),
        ((ROOT / "layers" / "config" / "failover.example.toml").read_text(), "only an example"),
        (toml(having(good(), "revision", 0)), "revision"),
    ],
    ids=["none", "the example", "a mistake"],
)
def test_settings_that_the_functions_would_refuse_are_not_built(checkout, tmp_path, settings, said):
    if settings is not None:
        (tmp_path / "failover.toml").write_text(settings)

    built = tmp_path / "build"
    with pytest.raises(AssertionError, match=said):
        sam(["build", "ConfigLayer", "--build-dir", built], checkout, {"DEPLOYMENT": tmp_path})


def test_good_settings_are_the_only_thing_in_their_layer(checkout, tmp_path):
    (tmp_path / "failover.toml").write_text(toml(good()))
    built = tmp_path / "build"

    sam(["build", "ConfigLayer", "--build-dir", built], checkout, {"DEPLOYMENT": tmp_path})

    [file] = (built / "ConfigLayer").iterdir()
    assert (file.name, file.read_text()) == ("failover.toml", toml(good()))
