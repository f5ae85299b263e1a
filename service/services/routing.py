"""Who gets a request or slip: the right post, the nearest unit, the fewest open cases."""

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from people.models import OrgUnit, Role, User
from people.services import supervisors_of
from service.models import InformationSlip, ServiceRequest
from service.querysets import OPEN
from service.rules import Rules


def staff_for(organisation_id: int) -> list[User]:
    """Back-office people of an organisation with ``load``, the requests and slips that they have open."""
    requests = (
        ServiceRequest.objects.filter(handler=OuterRef("pk"), state__in=OPEN)
        .order_by()
        .values("handler")
        .annotate(n=Count("pk"))
        .values("n")
    )
    slips = (
        InformationSlip.objects.filter(receiver=OuterRef("pk"), fed_back_at=None)
        .order_by()
        .values("receiver")
        .annotate(n=Count("pk"))
        .values("n")
    )
    found = User.objects.active().filter(role=Role.BACK_OFFICE, unit__organisation=organisation_id)
    return list(
        found.select_related("unit")
        .annotate(load=Coalesce(Subquery(requests), 0) + Coalesce(Subquery(slips), 0))
        .order_by("pk")
    )


def find_handler(rules: Rules, category: str, org: OrgUnit, *, owner: User | None = None, but: int = 0) -> User | None:
    """The person for a category at a unit: of the category's post if anybody holds it, else any back office.

    Among several the one whose unit is closest in the tree, then the one with the fewest open cases. Without a back
    office the owner's nearest supervisor; None where there is nobody at all. ``but``: never this person.
    """
    staff = [person for person in staff_for(org.organisation_id) if person.pk != but]
    words = rules.posts.get(rules.category(category).post, ())
    of_post = [person for person in staff if any(word in person.post_title for word in words)]
    candidates = of_post or staff
    if candidates:
        return min(candidates, key=lambda person: (-_shared(person.unit.path, org.path), person.load, person.pk))  # type: ignore[attr-defined]
    above = supervisors_of(owner) if owner else []
    return next((person for person in above if person.pk != but), None)


def _shared(one: str, other: str) -> int:
    """How many levels of the tree two paths have in common."""
    steps = zip(range(6, len(one) + 1, 6), range(6, len(other) + 1, 6), strict=False)
    return sum(one[:end] == other[:end] for end, _same in steps)


def may_handle(organisation_id: int, *, but: int | None = None) -> list[tuple[str, list[tuple[int, str]]]]:
    """People whom a request or slip can be given to, grouped by unit, for a choice field."""
    people = (
        User.objects.active()
        .filter(Q(role=Role.BACK_OFFICE) | Q(role=Role.SUPERVISOR), unit__organisation=organisation_id)
        .select_related("unit")
        .exclude(pk=but)
        .order_by("unit__path", "role", "pk")
    )
    groups: dict[str, list[tuple[int, str]]] = {}
    for person in people:
        title = person.post_title or person.get_role_display()
        groups.setdefault(person.unit.name, []).append((person.pk, f"{person.name} · {title}"))
    return list(groups.items())
