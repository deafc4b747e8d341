"""What lies in the folders that ship."""

import re
import sys

import grimp

from tests.template.stack import ROOT

FUNCTIONS = ROOT / "functions"
LAYER = ROOT / "layers" / "dependencies"


def pins(path):
    """Name and version of every package that a lock file pins."""
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;\\]+)", path.read_text(), re.MULTILINE))


def names(path):
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return {line.replace("_", "-") for line in lines if line}


def test_no_folder_hides_a_module_of_the_standard_library():
    shipped = {path.stem for path in FUNCTIONS.iterdir()}

    assert not shipped & (sys.stdlib_module_names | {"env"})


def test_only_python_ships():
    shipped = {
        path.suffix
        for path in FUNCTIONS.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert shipped <= {".py", ".typed"}


def test_every_module_that_ships_is_imported_by_a_function():
    handlers = {"monitor", "control", "heartbeat"}
    graph = grimp.build_graph(*sorted(handlers), "failover", cache_dir=None)
    used = {f"{name}.handler" for name in handlers}
    used |= set.union(*(graph.find_upstream_modules(name) for name in used))
    packages = {name for name in graph.modules if graph.find_children(name)}

    assert graph.modules - packages - used == set()


def test_the_layer_pins_the_versions_that_the_tests_run():
    """Where the development lock has one version for old Pythons and one for new, the layer has the
    new one: it runs on 3.13 alone."""
    layer, development = pins(LAYER / "requirements.txt"), pins(ROOT / "requirements.txt")

    assert layer
    assert layer.items() <= development.items()


def test_the_layer_pins_what_it_asks_for():
    assert names(LAYER / "requirements.in") <= pins(LAYER / "requirements.txt").keys()


def test_every_package_of_the_layer_is_bound_to_its_content():
    lock = (LAYER / "requirements.txt").read_text()

    for block in re.split(r"\n(?=\S)", lock.strip()):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.splitlines()[0]


def test_the_layer_leaves_boto_to_the_runtime():
    assert not {"boto3", "botocore", "aws-xray-sdk"} & pins(LAYER / "requirements.txt").keys()


def test_what_builds_the_layer_is_pinned_as_the_tests_are():
    builders = pins(LAYER / "build-constraints.txt")

    assert builders.items() <= pins(ROOT / "requirements.txt").items()
    assert builders
