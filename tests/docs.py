"""What the documentation shows, as it stands there."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

CLIENT = Path(__file__).parent.parent / "docs" / "client" / "zoufang_client.py"


def example_client() -> ModuleType:
    """The example client as a module."""
    spec = importlib.util.spec_from_file_location("zoufang_client", CLIENT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
