from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("journals", "0010_newest_first")]

    operations = [
        migrations.RunSQL(
            # A session's own temporary table of the same name would otherwise be asked in its place.
            "ALTER FUNCTION journals_refuse_closed_meeting() SET search_path = public, pg_temp",
            "ALTER FUNCTION journals_refuse_closed_meeting() RESET search_path",
        ),
    ]
