"""Notes that were copied from an earlier visit."""

import datetime as dt
import unicodedata
from typing import Any

from visits.limits import Limits
from visits.models import Visit

ALIKE = 0.9  # share of common character pairs from which two notes count as nearly the same
COMPARED = 200  # the manager's latest notes


def plain(text: str) -> str:
    """Letters and figures only, in one width and case: what is left when a copy is dressed up."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def likeness(one: str, other: str) -> float:
    """Share of common character pairs of two plain texts, 0…1.

    Jaccard index of the bigram sets: P. Jaccard, The distribution of the flora in the alpine zone (1912).
    """
    if one == other:
        return 1.0
    first = {one[i : i + 2] for i in range(len(one) - 1)}
    second = {other[i : i + 2] for i in range(len(other) - 1)}
    return len(first & second) / (len(first | second) or 1)


def words_of(visit: Visit) -> str:
    """What somebody typed about a visit."""
    return plain(f"{visit.demand} {visit.note}")


def same_text(visit: Visit, limits: Limits) -> dict[str, Any] | None:
    """The earlier visit of the same manager whose note is most like this one, when nearly the same."""
    mine = words_of(visit)
    if len(mine) < limits.same_text_least:
        return None
    earlier = (
        Visit.objects.filter(
            manager=visit.manager_id,
            day__gte=visit.day - dt.timedelta(days=limits.same_text_days),
            day__lte=visit.day,
            checked_in_at__lt=visit.checked_in_at,
        )
        .exclude(pk=visit.pk)
        .exclude(note="", demand="")
        .order_by("-day", "-checked_in_at")
        .select_related("client")[:COMPARED]
    )
    alike = [(likeness(mine, words_of(other)), other) for other in earlier]
    share, other = max(alike, key=lambda pair: pair[0], default=(0.0, None))
    if other is None or share < ALIKE:
        return None
    return {
        "percent": int(share * 100),
        "visit": other.pk,
        "client": other.client.name,
        "day": other.day.isoformat(),
    }
