"""Doubts about a visit: what raises one, and its reason in words. A doubt accuses nobody; a supervisor judges it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.lib import geo
from crm.lib.geo import distance_m, travel_minutes
from visits.limits import Limits
from visits.models import Mode, TraceFlag, Visit
from visits.similarity import NEARLY_EQUAL, normalised, similarity

COMPARED = 20  # candidates a note: who copies, copies the latest
Kind = TraceFlag.Kind
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as far as another is held against it. ``place``: of the check-in, else of the client; (lon, lat)."""

    pk: int
    client_id: int
    client: str
    place: tuple[float, float] | None
    day: dt.date
    begun: dt.datetime
    ended: dt.datetime
    words: str

    @classmethod
    def of(cls, visit: Visit) -> "Seen":
        """The same of a visit at hand."""
        return cls(
            visit.pk, visit.client_id, visit.client.name, place_of(visit), visit.day,
            visit.checked_in_at, visit.checked_out_at or visit.checked_in_at, words_of(visit),
        )  # fmt: skip


def place_of(visit: Visit) -> tuple[float, float] | None:
    """Where a visit was: the check-in, else the client's coordinates."""
    return _first_known((visit.longitude, visit.latitude), (visit.client.longitude, visit.client.latitude))


def _first_known(*places: tuple[float | None, float | None]) -> tuple[float, float] | None:
    return next(((lon, lat) for lon, lat in places if lon is not None and lat is not None), None)


@dataclass(frozen=True)
class Others:
    """The manager's other visits that a visit is held against."""

    of_day: list[Seen] = field(default_factory=list)  # on site on the same day, in order of time
    alike: list[Seen] = field(default_factory=list)  # earlier ones whose note may be nearly the same, latest first


# Asked for each visit that a phone sends: the ORM takes longer to write this than PostgreSQL to answer it.
HELD = """
    SELECT {alike} AS is_alike, v.id, v.client_id, c.name, v.longitude, v.latitude, c.longitude, c.latitude,
           v.day, v.checked_in_at, coalesce(v.checked_out_at, v.checked_in_at), v.demand, v.note
    FROM visits_visit v JOIN clients_client c ON c.id = v.client_id
    WHERE v.manager_id = %(manager)s AND v.id <> %(visit)s AND {which}
"""
OF_DAY = HELD.format(alike="false", which="v.day = %(day)s AND v.mode = 'on_site'")
ALIKE = HELD.format(
    alike="true",
    which=f"""v.note_marks && %(marks)s::bigint[] AND v.day >= %(since)s AND v.checked_in_at < %(start)s
    ORDER BY v.day DESC, v.checked_in_at DESC LIMIT {COMPARED}""",
)


def others_of(visit: Visit, limits: Limits) -> Others:
    """What a visit is held against, in one statement.

    Only notes that share a band of the fingerprint are compared: the index over ``note_marks`` finds them.
    """
    compared = visit.note_marks and len(normalised(words_of(visit))) >= limits.same_text_least
    parts = [OF_DAY] * (visit.mode == Mode.ON_SITE) + [ALIKE] * bool(compared)
    if not parts:
        return Others()
    values: dict[str, Any] = {
        "manager": visit.manager_id,
        "visit": visit.pk,
        "day": visit.day,
        "marks": visit.note_marks,
        "since": visit.day - dt.timedelta(days=limits.same_text_days),
        "start": visit.checked_in_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"({part})" for part in parts), values)
        rows = cursor.fetchall()
    found = sorted(rows, key=lambda row: (row[9], row[1]))
    seen = [
        (is_alike, Seen(pk, client_id, name, _first_known((lon, lat), (x, y)), day, begun, ended, _words(demand, note)))
        for is_alike, pk, client_id, name, lon, lat, x, y, day, begun, ended, demand, note in found
    ]
    return Others(
        [other for is_alike, other in seen if not is_alike], [other for is_alike, other in reversed(seen) if is_alike]
    )


def check(visit: Visit, limits: Limits, others: Others) -> list[TraceFlag]:
    """Raise what is doubtful about a saved visit and the one after it; the flags that are new."""
    this = Seen.of(visit)
    found: list[tuple[int, Kind, Figures | None]] = []
    if visit.mode == Mode.ON_SITE:
        found += [(this.pk, Kind.TOO_SHORT, too_short(visit, limits)), (this.pk, Kind.TOO_FAR, too_far(visit, limits))]
        before, after = neighbours(this, others.of_day)
        if before:
            found.append((this.pk, Kind.TOO_FAST, too_fast(before, this, limits)))
        if after:  # this one came late from a phone without signal
            found.append((after.pk, Kind.TOO_FAST, too_fast(this, after, limits)))
    found.append((this.pk, Kind.SAME_TEXT, same_text(this, others.alike)))
    return _raise([TraceFlag(visit_id=of, kind=kind, figures=figures) for of, kind, figures in found if figures])


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


def too_fast(before: Seen, after: Seen, limits: Limits) -> Figures | None:
    """Less time between two visits than the way between them takes at the highest speed."""
    if before.place is None or after.place is None:
        return None
    metres = distance_m(*before.place, *after.place)
    if metres <= limits.near_m:
        return None
    seconds = max(0, int((after.begun - before.ended).total_seconds()))
    needed = travel_minutes(metres, speed_kmh=limits.max_speed_kmh, detour=1) * 60
    if seconds >= needed:
        return None
    return {
        "metres": round(metres),
        "seconds": seconds,
        "speed": limits.max_speed_kmh,
        "from": before.client,
        "visit": before.pk,
    }


def neighbours(this: Seen, others: Sequence[Seen]) -> tuple[Seen | None, Seen | None]:
    """The visits just before and just after, of those of a day in order of time."""
    before = [other for other in others if other.begun <= this.begun]
    after = [other for other in others if other.begun > this.begun]
    return (before[-1] if before else None, after[0] if after else None)


def words_of(visit: Visit) -> str:
    """What somebody typed about a visit."""
    return _words(visit.demand, visit.note)


def _words(demand: str, note: str) -> str:
    return f"{demand} {note}"


def same_text(this: Seen, alike: Sequence[Seen]) -> Figures | None:
    """The visit whose note is most like this one, when nearly the same; of equal ones the first."""
    shares = [(similarity(this.words, other.words), other) for other in alike]
    share, other = max(shares, key=lambda entry: entry[0], default=(0.0, this))
    if share < NEARLY_EQUAL:
        return None
    return {"percent": int(share * 100), "visit": other.pk, "client": other.client, "day": other.day.isoformat()}


def reason(kind: str, figures: Mapping[str, Any]) -> str:
    """A doubt in words with its figures; figures that an older version did not keep are left out."""
    match kind:
        case Kind.TOO_SHORT:
            return _("On site %(seconds)s seconds, at least %(least)s expected") % _known(figures, "seconds", "least")
        case Kind.TOO_FAR:
            text = _("Checked in %(metres)s from the client, at most %(most)s m expected") % _known(
                figures, "metres", "most"
            )
            if figures.get("accuracy"):
                text += _(" (position accurate to %(accuracy)s m)") % figures
            return text
        case Kind.TOO_FAST:
            values = _known(figures, "metres", "seconds", "speed", "from")
            return (
                _("%(metres)s from %(from)s in %(seconds)s seconds, faster than %(speed)s km/h as the crow flies")
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
    known = {name: figures.get(name, "—") for name in names}
    return known | ({"metres": geo.distance_text(figures["metres"])} if figures.get("metres") is not None else {})
