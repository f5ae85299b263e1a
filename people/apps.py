from crm.lib import apps


class PeopleConfig(apps.PackageConfig):
    name = "people"
