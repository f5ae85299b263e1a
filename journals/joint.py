"""Verbs on joint work, and what it adds to journals and clients' time lines."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import periods
from crm.lib.periods import Period
from journals.models import JointWork
from people.models import Role, User
from people.services import give_task, notify


def partners_of(user: User) -> Any:
    """With whom somebody can have worked: back office and account managers of the organisation."""
    others = User.objects.active().filter(unit__organisation=user.organisation_id).exclude(pk=user.pk)
    roles = (Role.BACK_OFFICE,) if user.is_am else (Role.AM, Role.BACK_OFFICE)
    return others.filter(role__in=roles).select_related("unit").order_by("role", "name", "pk")


@transaction.atomic
def record(
    author: User,
    partner: User,
    *,
    agreed: str = "",
    agreed_due_on: dt.date | None = None,
    agreed_owner: User | None = None,
    **values: Any,
) -> JointWork:
    """A record of joint work; what was agreed becomes a task of one of the two; the partner is asked to confirm."""
    found = JointWork.objects.create(author=author, partner=partner, org_id=author.unit_id, **values)
    url = reverse("journals:joint-work", args=[found.pk])
    if agreed:
        owner = agreed_owner or partner
        found.task = give_task(
            owner,
            agreed,
            agreed_due_on or periods.today(),
            by=author,
            source=f"joint:{found.pk}",
            about=f"client:{found.client_id}" if found.client_id else "",
            url=url,
            note=_("Agreed in the joint work of %(day)s") % {"day": found.day},
        )
        found.save(update_fields=["task"])
    notify(
        [partner],
        _("%(name)s has recorded joint work with you on %(day)s: please confirm")
        % {"name": author.name, "day": found.day},
        url=url,
        key=f"joint:{found.pk}",
    )
    return found


@transaction.atomic
def confirm(work: JointWork, word: str) -> JointWork:
    """The partner confirms, and with it the record is closed; ValidationError when it is already."""
    row = JointWork.objects.select_for_update().select_related("author", "partner").get(pk=work.pk)
    if row.confirmed_at:
        raise ValidationError(_("This record is confirmed already and stays as it is."))
    row.confirmed_at, row.confirmation = periods.now(), word.strip()[:300]
    row.save(update_fields=["confirmed_at", "confirmation"])
    notify(
        [row.author],
        _("%(name)s has confirmed the joint work of %(day)s") % {"name": row.partner.name, "day": row.day},
        url=reverse("journals:joint-work", args=[row.pk]),
        key=f"joint:{row.pk}:confirmed",
    )
    return row


def section(author: User, period: Period) -> Iterable[dict[str, Any]]:
    """The joint work of a span, for a journal's facts."""
    rows = list(
        JointWork.objects.filter(Q(author=author) | Q(partner=author), day__range=(period.start, period.end))
        .select_related("author", "partner", "client")
        .order_by("day", "pk")
    )
    if rows:
        lines = [
            {
                "text": " · ".join(part for part in (heading(row, author), row.text) if part),
                "url": reverse("journals:joint-work", args=[row.pk]),
            }
            for row in rows
        ]
        title = ngettext("Joint work, %(n)d time", "Joint work, %(n)d times", len(rows)) % {"n": len(rows)}
        yield {"title": title, "lines": lines}


def heading(work: JointWork, reader: User | None = None) -> str:
    """Kind, the other person and the client in one line."""
    other = work.author if reader and work.partner_id == reader.pk else work.partner
    parts = [work.get_kind_display(), other.name, work.client.name if work.client else ""]
    return " · ".join(part for part in parts if part)


def client_event(row: dict[str, Any]) -> dict[str, Any]:
    """Joint work at a client, for its time line."""
    return {
        "icon": "users-group",
        "title": _("Joint work of %(name)s and %(other)s") % row,
        "text": row["text"],
        "url": reverse("journals:joint-work", args=[row["pk"]]),
        "tone": "neutral",
    }
