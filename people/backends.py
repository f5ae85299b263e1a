"""Authentication: the user comes with unit and organisation: every request asks for its sight and its settings."""

from functools import cache
from typing import Any, TypeVar

from django.contrib.auth.backends import ModelBackend
from django.db import connection
from django.db.models import Model

from people.models import OrgUnit, User

M = TypeVar("M", bound=Model)


class Backend(ModelBackend):
    """Password login by user name."""

    def get_user(self, user_id: Any) -> User | None:
        """The person behind a session; nobody when disabled or gone."""
        with connection.cursor() as cursor:
            cursor.execute(_statement(), [user_id])
            row = cursor.fetchone()
        if row is None:
            return None
        values = iter(row)
        user = _take(User, values)
        user.unit = _take(OrgUnit, values)
        user.unit.organisation = _take(OrgUnit, values)
        return user if self.user_can_authenticate(user) else None


@cache
def _statement() -> str:
    """Compiled once: each request asks it, and compiling takes eight times as long as all the rest."""
    queryset = User.objects.select_related("unit__organisation").filter(pk=0)
    return queryset.query.sql_with_params()[0]


def _take(model: type[M], values: Any) -> M:
    """The next columns of a row as an object."""
    names, converters = _columns(model)
    found = [next(values) for _name in names]
    for place, convert in converters:
        found[place] = convert(found[place], None, connection)
    return model.from_db(connection.alias, names, found)


@cache
def _columns(model: type[Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """Attributes in the order of a SELECT, and by place what turns a column's value into Python's."""
    fields = model._meta.concrete_fields
    converters = [(at, field.from_db_value) for at, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], converters
