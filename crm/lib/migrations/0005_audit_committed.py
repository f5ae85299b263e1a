from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("lib", "0004_audit")]

    operations = [
        migrations.RunSQL(
            """
            -- A transaction that keeps its first view of the rows does not see the last event: its own would break the
            -- chain, and a broken chain tells of a forger.
            CREATE TRIGGER lib_auditevent_seen BEFORE INSERT ON lib_auditevent
                FOR EACH ROW WHEN (current_setting('transaction_isolation') <> 'read committed')
                EXECUTE FUNCTION zf_refuse();
            """,
            "DROP TRIGGER lib_auditevent_seen ON lib_auditevent",
        ),
    ]
