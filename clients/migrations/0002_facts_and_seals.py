from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE clients_monthlyfact (
                client_id bigint NOT NULL REFERENCES clients_client (id),
                month date NOT NULL CHECK (extract(day FROM month) = 1),
                organisation_id bigint NOT NULL REFERENCES people_orgunit (id),
                amount numeric(16, 2) NOT NULL DEFAULT 0,
                quantity numeric(16, 3) NOT NULL DEFAULT 0,
                measures jsonb,
                PRIMARY KEY (client_id, month)
            ) PARTITION BY RANGE (month);

            -- HOT updates: room in each page for what changes often.
            ALTER TABLE clients_client SET (fillfactor = 85);
            ALTER TABLE clients_clienttier SET (fillfactor = 85);
            """,
            "DROP TABLE clients_monthlyfact",
        ),
        # An open ownership may be closed once; nothing else ever changes.
        seal(
            "clients_ownership",
            update_when=(
                "OLD.valid_to IS NOT NULL OR NEW.valid_to IS NULL OR (to_jsonb(NEW) - 'valid_to') IS DISTINCT FROM "
                "(to_jsonb(OLD) - 'valid_to')"
            ),
        ),
    ]
