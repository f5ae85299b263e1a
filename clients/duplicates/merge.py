"""Two clients become one: chosen fields, moved children, added-up facts; and the way back.

The client that goes stays as a closed row that points at the one that is kept. What hangs on it moves as far as the
database lets it; sealed rows (verified visits, former owners, published results) stay where they are, and the pages of
the kept client show them too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, InternalError, connection, models, transaction
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.dispatch import Signal
from django.utils.translation import gettext as _

from clients import ownership
from clients.duplicates import facts
from clients.models import (
    BulkChangeRow,
    Client,
    ClientTier,
    DuplicatePair,
    FactChange,
    Merge,
    Ownership,
    StageHold,
    TierResult,
)
from clients.names import spelling
from clients.tiering import late
from crm.lib import periods
from crm.lib.sql import execute, rows
from people.models import User

# Sent after a merge and after it was undone, with ``kept`` and ``gone``: packages that sum up a client sum up anew.
merged = Signal()

# What is chosen side by side; tags and own fields that only one side has are kept in any case.
FIELDS = (
    "code", "name", "kind", "business_format", "market", "scale", "stage", "org", "owner", "credit_rating", "phone",
    "address", "place", "opened_on", "wallet", "is_difficult", "is_representative", "note",
)  # fmt: skip
COLUMNS = {"org": ("org_id",), "owner": ("owner_id",), "place": ("longitude", "latitude")}
# One row a client or a client and month: each keeps its own, the next run makes the kept one's new.
OWN_RESULTS = (ClientTier, TierResult, Ownership, StageHold)
STAY = (*OWN_RESULTS, BulkChangeRow, DuplicatePair, FactChange, Merge)


def columns_of(field: str) -> tuple[str, ...]:
    """The columns that a chosen field stands for."""
    return COLUMNS.get(field, (field,))


def values_of(client: Client, field: str) -> list[Any]:
    """What a client has in a field."""
    return [getattr(client, name) for name in columns_of(field)]


def differences(first: Client, second: Client) -> list[str]:
    """The fields in which two clients differ."""
    return [name for name in FIELDS if values_of(first, name) != values_of(second, name)]


def own_differences(first: Client, second: Client) -> list[str]:
    """The own fields that both have with different values."""
    both = first.attributes.keys() & second.attributes.keys()
    return sorted(name for name in both if first.attributes[name] != second.attributes[name])


@transaction.atomic
def merge(kept: Client, gone: Client, by: User, choices: Mapping[str, str] | None = None) -> Merge:
    """
    Take ``gone`` into ``kept``. ``choices``: field, ``attribute:NAME`` for own ones → "gone" where its value is taken.

    ValidationError when one of them is closed already.
    """
    locked = {client.pk: client for client in Client.objects.select_for_update().filter(pk__in=[kept.pk, gone.pk])}
    if kept.pk == gone.pk or len(locked) != 2:
        raise ValidationError(_("Choose two different clients."))
    kept, gone = locked[kept.pk], locked[gone.pk]
    if not (kept.is_active and gone.is_active):
        raise ValidationError(_("One of the two is closed already. Open the list of duplicates again."))
    if kept.organisation_id != gone.organisation_id:
        raise ValidationError(_("Clients of two organisations cannot become one."))
    before, after = _take_fields(kept, gone, choices or {})
    made = Merge(
        organisation_id=kept.organisation_id, kept=kept, gone=gone, before=before, after=after, made_by=by,
        facts=facts.add_up(kept.pk, gone.pk),
    )  # fmt: skip
    made.moved = dict(_move_children(kept.pk, gone.pk))
    _close_span(gone)
    made.save()
    if "owner_id" in after:
        ownership.record(
            "%s", [kept.pk], periods.today(), by=by.pk, reason=_("Merged with %(code)s") % {"code": gone.code}
        )
    if gone.owner_id and gone.owner_id != kept.owner_id:
        ownership.hand_on([(kept.pk, gone.owner_id)])
    DuplicatePair.objects.filter(first=min(kept.pk, gone.pk), second=max(kept.pk, gone.pk)).update(
        state=DuplicatePair.State.MERGED, decided_by=by, decided_at=periods.now()
    )
    late.note_clients(kept.organisation_id, [kept.pk])
    late.ask(kept.organisation_id, by)
    merged.send(Merge, kept=kept, gone=gone)
    return made


def _take_fields(kept: Client, gone: Client, choices: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the chosen values and close the other row; (before, after) as JSON keeps them."""
    taken = {name for name in differences(kept, gone) if choices.get(name) == "gone"}
    new: dict[str, Any] = {column: getattr(gone, column) for name in taken for column in columns_of(name)}
    if "name" in taken:
        new["pinyin"] = spelling(gone.name)
    own = {**gone.attributes, **kept.attributes}
    own |= {
        name: gone.attributes[name]
        for name in own_differences(kept, gone)
        if choices.get(f"attribute:{name}") == "gone"
    }
    tags = [*kept.tags, *(tag for tag in gone.tags if tag not in kept.tags)]
    if own != kept.attributes:
        new["attributes"] = own
    if tags != kept.tags:
        new["tags"] = tags
    columns = {column: kept.__class__._meta.get_field(column) for column in new}
    before = {"kept": {name: _plain(columns[name], getattr(kept, name)) for name in new}, "gone": {"code": gone.code}}
    after = {name: _plain(columns[name], value) for name, value in new.items()}
    Client.objects.filter(pk=gone.pk).update(
        is_active=False,
        merged_into=kept.pk,
        version=gone.version + 1,
        # The code is taken over: the closed row steps aside under a name that no file brings.
        **({"code": _aside(kept, gone)} if "code" in taken else {}),
    )
    Client.objects.filter(pk=kept.pk).update(**new, version=kept.version + 1)
    if "code" in taken:  # the former code still leads to the kept client
        Client.objects.filter(pk=gone.pk).update(code=kept.code)
    for name, value in new.items():
        setattr(kept, name, value)
    gone.refresh_from_db()
    return before, after


