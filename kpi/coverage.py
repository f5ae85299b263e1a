"""Which scheme holds for whom: of those in force, the nearest unit wins, and in one unit that of the own post."""

import json
from typing import Any

from crm.lib.periods import Period
from kpi.models import Scheme
from people.models import OrgUnit, User

# Whether the person `x` with the unit `u` falls under a scheme. Parameters: those of ``params``.
COVERED = """
    starts_with(u.path, %(scheme_path)s) AND (%(scheme_post)s = '' OR x.post_title = %(scheme_post)s)
    AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(%(rivals)s::jsonb) AS rival (path text, post text)
        WHERE starts_with(u.path, rival.path) AND (rival.post = '' OR rival.post = x.post_title)
    )
"""


def schemes_for(organisation_id: int, period: Period, role: str = "") -> list[Scheme]:
    """The published schemes of an organisation for a period, one version of each name; of all roles, or of one.

    The version in force at the period's end; where none was in force yet, the first one.
    """
    found: dict[str, Scheme] = {}
    published = Scheme.objects.filter(organisation=organisation_id, period_kind=period.kind, published_at__isnull=False)
    for scheme in published.select_related("unit").order_by("name", "version"):
        if scheme.name not in found or scheme.effective_from <= period.end:
            found[scheme.name] = scheme
    return [scheme for scheme in found.values() if not role or scheme.role == role]


def _root_path(scheme: Scheme) -> str:
    return OrgUnit.objects.only("path").get(pk=scheme.organisation_id).path


def _rank(scheme: Scheme, root: str) -> tuple[int, bool]:
    """How near a scheme is: by the depth of its unit, then by naming a post."""
    return len(scheme.unit.path if scheme.unit else root), bool(scheme.post)


def rivals(scheme: Scheme, period: Period) -> list[Scheme]:
    """The schemes for the same role that go before this one where they hold."""
    root = _root_path(scheme)
    own = _rank(scheme, root)
    others = schemes_for(scheme.organisation_id, period, scheme.role)
    return [other for other in others if other.name != scheme.name and _rank(other, root) > own]


def params(scheme: Scheme, period: Period) -> dict[str, Any]:
    """What COVERED asks for."""
    root = _root_path(scheme)
    nearer = [{"path": other.unit.path if other.unit else root, "post": other.post} for other in rivals(scheme, period)]
    return {
        "scheme_path": scheme.unit.path if scheme.unit else root,
        "scheme_post": scheme.post,
        "scheme_role": scheme.role,
        "rivals": json.dumps(nearer),
    }


def schemes_of(person: User, schemes: list[Scheme], root: str) -> list[Scheme]:
    """Those of some schemes that hold for a person; ``period_role`` is what somebody was who is something else now."""
    fitting = [
        scheme
        for scheme in schemes
        if person.unit.path.startswith(scheme.unit.path if scheme.unit else root)
        and scheme.post in ("", person.post_title)
        and scheme.role == getattr(person, "period_role", person.role)
    ]
    nearest = max((_rank(scheme, root) for scheme in fitting), default=None)
    return [scheme for scheme in fitting if _rank(scheme, root) == nearest]
