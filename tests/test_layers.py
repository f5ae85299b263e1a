"""The layers of the packages, as pyproject.toml has them."""

import tomllib
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent


def layers() -> list[str]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]


def test_every_module_of_crm_stands_in_a_layer():
    found = [path for path in (ROOT / "crm").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    modules = {f"crm.{path.stem}" for path in found} - {"crm.__init__"}
    assert {*layers()[0].split(" : "), "crm.lib"} == modules


def test_imports_go_down_only():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
