"""Is the data of a period complete? By team and source, with whose turn it is."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.lib import sql
from kpi.coverage import COVERED, params
from kpi.metrics import Span
from kpi.models import Run
from people.models import OrgUnit, User

OK, PARTLY, MISSING, NOT_NEEDED = "ok", "partly", "missing", "none"


@dataclass(frozen=True)
class Source:
    """A kind of data: what share of it is enough, and which role has to act when there is less."""

    code: str
    label: Any
    enough: float
    acts: str
    who: Any
    page: str = "home"  # where it is done


SOURCES = (
    Source("facts", _("Sales facts"), 0.3, "hr", _("HR: import the month's facts")),
    Source("visits", _("Visits"), 0.9, "supervisor", _("Account managers: upload what is missing")),
    Source("journals", _("Journals"), 0.8, "supervisor", _("Account managers: submit what is missing")),
    Source("reviews", _("Journal reviews"), 0.95, "supervisor", _("Supervisor: review what is waiting")),
    Source("flags", _("Flags reviewed"), 1.0, "supervisor", _("Supervisor: review open flags")),
    Source("soft", _("Supervisor's scores"), 1.0, "supervisor", _("Supervisor: give the missing scores"), "kpi:soft"),
    Source("imports", _("Imported values"), 1.0, "hr", _("HR: import the missing values"), "kpi:imports"),
)
BY_CODE = {source.code: source for source in SOURCES}


@dataclass(frozen=True)
class Cell:
    """How far a team is with a source: ``there`` of ``wanted``."""

    source: Source
    there: int
    wanted: int

    @property
    def state(self) -> str:
        """ok, partly, missing, or none where nothing is wanted."""
        if not self.wanted:
            return NOT_NEEDED
        if self.there >= self.wanted * self.source.enough:
            return OK
        return PARTLY if self.there else MISSING

    @property
    def is_ok(self) -> bool:
        """Whether nobody has to act."""
        return self.state in (OK, NOT_NEEDED)


@dataclass(frozen=True)
class Team:
    """The people under one supervisor's unit and their data."""

    unit_id: int
    name: str
    managers: int
    cells: list[Cell]

    @property
    def is_ok(self) -> bool:
        """Whether all data of the team is there."""
        return all(cell.is_ok for cell in self.cells)


