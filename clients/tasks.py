"""Job kinds of this package."""

from django.utils.translation import gettext_lazy as _

from clients.duplicates import scan
from clients.imports import engine
from clients.services import handover
from clients.tiering import late, run, trial
from clients.value import run as value_run
from crm.lib import jobs


@jobs.kind("import_clients", _("Import of clients"))
def import_clients(work: jobs.Work) -> jobs.Outcome:
    """Take an uploaded client file in."""
    return engine.take_in(work)


@jobs.kind("import_facts", _("Import of monthly facts"))
def import_facts(work: jobs.Work) -> jobs.Outcome:
    """Take an uploaded file of monthly facts in."""
    return engine.take_in(work)


@jobs.kind("import_products", _("Import of products"))
def import_products(work: jobs.Work) -> jobs.Outcome:
    """Take an uploaded catalogue in."""
    return engine.take_in(work)


@jobs.kind("import_holdings", _("Import of holdings"))
def import_holdings(work: jobs.Work) -> jobs.Outcome:
    """Take an uploaded file of holdings in."""
    return engine.take_in(work)


@jobs.kind("import_loans", _("Import of loans"))
def import_loans(work: jobs.Work) -> jobs.Outcome:
    """Take an uploaded ledger of loans in."""
    return engine.take_in(work)


@jobs.kind("import_contracts", _("Import of contracts"))
def import_contracts(work: jobs.Work) -> jobs.Outcome:
    """Take an uploaded file of contracts in."""
    return engine.take_in(work)


@jobs.kind("tier_clients", _("Client tiers"), "month", due=run.due)
def tier_clients(work: jobs.Work) -> jobs.Outcome:
    """Put an organisation's clients into tiers for a month."""
    return run.tier(work)


@jobs.kind("retier_clients", _("Client tiers after late facts"))
def retier_clients(work: jobs.Work) -> jobs.Outcome:
    """Compute anew the tiers that depend on facts that came late or were put right."""
    return late.retier(work)


@jobs.kind("trial_tiers", _("Dry run of a tier scheme"), "month")
def trial_tiers(work: jobs.Work) -> jobs.Outcome:
    """Show what a tier scheme would do, and change nothing."""
    return trial.run(work)


@jobs.kind("find_duplicates", _("Search for duplicates"), "week", due=scan.due)
def find_duplicates(work: jobs.Work) -> jobs.Outcome:
    """Look for clients that are in the file twice."""
    return scan.scan(work)


@jobs.kind("hand_over", _("Handovers of the day"), "day", due=handover.due)
def hand_over(work: jobs.Work) -> jobs.Outcome:
    """Let clients change hands whose day has come."""
    return handover.run(work)


@jobs.kind("value_clients", _("Client value and life cycle"), "month", due=value_run.due)
def value_clients(work: jobs.Work) -> jobs.Outcome:
    """Work out what an organisation's clients are worth, and where they stand."""
    return value_run.value(work)