def _aside(kept: Client, gone: Client) -> str:
    return f"~{gone.pk}~{kept.pk}"


def _plain(field: Any, value: Any) -> Any:
    """A column's value as JSON keeps it."""
    if value is None or isinstance(field, (models.JSONField, models.BooleanField, models.FloatField)):
        return value
    if isinstance(field, models.ForeignKey):
        return int(value)
    return list(value) if isinstance(value, list) else str(value)


def _close_span(gone: Client) -> None:
    """Nobody owns the closed row any longer."""
    execute(
        "UPDATE clients_ownership SET valid_to = greatest(%s::date - 1, valid_from)"
        " WHERE client_id = %s AND valid_to IS NULL",
        [periods.today(), gone.pk],
    )


# --- Children -----------------------------------------------------------------------------------------------------


def children() -> Iterator[tuple[str, str, str]]:
    """(table, key column, column that points at the client) of everything that hangs on a client, in all packages."""
    for relation in Client._meta.get_fields(include_hidden=True):  # also of those that a client does not know of
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        model = relation.related_model
        assert not isinstance(model, str)
        if model in STAY or not model._meta.managed:
            continue
        column, key = relation.field.column, model._meta.pk.column
        assert column is not None
        if key and key != column:
            yield model._meta.db_table, key, column


