from crm.lib import apps


class ClientsConfig(apps.PackageConfig):
    name = "clients"
