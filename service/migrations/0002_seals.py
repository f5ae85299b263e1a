from django.db import migrations

from crm.lib.sql import seal

# What may follow what, as the database holds it against everybody: a change of the table of acts needs a migration.
STEPS = """
    ('registered', 'assigned'), ('reopened', 'assigned'), ('handling', 'assigned'), ('assigned', 'handling'),
    ('waiting_client', 'handling'), ('handling', 'waiting_client'), ('handling', 'resolved'),
    ('resolved', 'called_back'), ('called_back', 'closed'), ('called_back', 'reopened'), ('closed', 'reopened'),
    ('registered', 'merged'), ('assigned', 'merged'), ('handling', 'merged'), ('waiting_client', 'merged'),
    ('reopened', 'merged'), ('registered', 'cancelled'), ('assigned', 'cancelled')
"""


class Migration(migrations.Migration):
    dependencies = [("service", "0001_initial")]

    operations = [
        seal("service_requestevent"),
        seal("service_escalation"),
        seal("service_informationslip", when="OLD.fed_back_at IS NOT NULL"),
        migrations.RunSQL(
            f"""
            CREATE FUNCTION service_request_step() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (OLD.state, NEW.state) NOT IN ({STEPS}) THEN
                    RAISE EXCEPTION 'sealed: a request does not go from % to %', OLD.state, NEW.state;
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER service_request_step BEFORE UPDATE ON service_servicerequest
                FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION service_request_step();
            """,
            """
            DROP TRIGGER service_request_step ON service_servicerequest;
            DROP FUNCTION service_request_step();
            """,
        ),
    ]
