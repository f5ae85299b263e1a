"""What clients themselves put into their timeline: tier moves and changes of owner."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from clients.models import Client


def moves(client: Client, user: Any, limit: int) -> Iterator[dict[str, Any]]:
    """Months in which the tier differs from the month before."""
    found = list(client.tier_results.order_by("-month").values_list("month", "tier")[: limit * 3])
    for (month, tier), (_earlier, before) in pairwise(found):
        if tier != before:
            yield {
                "when": month,
                "icon": "stairs",
                "title": _("Tier %(before)s → %(after)s") % {"before": before, "after": tier},
                "text": "",
                "url": "",
                "tone": "",
            }


def stages(client: Client, user: Any, limit: int) -> Iterator[dict[str, Any]]:
    """Steps of the life cycle, by the rules or by somebody."""
    for change in client.stage_changes.select_related("made_by")[:limit]:
        yield {
            "when": change.day,
            "icon": "recycle",
            "title": _("Stage %(before)s → %(after)s")
            % {"before": change.get_before_display(), "after": change.get_after_display()},
            "text": f"{change.made_by.name}：{change.reason}" if change.made_by else "",
            "url": "",
            "tone": "",
        }


def owners(client: Client, user: Any, limit: int) -> Iterator[dict[str, Any]]:
    """Who took the client over, and when."""
    for span in client.ownerships.select_related("owner").order_by("-valid_from")[:limit]:
        yield {
            "when": span.valid_from,
            "icon": "user-check",
            "title": _("Account manager: %(name)s") % {"name": span.owner.name},
            "text": span.reason,
            "url": "",
            "tone": "",
        }
