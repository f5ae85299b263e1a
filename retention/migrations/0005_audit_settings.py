from django.db import migrations

from crm.lib.sql import audited


class Migration(migrations.Migration):
    """Who changed what a rule looks for, and when."""

    dependencies = [("retention", "0004_seal_events"), ("lib", "0004_audit")]

    operations = [audited("retention_rulesetting")]
