from importlib import import_module

from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self) -> None:
        import_module("crm.celery")  # so that shared tasks find the app
        import_module("crm.webhooks.tasks")
        import_module("crm.guide.sample")
