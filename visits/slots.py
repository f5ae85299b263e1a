"""What visits put into the pages of lower and upper packages."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clients.duplicates.merge import merged
from clients.ownership import owners_changed
from crm.lib import periods, slots
from crm.lib.pages import capped_count
from crm.lib.periods import Period
from crm.lib.timeline import Source, client_timeline
from people.notices.kinds import NoticeKind, register
from visits import client_changes, due, post_loan, routine
from visits.models import Mode, Purpose, TraceFlag, Visit

ICONS = {Mode.ON_SITE: "map-pin", Mode.PHONE: "phone", Mode.ONLINE: "message"}
HOME_ROWS = 9


def home_due(request: Any, _subject: Any) -> dict[str, Any] | None:
    """The account manager's way of today, the routine rings and tomorrow's appointments."""
    day = due.day_list(request.user)
    return {
        "day": day,
        "rows": [*day.left, *(row for row in day.today if row.is_done)][:HOME_ROWS],
        "routine": routine.routine_of(request.user),
        "appointments": list(routine.appointments(request.user)),
    }


def home_desk(request: Any, _subject: Any) -> dict[str, Any] | None:
    """What waits for the supervisor: doubts to judge and visits to verify."""
    visible = TraceFlag.objects.visible_to(request.user)
    month = Period.month(periods.today())
    waiting = Visit.objects.to_verify_by(request.user).between(month.previous.start, month.end)
    return {
        "doubts": visible.filter(state=TraceFlag.State.OPEN).count(),
        "to_verify": capped_count(waiting),
        "month": month.previous,
    }


def client_action(request: Any, client: Any) -> dict[str, Any] | None:
    """The button of the client page."""
    return {"client": client}


def client_tab(request: Any, client: Any) -> dict[str, Any] | None:
    """The visits of a client."""
    visits = client.visits.disclosed_to(request.user).select_related("manager", "checklist_template")
    return {"visits": visits.prefetch_related("flags")[:30], "due": due.standing_of(client), "client": client}


def _event(row: dict[str, Any]) -> dict[str, Any]:
    mode = Mode(row["mode"])
    words = {"mode": mode.label, "purpose": Purpose(row["purpose"]).label, "manager": row["manager"]}
    return {
        "icon": ICONS[mode],
        "title": _("%(mode)s · %(purpose)s · %(manager)s") % words,
        "text": row["demand"] or row["note"],
        "url": reverse("visits:detail", args=[row["pk"]]),
    }


def journal(author: Any, period: Period) -> Iterator[dict[str, Any]]:
    """Sections of a journal's draft: what was done at clients, on the phone, and off the plan."""
    made = Visit.objects.filter(manager=author).between(period.start, period.end).select_related("client__standing")
    yield from journal_parts(list(made.order_by("checked_in_at")), period)


def journal_parts(made: Sequence[Visit], period: Period, most: int = 0) -> Iterator[dict[str, Any]]:
    """The same of visits at hand, in order of time; lines of the latest ``most`` only, 0 for all."""
    on_site = [visit for visit in made if visit.mode == Mode.ON_SITE]
    contacts = [visit for visit in made if visit.mode != Mode.ON_SITE]
    clock = "%H:%M" if period.kind == periods.DAY else "%m-%d %H:%M"
    if on_site:
        n = len({visit.client_id for visit in on_site})
        yield {
            "title": ngettext("Visited %(n)d client", "Visited %(n)d clients", n) % {"n": n},
            "lines": [line(visit, clock) for visit in on_site[-most:]],
        }
    if contacts:
        n = len(contacts)
        yield {
            "title": ngettext("%(n)d call or message", "%(n)d calls and messages", n) % {"n": n},
            "lines": [line(visit, clock) for visit in contacts[-most:]],
        }


def line(visit: Visit, clock: str) -> str:
    """A visit in one line: time, client, tier, purpose, what was said."""
    tier = getattr(getattr(visit.client, "standing", None), "tier", "")
    name = f"{visit.client.name} ({tier})" if tier else visit.client.name
    parts = [f"{periods.local(visit.checked_in_at):{clock}} {name}", str(Purpose(visit.purpose).label)]
    if visit.minutes:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", visit.minutes) % {"n": visit.minutes})
    said = visit.demand or visit.note
    if said:
        parts.append(said if len(said) <= 60 else f"{said[:59]}…")
    if visit.next_step:
        parts.append(_("next: %(step)s") % {"step": visit.next_step})
    return " · ".join(parts)


slots.home_blocks.register(
    slots.Entry("visits-due", home_due, "visits/home_due.html", gettext_lazy("Today"), order=10, roles=("am",))
)
slots.home_blocks.register(
    slots.Entry(
        "visits-desk", home_desk, "visits/home_desk.html", gettext_lazy("Visits"), order=40, roles=("supervisor",)
    )
)
slots.client_actions.register(
    slots.Entry("visit", client_action, "visits/client_action.html", order=10, roles=("am", "supervisor"))
)
slots.client_tabs.register(
    slots.Entry("visits", client_tab, "visits/client_tab.html", gettext_lazy("Visits"), order=20)
)
client_timeline.register(
    Source(
        "visits",
        lambda clients, user: Visit.objects.visible_to(user).filter(client__in=clients),
        "checked_in_at",
        {"manager": "manager__name", **{name: name for name in ("pk", "mode", "purpose", "demand", "note")}},
        _event,
        is_day=False,
    )
)
merged.connect(client_changes.sum_up, dispatch_uid="visits.merged")
owners_changed.connect(client_changes.hand_on_plans, dispatch_uid="visits.owners_changed")
slots.journal_sections.register(slots.Entry("visits", journal, order=10))
register(NoticeKind("visit", gettext_lazy("Visits"), ("plan", "flag", "observation", "inspection"), order=20))
due.due_reasons.register(slots.Entry("post-loan", post_loan.reasons, order=30))
