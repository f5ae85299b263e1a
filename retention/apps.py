from crm.lib import apps


class RetentionConfig(apps.PackageConfig):
    name = "retention"
