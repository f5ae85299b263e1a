"""App configuration shared by the packages."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class PackageConfig(AppConfig):
    """A package of the site: its ``tasks`` register job kinds and its ``slots`` fill lower pages' slots."""

    def ready(self) -> None:
        for module in ("tasks", "slots"):
            if find_spec(f"{self.name}.{module}"):
                import_module(f"{self.name}.{module}")


class LibConfig(AppConfig):
    name = "crm.lib"
    label = "lib"

    def ready(self) -> None:
        import_module("crm.lib.jobs")  # its Celery tasks
