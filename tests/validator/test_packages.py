"""The shipped table of packages holds to itself, and to what is installed here."""

import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest
from azml.validator.packages import _packages, _table, modules, normalized, package_of
from packaging.requirements import Requirement

INSTALLED = {module: names for module, names in packages_distributions().items() if module.isidentifier()}
LISTED = ("mlflow", "azureml-mlflow", "pandas", "scikit-learn", "matplotlib", "mlflow-skinny")


def test_names_are_as_the_index_spells_them_and_known():
    for name, known in _packages().items():
        assert normalized(name) == name
        assert set(known["brings"]) <= _packages().keys()


def test_what_is_brought_is_brought_whole():
    for name, known in _packages().items():
        for brought in known["brings"]:
            assert set(_packages()[brought]["brings"]) <= {name, *known["brings"]}, (name, brought)


def test_no_module_is_pythons_own():
    assert not {module.partition(".")[0] for module in modules(_packages())} & sys.stdlib_module_names


@pytest.mark.parametrize("name", LISTED)
def test_what_is_installed_with_a_package_is_known_to_come_with_it(name):
    """An import that a package here brings must never be reported as missing."""
    try:
        needed = [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    brought = {normalized(each.name) for each in needed if each.marker is None or each.marker.evaluate()}
    named = {each for each in brought if _packages().get(each, {}).get("imports")}
    assert named <= {*_packages()[name]["brings"], name}


@pytest.mark.parametrize("module", sorted(set(INSTALLED) & set(modules(_table()["packages"]))))
def test_a_module_belongs_to_the_package_that_is_installed_for_it(module):
    owners = [name for name, known in _packages().items() if module in known["imports"]]
    assert {normalized(name) for name in INSTALLED[module]} & set(owners)
    assert package_of([f"{module}.inner"]).module == module
