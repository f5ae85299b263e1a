from crm.lib.apps import PackageConfig


class ClientsConfig(PackageConfig):
    name = "clients"
