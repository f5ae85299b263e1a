"""Put a request into another category: its deadline follows, and whoever holds the post for it gets it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.lib import periods
from people.models import User
from service.acts import UNTOUCHED
from service.models import EightD, Kind, Priority, ServiceRequest
from service.rules import rules_of
from service.services.register import give, minutes_for
from service.services.routing import find_handler


def reclassify(request: ServiceRequest, by: User, given: dict[str, Any]) -> dict[str, Any]:
    """Set category, kind and priority; what is left of the time changes by as much as the allowed time does.

    A case that was serious for its category stays so in a milder one, unless a supervisor moves it: nobody takes the
    report off the own shoulders. ValidationError for a category that there is not, and when nothing changes. Returns
    what the log says.
    """
    root, rules, now = request.organisation, rules_of(request.organisation), periods.now()
    category = given["category"]
    kind, priority = given.get("kind") or request.kind, given.get("priority") or request.priority
    if category not in rules.categories or kind not in Kind or priority not in Priority:
        raise ValidationError({"category": _("Choose what it is about.")})
    if (category, kind, priority) == (request.category, request.kind, request.priority):
        raise ValidationError({"category": _("It is classified like that already.")})
    given["post"] = rules.category(request.category).post
    allowed = minutes_for(rules, root, request.category, request.tier, request.priority)
    used = allowed - rules.work.between(now, request.due_at)
    was_serious = rules.is_serious(request.kind, request.category)
    request.category, request.kind, request.priority = category, kind, priority
    left = minutes_for(rules, root, category, request.tier, priority) - used
    request.due_at = rules.work.add(now, left) if left > 0 else rules.work.back(now, -left)
    lifted = was_serious and by.is_supervisor
    request.is_serious = rules.is_serious(kind, category) or (request.is_serious and not lifted)
    if request.is_serious:
        EightD.objects.get_or_create(request=request, defaults={"problem": request.text[:1000]})
    return {"title": request.title}


def route_anew(request: ServiceRequest, former_post: str) -> None:
    """Give a request that nobody has in hand yet to the post of its new category."""
    rules = rules_of(request.organisation)
    if request.state not in UNTOUCHED or rules.category(request.category).post == former_post:
        return
    owner = request.client.owner if request.client else request.registered_by
    handler = find_handler(rules, request.category, request.org, owner=owner)
    if handler and handler.pk != request.handler_id:
        give(request, handler, act="assign", by=None)
