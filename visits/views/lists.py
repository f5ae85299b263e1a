"""Visits that were made: the list and one visit."""

from contextlib import suppress
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from crm.lib import periods
from crm.lib.geo import distance_m, distance_text
from crm.lib.periods import Period, PeriodError
from crm.lib.scope import get_visible
from people.models import Role, User
from visits import checklists
from visits.models import Mode, Observation, Photo, TraceFlag, Visit
from visits.services import may_observe, may_publish, may_verify

PAGE = 40
COUNTED = 1000  # beyond that the list says "more than"


def chip_of(
    request: HttpRequest, name: str, label: str, choices: list[tuple[str, str]], present: str = ""
) -> dict[str, Any]:
    """A filter chip for ``parts/filters.html``; its value is a key of ``choices``, ``present`` where none is given."""
    present = request.GET.get(name, "") or present

    def address(value: str) -> str:
        query = request.GET.copy()
        query.pop("before", None)
        query.pop(name, None)
        if value:
            query[name] = value
        return f"?{query.urlencode()}"

    return {
        "label": label,
        "value": dict(choices).get(present, ""),
        "clear_url": address(""),
        "options": [{"label": text, "url": address(key), "active": key == present} for key, text in choices],
    }


def _flag_states() -> list[tuple[str, str]]:
    return [("any", _("With a doubt")), *[(str(value), str(label)) for value, label in TraceFlag.State.choices]]


def month_choices(text: str = "") -> list[tuple[str, str]]:
    """The last thirteen months, and the period that an address names besides."""
    months = [periods.add_months(periods.this_month(), -back) for back in range(13)]
    known = [(f"{month:%Y-%m}", date_format(month, "YEAR_MONTH_FORMAT")) for month in months]
    with suppress(PeriodError):
        if text and str(Period.parse(text)) not in dict(known):  # a day of the calendar
            known.append((text, text))
    return known


@require_GET
def visit_list(request: HttpRequest) -> HttpResponse:
    """Visits in sight, the latest first, narrowed by month, manager, way, verification, doubts and client."""
    get = request.GET.get
    found = Visit.objects.visible_to(request.user)
    if request.user.is_am:
        found = found.filter(manager=request.user)
    try:
        period = Period.parse(get("month", ""))
        found = found.between(period.start, period.end)
    except PeriodError:
        pass
    if get("mode") in Mode.values:
        found = found.filter(mode=get("mode"))
    if get("state") == "open":
        found = found.filter(verified_at=None)
    elif get("state") == "verified":
        found = found.exclude(verified_at=None)
    doubts = TraceFlag.objects.filter(visit=OuterRef("pk"))
    if get("doubt") == "any":
        found = found.filter(Exists(doubts))
    elif get("doubt") in TraceFlag.State.values:
        found = found.filter(Exists(doubts.filter(state=get("doubt"))))
    managers = list(User.objects.visible_to(request.user).filter(role=Role.AM)[:200]) if not request.user.is_am else []
    if get("manager", "").isdecimal():
        found = found.filter(manager=get("manager"))
    if text := get("q", "").strip():
        found = found.filter(Q(client__name__icontains=text) | Q(client__code__startswith=text))
    filters = [
        chip_of(request, "month", _("Month"), month_choices(get("month", ""))),
        chip_of(request, "mode", _("Way"), [(str(key), str(label)) for key, label in Mode.choices]),
        chip_of(request, "state", _("Verification"), [("open", _("To be verified")), ("verified", _("Verified"))]),
        chip_of(request, "doubt", _("Doubts"), _flag_states()),
    ]
    if managers:
        people = [(str(person.pk), person.name) for person in managers]
        filters.insert(0, chip_of(request, "manager", _("Account manager"), people))
    rows = list(
        _older_than(found, get("before", ""))
        .select_related("client", "manager")
        .annotate(tier=F("client__standing__tier"), open_doubts=Exists(doubts.filter(state=TraceFlag.State.OPEN)))
        .order_by("-day", "-checked_in_at", "-pk")[: PAGE + 1]
    )
    return render(
        request,
        "visits/visit_list.html",
        {
            "visits": rows[:PAGE],
            "filters": filters,
            "search": {"value": get("q", ""), "placeholder": _("Client name or code"), "hidden": _hidden(request)},
            "page": _pager(request, rows, found),
            "is_filtered": any(get(name) for name in ("month", "mode", "state", "doubt", "manager", "q")),
        },
    )


