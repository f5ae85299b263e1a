"""How far an organisation is with setting up. Every state is read from the rows themselves; only a skip is kept."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.facts import latest_month
from crm.lib import periods
from crm.lib.sql import rows
from people.models import OrgUnit, Role

SKIPPED, CLOSED = "setup_skipped", "setup_closed"
MOST = 100_000  # clients counted; more than that is "many"


@dataclass(frozen=True)
class Step:
    """One step: what there is, whether that is enough, and where one goes on."""

    name: str
    title: str
    text: str  # what it is for
    state: str  # what there is, in words
    done: bool
    skipped: bool
    url: str = ""
    label: str = ""

    @property
    def open(self) -> bool:
        """Whether it still waits."""
        return not (self.done or self.skipped)


COUNTS = """
    SELECT (SELECT count(*) FROM people_orgunit WHERE organisation_id = %(org)s AND parent_id IS NOT NULL) AS units,
           (SELECT count(*) FROM people_orgunit WHERE organisation_id = %(org)s AND level = 'grid') AS grids,
           (SELECT count(*) FROM people_user u JOIN people_orgunit o ON o.id = u.unit_id
             WHERE o.organisation_id = %(org)s AND u.is_active AND u.role = 'am') AS managers,
           (SELECT count(*) FROM people_user u JOIN people_orgunit o ON o.id = u.unit_id
             WHERE o.organisation_id = %(org)s AND u.is_active AND u.role = 'supervisor') AS supervisors,
           (SELECT count(*) FROM people_user u JOIN people_orgunit o ON o.id = u.unit_id
             WHERE o.organisation_id = %(org)s AND u.is_active AND u.role = 'hr') AS officers,
           (SELECT count(*) FROM (SELECT FROM clients_client WHERE organisation_id = %(org)s LIMIT %(most)s) c) AS clients,
           (SELECT max(month) FROM clients_monthlyfact WHERE organisation_id = %(org)s) AS last_fact,
           (SELECT min(month) FROM clients_monthlyfact WHERE organisation_id = %(org)s) AS first_fact,
           (SELECT name FROM clients_tierscheme WHERE organisation_id = %(org)s AND published_at IS NOT NULL
             ORDER BY version DESC LIMIT 1) AS tier_scheme,
           (SELECT string_agg(tier || ' ' || visit_days, ' · ' ORDER BY position)
              FROM clients_servicestandard WHERE organisation_id = %(org)s) AS standards,
           (SELECT name FROM kpi_scheme WHERE organisation_id = %(org)s AND published_at IS NOT NULL
             ORDER BY effective_from DESC, version DESC LIMIT 1) AS scheme,
           (SELECT max(month) FROM clients_tierresult WHERE organisation_id = %(org)s) AS tiered
"""  # noqa: E501


def counts(organisation: OrgUnit) -> dict[str, Any]:
    """What is there, in one statement."""
    return dict(rows(COUNTS, {"org": organisation.pk, "most": MOST})[0])


def steps(organisation: OrgUnit) -> list[Step]:
    """All steps in their order."""
    there = counts(organisation)
    skipped = set(organisation.settings.get(SKIPPED, ()))
    found = [
        _organisation(organisation),
        _units(there),
        _people(there),
        _clients(there),
        _facts(there),
        _schemes(there),
        _tiers(there),
    ]
    return [
        Step(name, title, text, state, done, name in skipped and not done, url, label)
        for name, title, text, state, done, url, label in found
    ]


Draft = tuple[str, str, str, str, bool, str, str]


def _organisation(organisation: OrgUnit) -> Draft:
    state = f"{organisation.name} · {organisation.get_profile_display()}"
    text = _("Name and industry. The industry brought its words, tiers, checklists, products and schemes along.")
    return "organisation", _("Organisation"), text, state, True, reverse("people:units"), _("Change the name")


def _units(there: dict[str, Any]) -> Draft:
    state = ngettext("%(n)d unit", "%(n)d units", there["units"]) % {"n": there["units"]}
    text = _("Departments or branches, and under them the grids that account managers look after.")
    return "units", _("Units"), text, state, there["units"] > 0, reverse("people:units"), _("See the tree")


def _people(there: dict[str, Any]) -> Draft:
    state = " · ".join(
        f"{label} {there[key]}"
        for key, label in (
            ("managers", Role.AM.label),
            ("supervisors", Role.SUPERVISOR.label),
            ("officers", Role.HR.label),
        )
    )
    text = _("At least one account manager and one supervisor. Each gets a password for the first login.")
    done = there["managers"] > 0 and there["supervisors"] > 0
    return "people", _("Staff"), text, state, done, reverse("people:staff"), _("See the staff")


def _clients(there: dict[str, Any]) -> Draft:
    state = ngettext("%(n)d client", "%(n)d clients", there["clients"]) % {"n": there["clients"]}
    text = _("From CSV or XLSX; you see what would happen before anything does. Or type in a first one.")
    url = reverse("clients:uploads") + "?target=clients"
    return "clients", _("Clients"), text, state, there["clients"] > 0, url, _("Import clients")


def _facts(there: dict[str, Any]) -> Draft:
    state = _("nothing yet")
    if there["last_fact"]:
        state = f"{there['first_fact']:%Y-%m} – {there['last_fact']:%Y-%m}"
    text = _("Sales or balances per client and month. Tiers, alerts and scores are computed from them.")
    url = reverse("clients:uploads") + "?target=facts"
    return "facts", _("Business facts"), text, state, bool(there["last_fact"]), url, _("Import facts")


def _schemes(there: dict[str, Any]) -> Draft:
    parts = [there["tier_scheme"], there["scheme"]]
    if there["standards"]:
        parts.insert(1, _("days between visits: %(days)s") % {"days": there["standards"]})
    state = " · ".join(filter(None, parts)) or _("nothing yet")
    text = _("How clients are put into tiers, how often each is visited, how people are judged. Defaults are in force.")
    done = bool(there["tier_scheme"] and there["scheme"])
    return "schemes", _("Schemes"), text, state, done, reverse("clients:schemes"), _("Look at the rules")


def _tiers(there: dict[str, Any]) -> Draft:
    state = f"{there['tiered']:%Y-%m}" if there["tiered"] else _("not computed yet")
    text = _("From then on they are computed by themselves on the first of each month.")
    return "tiers", _("First tiers"), text, state, bool(there["tiered"]), reverse("clients:tiers"), _("See the tiers")


def month_to_tier(organisation: OrgUnit) -> str:
    """The month that first tiers are for: of the latest facts, else the last whole one."""
    today = periods.today()
    month = latest_month(organisation.pk, today) or periods.last_whole_month(today)
    return str(periods.Period.month(month))


@transaction.atomic
def keep(organisation: OrgUnit, key: str, value: Any) -> None:
    """Remember a decision about the setup."""
    row = OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    row.settings = {**row.settings, key: value}
    row.save(update_fields=["settings"])


def skip(organisation: OrgUnit, name: str, skipped: bool) -> None:
    """Leave a step out, or take it up again."""
    names = set(organisation.settings.get(SKIPPED, ()))
    keep(organisation, SKIPPED, sorted(names | {name} if skipped else names - {name}))
