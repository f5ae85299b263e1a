from django.db import migrations

from crm.lib.sql import audited


class Migration(migrations.Migration):
    """What is audited: who may do what, the rules that decide pay, and the verdicts of people."""

    initial = True
    dependencies = [
        ("lib", "0004_audit"),
        ("people", "0001_initial"),
        ("clients", "0001_initial"),
        ("visits", "0001_initial"),
        ("kpi", "0001_initial"),
    ]

    operations = [
        audited("people_orgunit", "people_user", "people_posting"),
        audited("clients_tierscheme", "clients_servicestandard", "visits_checklisttemplate"),
        audited("kpi_scheme", "kpi_run", "kpi_softscore", "kpi_appeal"),
    ]
