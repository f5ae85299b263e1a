"""`migrate` in the owner's name, with the serving role's grants after it."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection

from crm.lib.roles import as_owner, grant_serving_role


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
            with connection.cursor() as cursor:
                grant_serving_role(cursor)
