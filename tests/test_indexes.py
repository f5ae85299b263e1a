"""What is paid for with each row: indexes and keys of the tables that grow with clients, days and months."""

from itertools import permutations

import pytest
from django.apps import apps
from django.db import models

from crm.lib import sql

GROWING = {
    "clients.Client", "clients.Contact", "clients.ClientTier", "clients.Ownership", "clients.TierResult",
    "clients.MonthlyFact", "visits.Visit", "visits.PlannedVisit", "visits.ClientTrace", "visits.TraceFlag",
    "journals.Journal", "journals.JournalVersion", "journals.Review", "kpi.ManagerValue", "kpi.Scorecard",
    "kpi.ScoreLine", "retention.Alert", "retention.Trade", "service.ServiceRequest", "people.Notification",
}  # fmt: skip
# Small beside the other one, and whole organisations are read by it.
WORTH_IT = {"clients_client_organisation_id"}


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another():
    tables = [apps.get_model(label)._meta.db_table for label in GROWING]
    found: dict[str, list[tuple[str, tuple[str, ...], bool]]] = {}
    for row in sql.rows(
        """
        SELECT i.indrelid::regclass::text AS table, c.relname AS name, i.indisunique AS is_unique,
               (string_to_array(i.indkey::text, ' '))[1:i.indnkeyatts] AS columns
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
        WHERE i.indrelid = ANY(%s::regclass[]) AND i.indpred IS NULL AND i.indexprs IS NULL AND a.amname = 'btree'
        """,
        [tables],
    ):
        found.setdefault(row["table"], []).append((row["name"], tuple(row["columns"]), row["is_unique"]))
    assert found.keys() == set(tables)
    needless = [
        name
        for indexes in found.values()
        for (name, columns, is_unique), (_other, longer, _is) in permutations(indexes, 2)
        if not is_unique and longer[: len(columns)] == columns and not name.startswith(tuple(WORTH_IT))
    ]
    assert needless == []


def test_only_rows_that_a_job_takes_from_the_tables_themselves_go_without_a_check():
    """Everything that people and files bring is checked by the database, row by row."""
    unchecked = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and not field.db_constraint
    }
    assert unchecked == {
        "clients.TierResult.client", "clients.TierResult.organisation", "clients.TierResult.scheme",
        "kpi.ManagerValue.organisation", "kpi.ManagerValue.manager",
    }  # fmt: skip
