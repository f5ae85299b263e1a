from crm.lib.apps import PackageConfig


class RetentionConfig(PackageConfig):
    name = "retention"
