from crm.lib.apps import PackageConfig


class ServiceConfig(PackageConfig):
    name = "service"
