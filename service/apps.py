from crm.lib import apps


class ServiceConfig(apps.PackageConfig):
    name = "service"