def _move_children(kept: int, gone: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for table, key, column in children():
        if moved := _move(table, key, column, gone, kept):
            yield f"{table}.{column}", {"table": table, "key": key, "column": column, "ids": moved}
    moved = [
        row["id"]
        for row in rows(
            """
            UPDATE people_task SET about = %s, url = replace(url, %s, %s) WHERE about = %s AND done_at IS NULL
            RETURNING id
            """,
            [f"client:{kept}", f"/clients/{gone}/", f"/clients/{kept}/", f"client:{gone}"],
        )
    ]
    if moved:
        yield "people_task.about", {"table": "people_task", "key": "id", "column": "about", "ids": moved}


def _move(table: str, key: str, column: str, source: int, target: int, only: list[Any] | None = None) -> list[Any]:
    """Point rows at another client, as many as the database lets: sealed ones and doubles stay. Keys of the moved."""
    condition = f"{column} = %s" + (f" AND {key}::text = ANY(%s)" if only is not None else "")
    given = [source] if only is None else [source, [str(pk) for pk in only]]
    update = f'UPDATE "{table}" SET {column} = %s WHERE {condition}'
    try:
        with transaction.atomic():
            return [row[key] for row in rows(f"{update} RETURNING {key}", [target, *given])]
    except (IntegrityError, InternalError):
        pass
    moved = []
    for row in rows(f'SELECT {key} FROM "{table}" WHERE {condition} ORDER BY 1', given):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f'UPDATE "{table}" SET {column} = %s WHERE {key} = %s', [target, row[key]])
        except (IntegrityError, InternalError):
            continue  # it belongs to the closed row's history
        moved.append(row[key])
    return moved


# --- The way back -------------------------------------------------------------------------------------------------


@transaction.atomic
def undo(made: Merge, by: User) -> None:
    """Take a merge apart: rows that moved go back, fields too unless somebody has changed them since."""
    made = Merge.objects.select_for_update().get(pk=made.pk)
    if made.undone_at is not None:
        raise ValidationError(_("This merge has been undone already."))
    kept = Client.objects.select_for_update().get(pk=made.kept_id)
    gone = Client.objects.select_for_update().get(pk=made.gone_id)
    if not kept.is_active:
        raise ValidationError(_("%(name)s has been merged further since. Undo that first.") % {"name": kept.name})
    code_moved = "code" in made.after and kept.code == made.after["code"]
    back = {
        name: value
        for name, value in made.before["kept"].items()
        if _plain(Client._meta.get_field(name), getattr(kept, name)) == made.after[name]
    }
    if code_moved:
        Client.objects.filter(pk=gone.pk).update(code=_aside(kept, gone))
    Client.objects.filter(pk=kept.pk).update(**back, version=kept.version + 1)
    Client.objects.filter(pk=gone.pk).update(
        is_active=True,
        merged_into=None,
        version=gone.version + 1,
        **({"code": made.before["gone"]["code"]} if code_moved else {}),
    )
    for moved in made.moved.values():
        if moved["column"] == "about":
            execute(
                "UPDATE people_task SET about = %s, url = replace(url, %s, %s) WHERE id = ANY(%s) AND about = %s",
                [
                    f"client:{gone.pk}",
                    f"/clients/{kept.pk}/",
                    f"/clients/{gone.pk}/",
                    moved["ids"],
                    f"client:{kept.pk}",
                ],
            )
        else:
            _move(moved["table"], moved["key"], moved["column"], kept.pk, gone.pk, moved["ids"])
    facts.take_apart(kept.pk, gone.pk, made.facts)
    late.note_clients(kept.organisation_id, [kept.pk, gone.pk])
    late.ask(kept.organisation_id, by)
    if kept.owner_id and kept.owner_id != gone.owner_id:
        ownership.hand_on([(gone.pk, kept.owner_id)])
    reason = _("Merge undone")
    ownership.record("VALUES (%s::bigint), (%s)", [kept.pk, gone.pk], periods.today(), by=by.pk, reason=reason)
    Merge.objects.filter(pk=made.pk).update(undone_at=periods.now(), undone_by=by)
    DuplicatePair.objects.filter(first=min(kept.pk, gone.pk), second=max(kept.pk, gone.pk)).update(
        state=DuplicatePair.State.DIFFERENT, decided_by=by, decided_at=periods.now()
    )
    merged.send(Merge, kept=kept, gone=gone)
