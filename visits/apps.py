from crm.lib import apps


class VisitsConfig(apps.PackageConfig):
    name = "visits"
