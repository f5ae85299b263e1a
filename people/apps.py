from importlib import import_module

from crm.lib import apps


class PeopleConfig(apps.PackageConfig):
    name = "people"

    def ready(self) -> None:
        super().ready()
        import_module("people.sessions")  # hears of every login
        import_module("people.checks")
