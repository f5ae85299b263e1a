"""The days that a measurement is about, and the people it is about."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings

from clients import reach
from crm.lib import periods, sql
from crm.lib.periods import Period
from journals.rules import rules_from
from people.models import OrgUnit
from retention.rules import danger_kinds
from visits.limits import limits_of

GRACE_DAYS = 3  # what is done later than this after the period does not count for it any more


@dataclass(frozen=True)
class Span:
    """A period of an organisation up to its last day that counts; ``managers`` narrows it to some people."""

    organisation: OrgUnit
    period: Period
    as_of: dt.date
    managers: list[int] | None = None
    _journal_days: list[dt.date] = field(default_factory=list, repr=False)

    # Days of the row `owned` on which the manager was there: without those of a leave with a deputy.
    PRESENT_DAYS: ClassVar[str] = """
        (owned.last_day - owned.first_day + 1 - CASE
            WHEN owned.manager_id NOT IN (SELECT manager_id FROM away) THEN 0
            ELSE coalesce((
                SELECT sum(least(a.last_day, owned.last_day) - greatest(a.first_day, owned.first_day) + 1) FROM away a
                WHERE a.manager_id = owned.manager_id
                    AND a.first_day <= owned.last_day AND a.last_day >= owned.first_day
            ), 0)
        END)
    """

    # posted: days of each person in a manager's post. held: days of each client with such a person; owned: those up to
    # as_of. made: visits on site that count. seen: clients in care with the days there and the visits made.
    OWNED: ClassVar[str] = """
        SELECT client_id, manager_id, first_day, least(last_day, %(as_of)s) AS last_day
        FROM held WHERE first_day <= %(as_of)s
    """
    TABLES: ClassVar[dict[str, str]] = {
        "posted": """
            SELECT p.user_id AS manager_id, greatest(p.valid_from, %(start)s) AS first_day,
                   least(coalesce(p.valid_to, %(end)s), %(end)s) AS last_day
            FROM people_posting p JOIN people_orgunit u ON u.id = p.unit_id
            WHERE u.organisation_id = %(organisation)s AND p.role = ANY(%(roles)s) AND p.valid_from <= %(end)s
                AND (p.valid_to IS NULL OR p.valid_to >= %(start)s)
                AND (%(managers)s::bigint[] IS NULL OR p.user_id = ANY(%(managers)s::bigint[]))
        """,
        "people": "SELECT DISTINCT manager_id FROM posted",
        # Person by person (OFFSET 0 keeps it so), here and in the indicators: read by day, or as a whole, the rows of
        # all other organisations lie in between.
        "held": """
            SELECT o.client_id, people.manager_id, greatest(o.valid_from, %(start)s) AS first_day,
                   least(coalesce(o.valid_to, %(end)s), %(end)s) AS last_day
            FROM people CROSS JOIN LATERAL (
                SELECT client_id, valid_from, valid_to FROM clients_ownership
                WHERE owner_id = people.manager_id AND valid_from <= %(end)s
                    AND (valid_to IS NULL OR valid_to >= %(start)s)
                OFFSET 0
            ) o
        """,
        # Read once and joined as a whole: the planner would look each client's visits up one by one.
        # A visit whose doubt a supervisor has confirmed does not count.
        "made": """
            SELECT v.id, v.client_id, people.manager_id, v.day, v.minutes
            FROM people CROSS JOIN LATERAL (
                SELECT id, client_id, day, minutes FROM visits_visit
                WHERE manager_id = people.manager_id AND day BETWEEN %(start)s AND %(as_of)s AND mode = 'on_site'
                OFFSET 0
            ) v
            WHERE NOT EXISTS (SELECT FROM visits_traceflag f WHERE f.visit_id = v.id AND f.state = 'justified')
        """,
        "away": """
            SELECT l.person_id AS manager_id, l.valid_from AS first_day, l.valid_to AS last_day
            FROM clients_leavecover l JOIN people ON people.manager_id = l.person_id
            WHERE l.valid_from <= %(as_of)s AND l.valid_to >= %(start)s
        """,
        "seen": f"""
            SELECT owned.manager_id, owned.client_id, owned.first_day, {PRESENT_DAYS} AS days, c.is_representative,
                   count(m.id) AS visits, max(m.day) AS visited_on
            FROM ({OWNED}) owned
            JOIN clients_client c ON c.id = owned.client_id AND c.organisation_id = %(organisation)s
                AND c.is_active AND c.stage <> 'lost'
            LEFT JOIN made m ON m.client_id = owned.client_id AND m.manager_id = owned.manager_id
                AND m.day BETWEEN owned.first_day AND owned.last_day
            GROUP BY owned.manager_id, owned.client_id, owned.first_day, owned.last_day, c.is_representative
        """,
    }
    LAID_OUT: ClassVar[str] = f"WITH owned AS ({OWNED})"
    CTES: ClassVar[str] = (
        "WITH "
        + ", ".join(
            f"{name} AS {'MATERIALIZED ' if name in ('posted', 'made', 'away') else ''}({text})"
            for name, text in TABLES.items()
        )
        + f", owned AS ({OWNED})"
    )

    @classmethod
    def of(cls, organisation: OrgUnit, period: Period, as_of: dt.date | None = None) -> "Span":
        """The period as far as it has gone by: to its end, or to yesterday while it lasts."""
        last = min(period.end, as_of or max(period.start, periods.today() - dt.timedelta(days=1)))
        rules = rules_from(organisation.settings)
        moment = periods.now()
        # A journal whose deadline is still ahead is neither there nor missing.
        days = [
            day
            for day in rules.expected_days(period.start, last)
            if rules.due_at(Period(periods.DAY, day, day)) <= moment
        ]
        return cls(organisation, period, last, None, days)

    def lay_out(self, roles: Sequence[str], texts: str) -> None:
        """What ``CTES`` names and ``texts`` ask for, as tables of the transaction: for statements one after another.

        Without statistics: by the size alone the planner expects many matches, and joins them as a whole, as it should.
        """
        wanted: dict[str, str] = {}
        texts = texts.replace("owned", "owned held")
        for name, text in reversed(self.TABLES.items()):  # each stands on those before it
            if re.search(rf"\b{name}\b", texts):
                wanted[name] = text
                texts += text
        sql.execute(
            "".join(
                f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMP TABLE {name} ON COMMIT DROP AS {wanted[name]};"
                for name in reversed(wanted)
            ),
            {**self.params, "roles": list(roles)},
        )

    def only(self, *managers: int) -> "Span":
        """The same days for some people."""
        return replace(self, managers=list(managers))

    @property
    def days(self) -> dict[str, Any]:
        """Of the parameters, those that say of whom and when."""
        return {
            "organisation": self.organisation.pk,
            "period": str(self.period),
            "periods": [str(self.period), *(str(Period.month(month)) for month in self.period.months)],
            "start": self.period.start,
            "end": self.period.end,
            "as_of": self.as_of,
            "months": self.period.months,
            "zone": settings.TIME_ZONE,
        }

    @cached_property
    def params(self) -> dict[str, Any]:
        """The parameters of the SQL texts."""
        limits = limits_of(self.organisation)
        return {
            **self.days,
            "months_before": [periods.add_months(month, -12) for month in self.period.months],
            "cutoff": periods.start_of(self.period.end + dt.timedelta(days=1 + GRACE_DAYS)),
            "journal_days": self._journal_days,
            "managers": self.managers,
            "roles": ["am"],
            "danger_kinds": danger_kinds(),
            "default_days": limits.default_days,
            "representative_days": limits.representative_days,
            **reach.numbers(self.organisation.pk),
        }
