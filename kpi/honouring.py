"""Honours: proposed by rule from a published run, given by HR.

They belong to the period and the comparison group: what one version of a run has brought is not given by a later one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import sql
from kpi.careers import learning
from kpi.models import Honour, Run
from kpi.querysets import RunQuerySet
from people.models import User
from people.services import notify

LEAST_RANKED = 3  # a podium needs as many people
MODEL_PERIODS = 3


@dataclass(frozen=True)
class Proposal:
    """Somebody whom the rules would honour; ``given`` when it is done, in whichever version of the run.

    ``taken_by``, ``taken_as``: whose title of another version stands against it: the same one, or another place.
    """

    manager_id: int
    name: str
    unit: str
    group_id: int
    kind: str
    score: Any
    given: bool
    taken_by: str | None
    taken_as: str | None

    @property
    def is_open(self) -> bool:
        """Whether it can still be given."""
        return not self.given and not self.taken_by

    @property
    def taken(self) -> str:
        """Who has been given what in another version, in words."""
        return f"{self.taken_by} · {Honour.Kind(self.taken_as).label}" if self.taken_as else ""

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.kind}:{self.manager_id}"

    @property
    def label(self) -> str:
        """The title in words."""
        return str(Honour.Kind(self.kind).label)


# Places one to three of each group with at least a good grade; a model was excellent in this period and the two before.
PROPOSALS = """
    WITH latest AS (
        SELECT DISTINCT ON (r.period) r.id, r.period FROM kpi_run r JOIN kpi_scheme s ON s.id = r.scheme_id
        WHERE r.organisation_id = %(organisation)s AND s.name = %(scheme)s AND r.period = ANY(%(before)s)
            AND r.state IN ('published', 'locked')
        ORDER BY r.period, r.version DESC
    ), named AS (
        SELECT c.manager_id, c.org_id, c.group_id, c.score,
               CASE c.rank WHEN 1 THEN 'champion' WHEN 2 THEN 'second' ELSE 'third' END AS kind, c.rank
        FROM kpi_scorecard c
        WHERE c.run_id = %(run)s AND c.rank <= 3 AND c.ranked >= %(least)s AND c.grade IN ('excellent', 'good')
        UNION ALL
        SELECT c.manager_id, c.org_id, c.group_id, c.score, 'model', 9
        FROM kpi_scorecard c
        WHERE c.run_id = %(run)s AND c.grade = 'excellent' AND %(wanted)s = (
            SELECT count(*) FROM kpi_scorecard p JOIN latest ON latest.id = p.run_id
            WHERE p.manager_id = c.manager_id AND p.grade = 'excellent'
        )
    ), given AS (
        SELECT h.run_id, h.manager_id, h.group_id, h.kind, u.name
        FROM kpi_honour h JOIN kpi_run r ON r.id = h.run_id JOIN kpi_scheme s ON s.id = r.scheme_id
        JOIN people_user u ON u.id = h.manager_id
        WHERE r.organisation_id = %(organisation)s AND s.name = %(scheme)s AND r.period = %(period)s
    )
    SELECT n.manager_id, u.name, o.name AS unit, n.group_id, n.kind, n.score,
           EXISTS (SELECT FROM given h WHERE h.manager_id = n.manager_id AND h.kind = n.kind) AS given,
           taken.name AS taken_by, taken.kind AS taken_as
    FROM named n JOIN people_user u ON u.id = n.manager_id JOIN people_orgunit o ON o.id = n.org_id
    JOIN people_orgunit g ON g.id = n.group_id
    LEFT JOIN LATERAL (
        -- Of the places each is given once, and each person has one; models are as many as there are.
        SELECT h.name, h.kind FROM given h
        WHERE h.run_id <> %(run)s AND n.kind <> 'model' AND h.kind <> 'model' AND (
            h.kind = n.kind AND h.group_id = n.group_id AND h.manager_id <> n.manager_id
            OR h.kind <> n.kind AND h.manager_id = n.manager_id
        )
        ORDER BY h.kind = n.kind DESC, h.name LIMIT 1
    ) taken ON true
    ORDER BY g.path, n.rank, u.username
"""


def proposals(run: Run) -> list[Proposal]:
    """Whom the rules would honour for a run."""
    period, before = run.span, []
    for _step in range(MODEL_PERIODS - 1):
        period = period.previous
        before.append(str(period))
    params = {
        "run": run.pk,
        "organisation": run.organisation_id,
        "scheme": run.scheme.name,
        "period": run.period,
        "before": before,
        "wanted": len(before),
        "least": LEAST_RANKED,
    }
    return [Proposal(**row) for row in sql.rows(PROPOSALS, params)]


def versions(run: Run) -> RunQuerySet:
    """All versions of a run."""
    return Run.objects.filter(organisation=run.organisation_id, scheme__name=run.scheme.name, period=run.period)


def given_before(run: Run) -> QuerySet[Honour]:
    """What other versions of a run have brought."""
    return Honour.objects.filter(run__in=versions(run).exclude(pk=run.pk)).select_related("run", "manager")


def is_latest(run: Run) -> bool:
    """Whether no later version is out: honours follow the scores that hold."""
    return not versions(run).published().filter(version__gt=run.version).exists()


@transaction.atomic
def give(run: Run, chosen: Iterable[str], user: User) -> int:
    """Give the proposed honours whose keys are chosen; each person is told. The number of new ones."""
    run = Run.objects.select_related("scheme").get(pk=run.pk)
    held = {one.pk: one for one in versions(run).order_by("pk").select_for_update(of=("self",))}
    if not held[run.pk].is_published:
        raise ValidationError(_("Honours follow a published run."))
    if not is_latest(run):
        raise ValidationError(_("There is a later version already."))
    keys = set(chosen)
    new = [one for one in proposals(run) if one.key in keys and one.is_open]
    given = Honour.objects.bulk_create(
        [Honour(run=run, manager_id=one.manager_id, group_id=one.group_id, kind=one.kind, given_by=user) for one in new]
    )
    learning.prize_for(given, user)
    for kind in Honour.Kind:
        people = [one.manager_id for one in new if one.kind == kind]
        notify(
            User.objects.filter(pk__in=people),
            _("Congratulations: %(honour)s of %(period)s.") % {"honour": kind.label, "period": run.period},
            url=reverse("kpi:mine"),
            key=f"honour:{run.pk}:{kind}",
        )
    return len(new)
