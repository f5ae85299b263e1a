"""One change to many clients at once, and taking it back."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clients import ownership
from clients.models import BulkChange, Client, Tag
from clients.models.client import BusinessFormat, Market, Scale, Stage
from clients.value import stages
from crm.lib import periods
from crm.lib.sql import execute
from people.models import User

MOST = 20_000  # a change of more belongs into an import
CHOICES = {"business_format": BusinessFormat, "market": Market, "scale": Scale}
PLAIN = (*CHOICES, "credit_rating")
# field → SQL of (new value, old value as JSON) over the client c; the new value is bound as %(value)s.
FIELDS = {
    "owner": ("owner_id", "%(value)s::bigint", "to_jsonb(c.owner_id)"),
    "stage": ("stage", "%(value)s", "to_jsonb(c.stage)"),
    "is_difficult": ("is_difficult", "%(value)s::boolean", "to_jsonb(c.is_difficult)"),
    "add_tag": ("tags", "array_append(c.tags, %(value)s)", "to_jsonb(c.tags)"),
    "remove_tag": ("tags", "array_remove(c.tags, %(value)s)", "to_jsonb(c.tags)"),
    **{name: (name, "%(value)s", f"to_jsonb(c.{name})") for name in PLAIN},
}
# What makes a row a change at all.
DIFFERS = {
    "add_tag": "NOT (%(value)s = ANY(c.tags))",
    "remove_tag": "%(value)s = ANY(c.tags)",
}
BACK = {
    "owner_id": "(r.before #>> '{}')::bigint",
    "stage": "r.before #>> '{}'",
    "is_difficult": "(r.before #>> '{}')::boolean",
    "tags": "ARRAY(SELECT jsonb_array_elements_text(r.before))::varchar(30)[]",
    **dict.fromkeys(PLAIN, "r.before #>> '{}'"),
}


def checked_value(field: str, value: str, by: User) -> Any:
    """The value to set; ValidationError when it cannot be."""
    match field:
        case "owner":
            owner = User.objects.visible_to(by).managers().filter(username=value).first()
            if owner is None:
                raise ValidationError(_("Choose an account manager of your unit."))
            return owner.pk
        case "stage":
            if value not in Stage.values:
                raise ValidationError(_("Choose a stage."))
            return value
        case "is_difficult":
            if value not in ("yes", "no"):
                raise ValidationError(_("Choose yes or no."))
            return value == "yes"
        case "business_format" | "market" | "scale":
            if value not in CHOICES[field].values:
                raise ValidationError(_("Choose a value from the list."))
            return value
        case "credit_rating":
            rating = value.strip()
            if not rating or len(rating) > 10:
                raise ValidationError(_("A credit rating has 1 to 10 characters."))
            return rating
        case "add_tag" | "remove_tag":
            name = " ".join(value.split())
            if not name or len(name) > 30:
                raise ValidationError(_("A tag has 1 to 30 characters."))
            return name
    raise ValidationError(_("Choose what to change."))


@transaction.atomic
def change(clients: QuerySet[Client], field: str, value: str, by: User, reason: str = "") -> BulkChange:
    """Change a field of clients that ``by`` may edit; what they had before is kept for taking it back."""
    new = checked_value(field, value, by)
    ids = list(
        (clients & Client.objects.editable_by(by)).order_by("pk").values_list("pk", flat=True).distinct()[: MOST + 1]
    )
    if not ids:
        raise ValidationError(_("No client is selected."))
    if len(ids) > MOST:
        raise ValidationError(_("These are more than %(most)d clients. Narrow the list down.") % {"most": MOST})
    if field == "add_tag":
        Tag.objects.get_or_create(organisation_id=by.organisation_id, name=new)
    made = BulkChange.objects.create(organisation_id=by.organisation_id, field=field, value=new, made_by=by)
    column, after, before = FIELDS[field]
    differs = DIFFERS.get(field, f"c.{column} IS DISTINCT FROM {after}")
    params = {"change": made.pk, "value": new, "ids": ids}
    made.count = execute(
        f"""
        INSERT INTO clients_bulkchangerow (change_id, client_id, before)
        SELECT %(change)s, c.id, {before} FROM clients_client AS c WHERE c.id = ANY(%(ids)s) AND {differs}
        """,
        params,
    )
    execute(
        f"""
        UPDATE clients_client AS c SET {column} = {after}, version = c.version + 1
        FROM clients_bulkchangerow AS r WHERE r.change_id = %(change)s AND c.id = r.client_id
        """,
        params,
    )
    if field == "owner":
        _record_owners(made, by, reason)
    if field == "stage":
        _hold_stages(made, by)
    made.save(update_fields=["count"])
    return made


@transaction.atomic
def undo(made: BulkChange, by: User) -> int:
    """Give clients back what they had, except those that somebody has changed since; their number."""
    row = BulkChange.objects.select_for_update().get(pk=made.pk)
    if row.undone_at is not None:
        raise ValidationError(_("This change has been taken back already."))
    column, after, _before = FIELDS[row.field]
    if column == "tags":
        still = "%(value)s = ANY(c.tags)" if row.field == "add_tag" else "NOT (%(value)s = ANY(c.tags))"
    else:
        still = f"c.{column} = {after}"
    count = execute(
        f"""
        UPDATE clients_client AS c SET {column} = {BACK[column]}, version = c.version + 1
        FROM clients_bulkchangerow AS r WHERE r.change_id = %(change)s AND c.id = r.client_id AND {still}
        """,
        {"change": row.pk, "value": row.value},
    )
    if row.field == "owner":
        _record_owners(row, by, _("Taken back"))
    if row.field == "stage":
        _release_stages(row, by)
    row.undone_at = periods.now()
    row.save(update_fields=["undone_at"])
    return count


def _record_owners(made: BulkChange, by: User, reason: str) -> None:
    ownership.record(
        "SELECT r.client_id FROM clients_bulkchangerow AS r WHERE r.change_id = %s",
        [made.pk],
        periods.today(),
        by=by.pk,
        reason=reason,
    )


def _hold_stages(made: BulkChange, by: User) -> None:
    """A stage set by hand stays against the rules, and is on record."""
    params = {
        "change": made.pk, "stage": made.value, "reason": _("Changed in bulk"), "until": stages.usual_end(),
        "by": by.pk, "now": made.made_at, "today": periods.today(),
    }  # fmt: skip
    execute(
        """
        INSERT INTO clients_stagehold (client_id, stage, reason, until, made_by_id, made_at)
        SELECT client_id, %(stage)s, %(reason)s, %(until)s, %(by)s, %(now)s
        FROM clients_bulkchangerow WHERE change_id = %(change)s
        ON CONFLICT (client_id) DO UPDATE SET stage = excluded.stage, reason = excluded.reason,
            until = excluded.until, made_by_id = excluded.made_by_id, made_at = excluded.made_at
        """,
        params,
    )
    execute(
        """
        INSERT INTO clients_stagechange (client_id, day, before, after, reason, made_by_id)
        SELECT client_id, %(today)s, before #>> '{}', %(stage)s, %(reason)s, %(by)s
        FROM clients_bulkchangerow WHERE change_id = %(change)s
        """,
        params,
    )


def _release_stages(made: BulkChange, by: User) -> None:
    params = {
        "change": made.pk, "now": made.made_at, "stage": made.value, "by": by.pk, "today": periods.today(),
        "reason": _("Taken back"),
    }  # fmt: skip
    execute(
        """
        WITH gone AS (
            DELETE FROM clients_stagehold AS h USING clients_bulkchangerow AS r
            WHERE r.change_id = %(change)s AND h.client_id = r.client_id AND h.made_at = %(now)s
            RETURNING r.client_id, r.before #>> '{}' AS before
        )
        INSERT INTO clients_stagechange (client_id, day, before, after, reason, made_by_id)
        SELECT client_id, %(today)s, %(stage)s, before, %(reason)s, %(by)s FROM gone
        """,
        params,
    )
