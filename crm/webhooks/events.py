"""What can be told of, and the triggers that write it down together with the change itself."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Event:
    """Something that happens to rows of a table: ``when`` compares ``now`` (and ``was``, for a change) in SQL.

    ``organisation`` is where a row belongs; ``joins`` leads there where the table does not say it.
    """

    code: str
    label: Any
    table: str
    on: str
    when: str
    organisation: str = "now.organisation_id"
    joins: str = ""


EVENTS = (
    Event("client.created", _("A client is added"), "clients_client", "INSERT", "true"),
    Event("visit.saved", _("A visit or call is logged"), "visits_visit", "INSERT", "true"),
    Event(
        "journal.submitted", _("A journal is submitted"), "journals_journal", "UPDATE",
        "now.submitted_at IS NOT NULL AND was.submitted_at IS DISTINCT FROM now.submitted_at",
        "u.organisation_id", "JOIN public.people_orgunit u ON u.id = now.org_id",
    ),
    Event("request.registered", _("A request or complaint comes in"), "service_servicerequest", "INSERT", "true"),
    Event(
        "request.resolved", _("A request or complaint is settled"), "service_servicerequest", "UPDATE",
        "now.resolved_at IS NOT NULL AND was.resolved_at IS NULL",
    ),
    Event("alert.raised", _("An alert is raised"), "retention_alert", "INSERT", "true"),
    Event(
        "alert.closed", _("An alert is closed"), "retention_alert", "UPDATE",
        "now.closed_at IS NOT NULL AND was.closed_at IS NULL",
    ),
    Event(
        "scores.published", _("Scores are published"), "kpi_run", "UPDATE",
        "now.state = 'published' AND was.state <> 'published'",
    ),
)  # fmt: skip
PING = "ping"
LABELS = {**{event.code: event.label for event in EVENTS}, PING: _("Send test call")}


def trigger(event: Event) -> str:
    """The statement trigger of an event: one look at all rows of a statement, nothing where nobody listens."""
    name = f"zf_webhook_{event.code.replace('.', '_')}"
    tables = "NEW TABLE AS after" if event.on == "INSERT" else "OLD TABLE AS before NEW TABLE AS after"
    rows = "after now" if event.on == "INSERT" else "after now JOIN before was ON was.id = now.id"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM public.crm_webhook WHERE is_active) THEN
                INSERT INTO public.crm_webhookcall (webhook_id, event, object_id)
                SELECT w.id, '{event.code}', now.id
                FROM {rows} {event.joins}
                JOIN public.crm_webhook w ON w.organisation_id = {event.organisation} AND w.is_active
                    AND '{event.code}' = ANY(w.events)
                WHERE {event.when};
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER {event.on} ON {event.table} REFERENCING {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION {name}();
    """


def no_trigger(event: Event) -> str:
    """What takes it away."""
    name = f"zf_webhook_{event.code.replace('.', '_')}"
    return f"DROP TRIGGER {name} ON {event.table}; DROP FUNCTION {name}();"
