"""Doubts about a visit: what raises one, and its reason in words. A doubt accuses nobody; a supervisor judges it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Value
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.lib.geo import distance_m, travel_minutes
from visits.limits import Limits
from visits.models import Mode, TraceFlag, Visit
from visits.similarity import NEARLY_EQUAL, normalised, similarity

COMPARED = 20  # candidates a note: who copies, copies the latest
COLUMNS = (
    *("client__name", "client__longitude", "client__latitude", "longitude", "latitude"),
    *("day", "checked_in_at", "checked_out_at", "demand", "note"),
)
Kind = TraceFlag.Kind
Figures = dict[str, Any]


@dataclass(frozen=True)
class Others:
    """The manager's other visits that a visit is held against."""

    of_day: list[Visit] = field(default_factory=list)  # on site on the same day, in order of time
    alike: list[Visit] = field(default_factory=list)  # earlier ones whose note may be nearly the same, latest first


def others_of(visit: Visit, limits: Limits) -> Others:
    """What a visit is held against, in one statement.

    Only notes that share a band of the fingerprint are compared: the index over ``note_marks`` finds them.
    """
    mine = Visit.objects.filter(manager=visit.manager_id).exclude(pk=visit.pk).select_related("client").only(*COLUMNS)
    of_day = alike = Visit.objects.none()
    if visit.mode == Mode.ON_SITE:
        of_day = mine.filter(day=visit.day, mode=Mode.ON_SITE).annotate(is_alike=Value(False)).order_by()
    if visit.note_marks and len(normalised(words_of(visit))) >= limits.same_text_least:
        since = visit.day - dt.timedelta(days=limits.same_text_days)
        earlier = mine.filter(
            note_marks__overlap=visit.note_marks, day__gte=since, checked_in_at__lt=visit.checked_in_at
        )
        alike = earlier.annotate(is_alike=Value(True)).order_by("-day", "-checked_in_at")[:COMPARED]
    found = sorted(of_day.union(alike, all=True), key=lambda other: (other.checked_in_at, other.pk))
    return Others(
        [other for other in found if not other.is_alike], [other for other in reversed(found) if other.is_alike]
    )


def check(visit: Visit, limits: Limits, others: Others) -> list[TraceFlag]:
    """Raise what is doubtful about a saved visit and the one after it; the flags that are new."""
    found: list[tuple[Visit, Kind, Figures | None]] = []
    if visit.mode == Mode.ON_SITE:
        found += [(visit, Kind.TOO_SHORT, too_short(visit, limits)), (visit, Kind.TOO_FAR, too_far(visit, limits))]
        before, after = neighbours(visit, others.of_day)
        if before:
            found.append((visit, Kind.TOO_FAST, too_fast(before, visit, limits)))
        if after:  # this one came late from a phone without signal
            found.append((after, Kind.TOO_FAST, too_fast(visit, after, limits)))
    found.append((visit, Kind.SAME_TEXT, same_text(visit, others.alike)))
    return _raise([TraceFlag(visit=of, kind=kind, figures=figures) for of, kind, figures in found if figures])


def _raise(flags: list[TraceFlag]) -> list[TraceFlag]:
    """Those that are not there yet, saved; a doubt that was judged stays as it is."""
    if not flags:
        return []
    there = set(TraceFlag.objects.filter(visit__in={flag.visit_id for flag in flags}).values_list("visit", "kind"))
    fresh = [flag for flag in flags if (flag.visit_id, flag.kind) not in there]
    TraceFlag.objects.bulk_create(fresh, ignore_conflicts=True)
    return fresh


def too_short(visit: Visit, limits: Limits) -> Figures | None:
    """Less time between check-in and check-out than a visit takes; None without a check-out."""
    if visit.checked_out_at is None:
        return None
    seconds = int((visit.checked_out_at - visit.checked_in_at).total_seconds())
    return {"seconds": seconds, "least": limits.min_seconds_on_site} if seconds < limits.min_seconds_on_site else None


