"""The judge is awake: changes that break a promise are caught. `make mutants` hunts them all."""

import multiprocessing
from functools import partial

import pytest

from tests.simulation.hunt import hunt
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.scenes import SCENES, played

QUICK_RUNS = 60


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_the_production_code_with_its_functions_replaced(mutant: Mutant) -> None:
    before = {path: function.__code__ for path, function in mutant.functions.items()}
    with mutant.applied():
        for path, function in mutant.functions.items():
            assert function.__code__ is not before[path]
    for path, function in mutant.functions.items():
        assert function.__code__ is before[path]


@pytest.mark.parametrize(
    "seeds", [range(1), pytest.param(range(1, 4), marks=pytest.mark.long)], ids=str
)
@pytest.mark.parametrize("name", SCENES)
def test_the_code_as_it_is_holds_every_guarantee_in_every_scene(name: str, seeds: range) -> None:
    for seed in seeds:
        assert played(name, seed).judged().violations == []


@pytest.mark.long
def test_those_with_a_scene_are_caught() -> None:
    quick = [i for i, mutant in enumerate(MUTANTS) if mutant.scene]
    assert len(quick) >= 20
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for catch in pool.imap_unordered(partial(hunt, runs=QUICK_RUNS), quick):
            assert catch.seed is not None, f"at large: {catch.name}"
