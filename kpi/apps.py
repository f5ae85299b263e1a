from crm.lib import apps


class KpiConfig(apps.PackageConfig):
    name = "kpi"