def too_far(visit: Visit, limits: Limits) -> Figures | None:
    """The check-in was further from the client than allowed; None without both places."""
    if visit.distance_m is None or visit.distance_m <= limits.max_distance_m:
        return None
    return {"metres": visit.distance_m, "most": limits.max_distance_m, "accuracy": visit.accuracy_m}


def too_fast(before: Visit, after: Visit, limits: Limits) -> Figures | None:
    """Less time between two visits than the way between them takes at the highest speed."""
    here, there = place_of(before), place_of(after)
    if here is None or there is None:
        return None
    metres = distance_m(*here, *there)
    if metres <= limits.near_m:
        return None
    left_at = before.checked_out_at or before.checked_in_at
    seconds = max(0, int((after.checked_in_at - left_at).total_seconds()))
    needed = travel_minutes(metres, speed_kmh=limits.max_speed_kmh, detour=1) * 60
    if seconds >= needed:
        return None
    return {
        "metres": round(metres),
        "seconds": seconds,
        "speed": limits.max_speed_kmh,
        "from": before.client.name,
        "visit": before.pk,
    }


def place_of(visit: Visit) -> tuple[float, float] | None:
    """Where a visit was: the check-in, else the client's coordinates."""
    if visit.longitude is not None and visit.latitude is not None:
        return visit.longitude, visit.latitude
    client = visit.client
    if not client.has_place or client.longitude is None or client.latitude is None:
        return None
    return client.longitude, client.latitude


def neighbours(visit: Visit, others: Sequence[Visit]) -> tuple[Visit | None, Visit | None]:
    """The visits just before and just after, of those of a day in order of time."""
    before = [other for other in others if other.checked_in_at <= visit.checked_in_at]
    after = [other for other in others if other.checked_in_at > visit.checked_in_at]
    return (before[-1] if before else None, after[0] if after else None)


def words_of(visit: Visit) -> str:
    """What somebody typed about a visit."""
    return f"{visit.demand} {visit.note}"


def same_text(visit: Visit, alike: Sequence[Visit]) -> Figures | None:
    """The visit whose note is most like this one, when nearly the same; of equal ones the first."""
    text = words_of(visit)
    shares = [(similarity(text, words_of(other)), other) for other in alike]
    share, other = max(shares, key=lambda entry: entry[0], default=(0.0, visit))
    if share < NEARLY_EQUAL:
        return None
    return {"percent": int(share * 100), "visit": other.pk, "client": other.client.name, "day": other.day.isoformat()}


def reason(kind: str, figures: Mapping[str, Any]) -> str:
    """A doubt in words with its figures; figures that an older version did not keep are left out."""
    match kind:
        case Kind.TOO_SHORT:
            return _("On site %(seconds)s seconds, at least %(least)s expected") % _known(figures, "seconds", "least")
        case Kind.TOO_FAR:
            text = _("Checked in %(metres)s m from the client, at most %(most)s m expected") % _known(
                figures, "metres", "most"
            )
            if figures.get("accuracy"):
                text += _(" (position accurate to %(accuracy)s m)") % figures
            return text
        case Kind.TOO_FAST:
            values = _known(figures, "metres", "seconds", "speed", "from")
            return (
                _("%(metres)s m from %(from)s in %(seconds)s seconds, faster than %(speed)s km/h as the crow flies")
                % values
            )
        case Kind.SAME_TEXT:
            values = _known(figures, "percent", "day", "client")
            if isinstance(figures.get("day"), str):
                values["day"] = date_format(dt.date.fromisoformat(figures["day"]), "SHORT_DATE_FORMAT")
            return _("%(percent)s%% the same text as the visit to %(client)s on %(day)s") % values
        case Kind.SAME_PHOTO:
            values = _known(figures, "day", "client")
            if isinstance(figures.get("day"), str):
                values["day"] = date_format(dt.date.fromisoformat(figures["day"]), "SHORT_DATE_FORMAT")
            return _("The same photo was shown at the visit to %(client)s on %(day)s") % values
    return ""


def _known(figures: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: figures.get(name, "—") for name in names}
