"""The nightly job that raises alerts, and the monthly one that foresees trade."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from clients.facts import latest_month
from crm.lib import jobs, periods, sql
from people.models import OrgUnit
from people.schedules import monthly, nightly
from retention import forecasting, trade
from retention.config import configs
from retention.escalation import escalate
from retention.raising import apply_rules
from retention.rules import Scene, rules
from retention.services import tell_owners

TRADE, ESCALATE = "trade", "escalate"  # steps beside those of the kinds
TOGETHER = 500_000  # clients at most for whom all kinds are one step


def due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """Every night from 03:30, about the day before."""
    return nightly(now, hour=3, minute=30)


@jobs.kind("raise_alerts", _("Retention alerts"), periods.DAY, due=due)
def raise_alerts(work: jobs.Work) -> jobs.Outcome:
    """Apply every rule to one organisation as of a day; the hash is over all of its alerts of these kinds."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    day = work.period.end
    scene, known = trade.scene_of(organisation, day), configs(organisation)
    for item in work.pending([TRADE, *bundles(scene), ESCALATE]):
        with work.step(str(rules[item].label if item in rules else _("Retention alerts"))):
            if item == TRADE:
                trade.refresh(scene)
            elif item == ESCALATE:
                escalate(organisation, known, day)
            else:  # without a kind that is gone since the job was asked for
                found = apply_rules([known[kind] for kind in item.split() if kind in known], scene)
                work.count(
                    created={kind: created for kind, (created, _closed) in found.items()},
                    closed={kind: closed for kind, (_created, closed) in found.items()},
                )
    created = sum(work.counts("created").values())
    if created:
        # What reads them next should not wait for autovacuum to learn how many there are.
        sql.analyze("retention_alert", grown=created)
        tell_owners(organisation, day)
    written = """
        SELECT c.code, a.kind, a.cause, a.figures, a.value_at_risk, a.raised_on, a.state
        FROM retention_alert a JOIN clients_client c ON c.id = a.client_id
        WHERE a.organisation_id = %s AND a.raised_on <= %s
    """
    return jobs.Outcome(
        {"created": work.counts("created"), "closed": work.counts("closed")},
        sql.rows_hash(written, [organisation.pk, day]),
    )


def bundles(scene: Scene) -> list[str]:
    """The kinds of each step: all at once, or one by one where there are so many clients that each takes its time."""
    clients = scene.numbers["last_client"] - scene.numbers["first_client"]
    return [" ".join(sorted(rules))] if clients < TOGETHER else sorted(rules)


def forecast_due(now: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """From 04:00 on the third, when the facts of the month before are usually in."""
    return monthly(now, day=3, hour=4)


@jobs.kind("foresee_trade", _("Expected trade"), periods.MONTH, due=forecast_due)
def foresee_trade(work: jobs.Work) -> jobs.Outcome:
    """Fit the model on an organisation's facts up to a month, and write what every client is expected to trade."""
    organisation = OrgUnit.objects.get(pk=work.job.organisation_id)
    # Before a month's file is in, nobody has been silent for a month more.
    month = latest_month(organisation.pk, work.period.start) or work.period.start
    for item in work.pending(["fit", "write"]):
        with work.step(str(_("Fitting the model") if item == "fit" else _("Expected trade"))):
            if item == "fit":
                forecasting.fit_month(organisation, month)
            else:
                work.count(clients={"written": forecasting.write(organisation, month)})
    found = forecasting.fit_of(organisation, month)
    rows = """
        SELECT c.code, f.month, f.p_active, f.expected_months, f.expected_amount
        FROM retention_forecast f JOIN clients_client c ON c.id = f.client_id WHERE f.organisation_id = %s
    """
    result = {"method": found.method, "why": found.why, "clients": found.clients, **work.counts("clients")}
    return jobs.Outcome(result, sql.rows_hash(rows, [organisation.pk]))