def _hidden(request: HttpRequest) -> list[tuple[str, str]]:
    return [(key, str(value)) for key, value in request.GET.items() if key not in ("q", "before")]


def _older_than(found: Any, key: str) -> Any:
    """The rows that come after the visit whose id is the key: pages go on from there, whatever was added above."""
    last = found.model.objects.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
    if last is None:
        return found
    same_day = Q(day=last.day)
    same_time = same_day & Q(checked_in_at=last.checked_in_at)
    return found.filter(day__lte=last.day).filter(
        Q(day__lt=last.day) | same_day & Q(checked_in_at__lt=last.checked_in_at) | same_time & Q(pk__lt=last.pk)
    )


def _pager(request: HttpRequest, rows: list[Visit], found: Any) -> dict[str, str]:
    def address(key: int | None) -> str:
        query = request.GET.copy()
        query.pop("before", None)
        if key:
            query["before"] = str(key)
        return f"?{query.urlencode()}"

    count = found.order_by()[: COUNTED + 1].count()
    words = (
        _("more than %(n)d visits") % {"n": COUNTED}
        if count > COUNTED
        else ngettext("%(n)d visit", "%(n)d visits", count) % {"n": count}
    )
    return {
        "previous_url": address(None) if request.GET.get("before") else "",
        "next_url": address(rows[PAGE - 1].pk) if len(rows) > PAGE else "",
        "count_text": words,
    }


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit with its checklist, doubts, observations and verification."""
    user: Any = request.user
    rows = Visit.objects.select_related(
        "client__standing", "client__org", "manager", "verified_by", "checklist_template", "companion"
    )
    visit = get_visible(rows, user, pk=pk)
    pictures = list(visit.photos.select_related("origin"))
    observations = list(visit.observations.select_related("observer", "template"))
    context = {
        "visit": visit,
        "client": visit.client,
        "tier": getattr(getattr(visit.client, "standing", None), "tier", ""),
        "products": [product.name for product in visit.products.all()],
        "checklist": checklists.in_words(visit.checklist_template, visit.checklist),
        "flags": list(visit.flags.select_related("judged_by").order_by("pk")),
        "can_edit": visit.manager_id == user.pk and not visit.verified_at and not visit.published_at,
        "can_verify": may_verify(user, visit),
        "can_publish": may_publish(user, visit),
        "plan": getattr(visit, "plan", None),
        "photos": [_with_origin(photo, visit, user) for photo in pictures if photo.kind == Photo.Kind.PHOTO],
        "signature": next((photo for photo in pictures if photo.kind == Photo.Kind.SIGNATURE), None),
        "observations": [_in_words(seen) for seen in observations],
    }
    if may_observe(user, visit):
        mine = next((seen for seen in observations if seen.observer_id == user.pk), None)
        template = checklists.current(user.unit.organisation, checklists.BEHAVIOUR)
        given = mine.behaviour if mine else {}
        context |= {
            "can_observe": True,
            "is_companion": visit.companion_id == user.pk,
            "my_observation": mine,
            "manners": [
                {"code": item["code"], "label": checklists.label_of(item), "answer": given.get(item["code"], "")}
                for item in template.items
            ],
        }
    return render(request, "visits/visit.html", context)


def _in_words(seen: Observation) -> Observation:
    seen.ticked = checklists.in_words(seen.template, seen.behaviour)  # type: ignore[attr-defined]
    return seen


def _with_origin(photo: Photo, visit: Visit, user: Any) -> Photo:
    """The photo with when and where it was taken in words, for whoever judges a visit."""
    photo.origin_text = ""  # type: ignore[attr-defined]
    origin = getattr(photo, "origin", None)
    if origin is None or not (user.is_supervisor or user.role == Role.HR):
        return photo
    parts = []
    if origin.taken_at:
        local = periods.local(origin.taken_at)
        same_day = local.date() == visit.day
        parts.append(_("taken %(time)s") % {"time": date_format(local, "H:i" if same_day else "Y-m-d H:i")})
    client: Any = visit.client
    if origin.longitude is not None and client.has_place:
        metres = distance_m(origin.longitude, origin.latitude, client.longitude, client.latitude)
        parts.append(_("%(distance)s from the client") % {"distance": distance_text(metres)})
    photo.origin_text = " · ".join(parts)  # type: ignore[attr-defined]
    return photo
