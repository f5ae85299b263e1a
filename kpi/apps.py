from crm.lib.apps import PackageConfig


class KpiConfig(PackageConfig):
    name = "kpi"
