from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("service", "0006_rechecks")]

    operations = [
        seal("service_wavepopulation"),
        seal("service_recheckdraw"),
        seal("service_recheck", when="OLD.checked_at IS NOT NULL"),
    ]