# A manager's team is the nearest unit upwards that has a supervisor, else the whole organisation.
QUERY = f"""
    {Span.CTES}
    , member AS (
        SELECT DISTINCT ON (p.user_id) p.user_id AS manager_id, u.path
        FROM people_posting p JOIN people_orgunit u ON u.id = p.unit_id JOIN people ON people.manager_id = p.user_id
        JOIN people_user x ON x.id = p.user_id
        WHERE p.role = ANY(%(roles)s) AND p.valid_from <= %(end)s AND (p.valid_to IS NULL OR p.valid_to >= %(start)s)
            AND {COVERED}
        ORDER BY p.user_id, p.valid_from DESC
    ), desk AS (
        SELECT DISTINCT su.id, su.path FROM people_user s JOIN people_orgunit su ON su.id = s.unit_id
        WHERE s.role = 'supervisor' AND s.is_active AND su.organisation_id = %(organisation)s
    ), team AS (
        SELECT m.manager_id, coalesce((
            SELECT d.id FROM desk d WHERE starts_with(m.path, d.path) ORDER BY length(d.path) DESC LIMIT 1
        ), %(organisation)s) AS unit_id
        FROM member m
    ), facts AS (
        SELECT h.manager_id, count(*) AS wanted, count(f.client_id) AS there
        FROM held h JOIN clients_client c ON c.id = h.client_id AND c.is_active AND c.stage <> 'lost'
        LEFT JOIN clients_monthlyfact f ON f.client_id = h.client_id
            AND f.month = date_trunc('month', %(end)s::date) AND f.month = ANY(%(months)s::date[])
        WHERE h.last_day = %(end)s GROUP BY h.manager_id
    ), visited AS (
        SELECT DISTINCT manager_id FROM made
    ), days AS (
        SELECT posted.manager_id, count(*) AS wanted, count(j.id) AS there
        FROM posted JOIN unnest(%(journal_days)s::date[]) AS d (day)
            ON d.day BETWEEN posted.first_day AND posted.last_day
        LEFT JOIN journals_journal j ON j.author_id = posted.manager_id AND j.kind = 'day' AND j.day = d.day
            AND j.submitted_at IS NOT NULL
        GROUP BY posted.manager_id
    ), read AS (
        SELECT j.author_id AS manager_id, count(*) AS wanted, count(*) FILTER (WHERE j.state <> 'submitted') AS there
        FROM journals_journal j JOIN people ON people.manager_id = j.author_id
        WHERE j.day BETWEEN %(start)s AND %(as_of)s AND j.submitted_at IS NOT NULL GROUP BY j.author_id
    ), doubts AS (
        SELECT v.manager_id, count(*) AS wanted, count(*) FILTER (WHERE f.state <> 'open') AS there
        FROM visits_traceflag f JOIN visits_visit v ON v.id = f.visit_id JOIN people ON people.manager_id = v.manager_id
        WHERE v.day BETWEEN %(start)s AND %(as_of)s GROUP BY v.manager_id
    ), given AS (
        SELECT s.manager_id, count(*) AS there FROM kpi_softscore s
        WHERE s.organisation_id = %(organisation)s AND s.period = %(period)s AND s.metric = ANY(%(soft)s::text[])
        GROUP BY s.manager_id
    ), brought AS (
        SELECT v.manager_id, count(DISTINCT v.metric) AS there FROM kpi_importedvalue v
        WHERE v.organisation_id = %(organisation)s AND v.period = ANY(%(periods)s)
            AND v.metric = ANY(%(imports)s::text[])
        GROUP BY v.manager_id
    )
    SELECT t.unit_id, o.name, count(*) AS managers,
           coalesce(sum(facts.there), 0) AS facts_there, coalesce(sum(facts.wanted), 0) AS facts_wanted,
           count(visited.manager_id) AS visits_there, count(*) AS visits_wanted,
           coalesce(sum(days.there), 0) AS journals_there, coalesce(sum(days.wanted), 0) AS journals_wanted,
           coalesce(sum(read.there), 0) AS reviews_there, coalesce(sum(read.wanted), 0) AS reviews_wanted,
           coalesce(sum(doubts.there), 0) AS flags_there, coalesce(sum(doubts.wanted), 0) AS flags_wanted,
           coalesce(sum(given.there), 0) AS soft_there,
           count(*) * cardinality(%(soft)s::text[]) AS soft_wanted,
           coalesce(sum(brought.there), 0) AS imports_there,
           count(*) * cardinality(%(imports)s::text[]) AS imports_wanted
    FROM team t
    JOIN people_orgunit o ON o.id = t.unit_id
    LEFT JOIN facts USING (manager_id) LEFT JOIN visited USING (manager_id) LEFT JOIN days USING (manager_id)
    LEFT JOIN read USING (manager_id) LEFT JOIN doubts USING (manager_id) LEFT JOIN given USING (manager_id)
    LEFT JOIN brought USING (manager_id)
    GROUP BY t.unit_id, o.name, o.path ORDER BY o.path
"""


def teams(run: Run) -> list[Team]:
    """Every team of a run with its data, in one statement; those where something is missing first."""
    soft = [leaf.metric for leaf in run.rules.soft]
    span = Span.of(run.organisation, run.span)
    values = {
        **span.params,
        **params(run.scheme, run.span),
        "roles": [run.scheme.role],
        "soft": soft,
        "imports": run.rules.imported,
    }
    found = [
        Team(
            row["unit_id"],
            row["name"],
            row["managers"],
            [Cell(source, int(row[f"{source.code}_there"]), int(row[f"{source.code}_wanted"])) for source in SOURCES],
        )
        for row in sql.rows(QUERY, values)
    ]
    return sorted(found, key=lambda team: team.is_ok)


def who_lacks(run: Run) -> dict[tuple[Source, ...], list[User]]:
    """Everybody who has to act, by the sources that are incomplete in their hands."""
    lacking: dict[int | str, set[Source]] = {}
    for team in teams(run):
        for cell in team.cells:
            if not cell.is_ok:
                desk = team.unit_id if cell.source.acts == "supervisor" else "hr"
                lacking.setdefault(desk, set()).add(cell.source)
    people = User.objects.active().filter(unit__organisation=run.organisation_id)
    desks: dict[int | str, list[User]] = {"hr": list(people.filter(role="hr"))}
    for person in people.filter(role="supervisor", unit__in=[desk for desk in lacking if desk != "hr"]):
        desks.setdefault(person.unit_id, []).append(person)
    sources: dict[User, set[Source]] = {}
    for desk, missing in lacking.items():
        for person in desks.get(desk, desks["hr"]):
            sources.setdefault(person, set()).update(missing)
    found: dict[tuple[Source, ...], list[User]] = {}
    for person, missing in sources.items():
        found.setdefault(tuple(source for source in SOURCES if source in missing), []).append(person)
    return found


def who_acts(organisation: OrgUnit, unit: OrgUnit, source: Source) -> list[User]:
    """The people to remind: the team's supervisors, or those who import."""
    people = User.objects.active().filter(role=source.acts)
    if source.acts == "supervisor":
        found = list(people.filter(unit=unit))
        if found:
            return found
    return list(User.objects.active().filter(role="hr", unit__organisation=organisation))
