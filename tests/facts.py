"""Monthly facts in a line, for tests of all packages."""

import datetime as dt

from clients.models import MonthlyFact
from crm.lib import sql


def fact(client, month, amount, quantity=0, measures=None):
    """A month's facts of a client; the same month again replaces them. ``month``: "2026-03"."""
    first = dt.date.fromisoformat(f"{month}-01")
    sql.execute("SELECT zf_ensure_month('clients_monthlyfact', %s)", [first])
    MonthlyFact.objects.update_or_create(
        client_id=client.pk,
        month=first,
        defaults={
            "organisation_id": client.organisation_id, "amount": amount, "quantity": quantity, "measures": measures,
        },
    )  # fmt: skip
