from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]

    operations = [
        seal("visits_visit", when="OLD.verified_at IS NOT NULL"),
        migrations.RunSQL(
            """
            ALTER TABLE visits_clienttrace SET (fillfactor = 85);
            CREATE INDEX visit_day_brin ON visits_visit USING brin (day);
            """,
            "DROP INDEX visit_day_brin",
        ),
    ]
