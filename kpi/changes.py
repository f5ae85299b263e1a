"""What people gave and have changed since a run was computed: points, soft scores, imported values, marks, months.

Each card keeps a fingerprint of what it stands on. Given values are measured before all that is made from them, and the
fingerprint is taken from those measured values: what changes while a run is being computed shows as changed, never as
counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import sql
from crm.lib.periods import Period
from kpi import metrics
from kpi.metrics import Span
from kpi.models import Run
from kpi.schemes import Rules

NAMES_SHOWN = 8

# One text a person over rows `metric, value, numerator, denominator`.
FINGERPRINT = """
    md5(string_agg(concat_ws('=', metric, value, numerator, denominator), ',' ORDER BY metric COLLATE "C"))
"""

# Points that people gave, as cards list them.
POINTS = """
    SELECT manager_id, points, jsonb_build_object('points', points, 'reason', reason, 'rule', rule) AS entry
    FROM kpi_adjustment
    WHERE organisation_id = %(organisation)s AND period = %(period)s AND withdrawn_at IS NULL
"""

SINCE = f"""
    WITH people AS (
        SELECT manager_id, given, bonus FROM kpi_scorecard WHERE run_id = %(run)s
    ), now AS (
        SELECT manager_id, {FINGERPRINT} AS given FROM ({{values}}) v GROUP BY manager_id
    ), points AS (
        SELECT manager_id, jsonb_agg(entry ORDER BY entry::text) AS bonus FROM ({POINTS}) p GROUP BY manager_id
    ), compared AS (
        SELECT people.manager_id, people.given <> coalesce(now.given, '') AS measured,
               points.bonus IS DISTINCT FROM (
                   SELECT jsonb_agg(entry ORDER BY entry::text) FROM jsonb_array_elements(people.bonus) AS entry
                   WHERE entry -> 'reason' IS NOT NULL
               ) AS points
        FROM people LEFT JOIN now USING (manager_id) LEFT JOIN points USING (manager_id)
    )
    SELECT u.name, c.measured, c.points, count(*) OVER () AS people
    FROM compared c JOIN people_user u ON u.id = c.manager_id WHERE c.measured OR c.points
    ORDER BY u.username LIMIT %(shown)s
"""
NOTHING = "SELECT NULL::bigint AS manager_id, '' AS metric, 0 AS value, 0 AS numerator, 0 AS denominator WHERE false"


@dataclass(frozen=True)
class Changes:
    """Whom changes concern: their number, and some of them in words with what has changed."""

    people: int
    names: str

    def __bool__(self) -> bool:
        return self.people > 0

    @property
    def text(self) -> str:
        """What has happened, in words."""
        return ngettext(
            "Since this run was computed, what it counts for %(n)d person has changed: %(names)s.",
            "Since this run was computed, what it counts for %(n)d people has changed: %(names)s.",
            self.people,
        ) % {"n": self.people, "names": self.names}


def let_change(organisation_id: int) -> None:
    """Begin to change what people give, or what stands on scores: no run is checked or published until this ends."""
    sql.execute("SELECT pg_advisory_xact_lock_shared(hashtext('zf_given'), %s)", [organisation_id % 2**31])


def hold_still(organisation_id: int) -> None:
    """Wait for those who change what people give, and keep others from it until this transaction ends."""
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('zf_given'), %s)", [organisation_id % 2**31])


def given_codes(run: Run, rules: Rules) -> list[str]:
    """The indicators of a run whose values people give, of those that measure its people."""
    return [code for code in rules.given if run.scheme.role in metrics.get(code).roles]


def since(run: Run) -> Changes:
    """What has changed since an unpublished run was computed; nothing where it has not been."""
    if run.as_of is None or run.is_published:
        return Changes(0, "")
    parts, params = [], Span(run.organisation, Period.parse(run.period), run.as_of).days
    for place, code in enumerate(given_codes(run, run.rules)):
        sums = metrics.get(code).sums_sql.replace("%(metric)s", f"%(metric_{place})s")
        parts.append(f"SELECT %(metric_{place})s::text AS metric, s.* FROM ({sums}) s")
        params[f"metric_{place}"] = code
    found = sql.rows(
        SINCE.format(values=" UNION ALL ".join(parts) or NOTHING), {**params, "run": run.pk, "shown": NAMES_SHOWN}
    )
    return Changes(found[0]["people"], _names(found)) if found else Changes(0, "")


def _names(found: list[dict[str, Any]]) -> str:
    texts = []
    for row in found:
        what = [_("points given")] * row["points"] + [_("scores or imported values")] * row["measured"]
        texts.append(_("%(name)s (%(what)s)") % {"name": row["name"], "what": "、".join(what)})
    return listed(texts, found[0]["people"])


def listed(names: Sequence[str], people: int) -> str:
    """The names that are shown of so many people, and how many more there are."""
    text, more = "、".join(names), people - len(names)
    return _("%(names)s and %(n)d more") % {"names": text, "n": more} if more else text


def refuse(run: Run, then: str) -> None:
    """ValidationError that names whom changes concern and says what to do then, if there are any."""
    if changes := since(run):
        raise ValidationError([changes.text, then])
