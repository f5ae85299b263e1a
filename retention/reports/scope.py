"""Querysets inside hand-written statements."""

from typing import Any

from django.db.models import QuerySet


def named(queryset: QuerySet[Any], prefix: str) -> tuple[str, dict[str, Any]]:
    """A queryset's SELECT with named parameters (``%(prefix0)s`` …), to stand as a part of a statement."""
    query, params = queryset.order_by().query.sql_with_params()
    for number in range(len(params)):
        query = query.replace("%s", f"%({prefix}{number})s", 1)
    return query, {f"{prefix}{number}": value for number, value in enumerate(params)}
