"""Search by any part of a name, code or phone, by pinyin and by initials."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import CharField, Lookup, Q, TextField
from django.urls import reverse

from clients.models import Client
from crm.lib import masking
from crm.lib.pinyin import bigrams

FIELDS = ("name", "code", "phone", "pinyin")


@SearchVectorField.register_lookup
class HasBigrams(Lookup):
    """``search__bigrams=text``: all character pairs of the text are among the lexemes (GIN)."""

    lookup_name = "bigrams"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        column, params = self.process_lhs(compiler, connection)
        quoted = ["'{}'".format(pair.replace("\\", "\\\\").replace("'", "''")) for pair in bigrams(self.rhs)]
        return f"{column} @@ %s::tsquery", (*params, " & ".join(quoted))


@CharField.register_lookup
@TextField.register_lookup
class Holds(Lookup):
    """``name__holds=text``: whatever the case, as ``icontains``, but for the planner: it takes a LIKE for rare.

    Then it would fetch all that share two characters, where the first fifty in the order of a list are soon found.
    """

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        text, more = self.process_rhs(compiler, connection)
        return f"strpos(upper({column}), upper({text})) > 0", (*params, *more)


def matching(text: str, user: Any) -> Q:
    """Condition for clients that a text means; several words must all fit. Phones are found by those who call them.

    Two characters and more go through the index of pairs and are then compared as a whole; a single one can only be
    the beginning.
    """
    found = Q()
    fields = FIELDS if masking.needs_phones(user) else [name for name in FIELDS if name != "phone"]
    for word in unicodedata.normalize("NFKC", text).replace("\0", "").lower().split()[:6]:
        way = "istartswith" if len(word) == 1 else "holds"
        part = Q(*((f"{field}__{way}", word) for field in fields), _connector=Q.OR)
        found &= part if len(word) == 1 else Q(search__bigrams=word) & part
    return found


def hits(user: Any, text: str, limit: int) -> Iterator[dict[str, Any]]:
    """Hits {title, text, url, icon} of the global search."""
    found = Client.objects.visible_to(user).filter(matching(text, user)).select_related("org", "owner")
    for client in found[:limit]:
        owner = f" · {client.owner.name}" if client.owner else ""
        yield {
            "title": client.name,
            "text": f"{client.code} · {client.org.name}{owner}",
            "url": reverse("clients:detail", args=[client.pk]),
            "icon": "building-store",
        }
