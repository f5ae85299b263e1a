from crm.lib import apps


class JournalsConfig(apps.PackageConfig):
    name = "journals"
