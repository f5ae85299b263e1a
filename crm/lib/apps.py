"""App configuration shared by the packages."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig


class PackageConfig(AppConfig):
    """A package of the site: its ``tasks`` register job kinds and its ``slots`` fill lower pages' slots."""

    # Django takes the one configuration of a package's ``apps`` by itself; this base, imported there, is none.
    default = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = True

    def ready(self) -> None:
        for module in ("tasks", "slots"):
            if find_spec(f"{self.name}.{module}"):
                import_module(f"{self.name}.{module}")


class LibConfig(AppConfig):
    name = "crm.lib"
    label = "lib"

    def ready(self) -> None:
        import_module("crm.lib.jobs")  # its Celery tasks
