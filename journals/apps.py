from crm.lib.apps import PackageConfig


class JournalsConfig(PackageConfig):
    name = "journals"
