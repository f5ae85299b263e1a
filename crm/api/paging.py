"""Pages by cursor: ``next`` is the address of the following page, so page 1,000 costs what page 1 costs."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from crm.lib.pages import page_of

MOST_ROWS = 200
T = TypeVar("T")


class Paging(Schema):
    """How many rows, and behind which."""

    limit: int = Field(50, ge=1, le=MOST_ROWS)
    after: str = Field("", max_length=500, description="from “next” of the page before")


class Rows(Schema, Generic[T]):
    """A page of rows."""

    items: list[T]
    next: str | None = Field(description="address of the following page; null on the last")


def page(
    request: HttpRequest, rows: QuerySet[Any], *order: str, paging: Paging, make: Callable[[Any], Any]
) -> dict[str, Any]:
    """The rows of a page, each made into its schema, and the address of the next one."""
    found = page_of(request, rows, *order, rows=paging.limit, count=False)
    following = request.build_absolute_uri(found.next_url) if found.next_url else None
    return {"items": [make(row) for row in found.items], "next": following}
