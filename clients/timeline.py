"""What a client's file itself puts into the timeline: tiers, owners, stages, products, contracts, deals."""

from typing import Any

from django.db.models import F, Window
from django.db.models.functions import Lag
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Contract, Holding, LoanCheck, Opportunity, Ownership, StageChange, TierResult
from clients.models.client import Stage
from crm.lib.timeline import Source, client_timeline


def _moves(clients: Any, user: Any) -> Any:
    """Months in which the tier differs from the month before."""
    before = Window(Lag("tier"), partition_by=F("client"), order_by=F("month").asc())
    return TierResult.objects.filter(client__in=clients).annotate(before=before).exclude(tier=F("before"))


def _move(row: dict[str, Any]) -> dict[str, Any]:
    return {"icon": "stairs", "title": _("Tier %(before)s → %(after)s") % row}


def _owner(row: dict[str, Any]) -> dict[str, Any]:
    return {"icon": "user-check", "title": _("Account manager: %(name)s") % row, "text": row["reason"]}


def _stage(row: dict[str, Any]) -> dict[str, Any]:
    stages = {"before": Stage(row["before"]).label, "after": Stage(row["after"]).label}
    return {
        "icon": "recycle",
        "title": _("Stage %(before)s → %(after)s") % stages,
        "text": f"{row['by']}：{row['reason']}" if row["by"] else "",
    }


def _taken_up(row: dict[str, Any]) -> dict[str, Any]:
    return {"icon": "circle-plus", "title": _("Has taken up: %(name)s") % row}


def _ended(row: dict[str, Any]) -> dict[str, Any]:
    title = _("Has ended: %(name)s") % row
    return {"icon": "circle-minus", "title": title, "text": row["reason"], "tone": "warning"}


def _signed(row: dict[str, Any]) -> dict[str, Any]:
    title = _("Contract signed: %(title)s") % row
    return {"icon": "file-certificate", "title": title, "text": row["number"], "url": _url("contract", row)}


def _contract_ended(row: dict[str, Any]) -> dict[str, Any]:
    title = _("Contract ended: %(title)s") % row
    return {
        "icon": "file-off", "title": title, "text": row["reason"], "url": _url("contract", row), "tone": "warning",
    }  # fmt: skip


def _closed(row: dict[str, Any]) -> dict[str, Any]:
    won = row["stage"] == "won"
    why = Opportunity(lost_reason=row["lost_reason"]).get_lost_reason_display() if not won else ""
    return {
        "icon": "trophy" if won else "x",
        "title": (_("Opportunity won: %(title)s") if won else _("Opportunity lost: %(title)s")) % row,
        "text": row["note"] or why,
        "url": _url("opportunity", row),
        "tone": "success" if won else "warning",
    }


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    title = _("Post-loan check: %(finding)s") % {"finding": LoanCheck(finding=row["finding"]).get_finding_display()}
    return {"icon": "report-search", "title": title, "text": row["note"], "url": _url("loan", row)}


def _url(page: str, row: dict[str, Any]) -> str:
    return reverse(f"clients:{page}", args=[row["pk"]])


client_timeline.register(
    Source("tiers", _moves, "month", {"before": "before", "after": "tier"}, _move),
    Source(
        "owners",
        lambda clients, user: Ownership.objects.filter(client__in=clients),
        "valid_from",
        {"name": "owner__name", "reason": "reason"},
        _owner,
    ),
    Source(
        "stages",
        lambda clients, user: StageChange.objects.filter(client__in=clients),
        "day",
        {"before": "before", "after": "after", "by": "made_by__name", "reason": "reason"},
        _stage,
    ),
    Source(
        "products",
        lambda clients, user: Holding.objects.filter(client__in=clients),
        "since",
        {"name": "product__name"},
        _taken_up,
    ),
    Source(
        "products ended",
        lambda clients, user: Holding.objects.filter(client__in=clients, until__isnull=False),
        "until",
        {"name": "product__name", "reason": "ended_reason"},
        _ended,
    ),
    Source(
        "contracts",
        lambda clients, user: Contract.objects.filter(client__in=clients, signed_on__isnull=False),
        "signed_on",
        {"pk": "pk", "title": "title", "number": "number"},
        _signed,
    ),
    Source(
        "contracts ended",
        lambda clients, user: Contract.objects.filter(client__in=clients, ended_on__isnull=False),
        "ended_on",
        {"pk": "pk", "title": "title", "reason": "ended_reason"},
        _contract_ended,
    ),
    Source(
        "opportunities",
        lambda clients, user: Opportunity.objects.filter(client__in=clients, closed_on__isnull=False),
        "closed_on",
        {"pk": "pk", "title": "title", "stage": "stage", "note": "outcome_note", "lost_reason": "lost_reason"},
        _closed,
    ),
    Source(
        "loan checks",
        lambda clients, user: LoanCheck.objects.filter(client__in=clients, done_on__isnull=False, visit_id=None),
        "done_on",
        {"pk": "loan_id", "finding": "finding", "note": "note"},
        _checked,
    ),
)
