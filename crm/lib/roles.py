"""The two database roles: the owner changes the schema, the serving role owns nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection


@contextmanager
def as_owner() -> Iterator[None]:
    """The default connection in the owner's name."""
    before = {key: connection.settings_dict[key] for key in settings.DATABASE_OWNER}
    connection.close()
    connection.settings_dict.update(settings.DATABASE_OWNER)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def grant_serving_role(cursor: Any) -> None:
    """Give the serving role rows to read and write, and nothing of the schema. Run by the owner."""
    role = settings.DATABASE_SERVING["USER"]
    if role == settings.DATABASE_OWNER["USER"]:
        return
    name = connection.ops.quote_name(str(role))
    cursor.execute(
        f"""
        GRANT USAGE ON SCHEMA public TO {name};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name};
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name};
        REVOKE INSERT, UPDATE, DELETE ON django_migrations, lib_auditevent FROM {name};
        -- Or a temporary table with this trigger could tell the audit whatever somebody makes up.
        REVOKE EXECUTE ON FUNCTION zf_audit() FROM PUBLIC, {name};
        """
    )
