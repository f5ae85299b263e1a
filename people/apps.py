from crm.lib.apps import PackageConfig


class PeopleConfig(PackageConfig):
    name = "people"
