from crm.lib.apps import PackageConfig


class VisitsConfig(PackageConfig):
    name = "visits"
