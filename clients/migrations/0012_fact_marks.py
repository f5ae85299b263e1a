import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0011_loan_number"), ("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="FactMark",
            fields=[
                ("pk", models.CompositePrimaryKey("organisation_id", "month", primary_key=True, serialize=False)),
                ("month", models.DateField(help_text="first day")),
                ("version", models.PositiveBigIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            """
            -- A statement that changes facts leaves one mark a month and organisation, however many rows it touches.
            CREATE FUNCTION zf_mark_facts() RETURNS trigger
            LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
            BEGIN
                INSERT INTO clients_factmark AS m (organisation_id, month, version)
                SELECT DISTINCT organisation_id, month, 1 FROM changed ORDER BY organisation_id, month
                ON CONFLICT (organisation_id, month) DO UPDATE SET version = m.version + 1;
                RETURN NULL;
            END $$;
            CREATE TRIGGER clients_monthlyfact_mark_insert AFTER INSERT ON clients_monthlyfact
                REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION zf_mark_facts();
            CREATE TRIGGER clients_monthlyfact_mark_update AFTER UPDATE ON clients_monthlyfact
                REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION zf_mark_facts();
            CREATE TRIGGER clients_monthlyfact_mark_delete AFTER DELETE ON clients_monthlyfact
                REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION zf_mark_facts();
            INSERT INTO clients_factmark (organisation_id, month, version)
                SELECT DISTINCT organisation_id, month, 1 FROM clients_monthlyfact;

            -- Files come in by organisation, so its rows lie together: a few pages instead of the country's month.
            CREATE INDEX clients_monthlyfact_organisation ON clients_monthlyfact
                USING brin (organisation_id) WITH (pages_per_range = 32, autosummarize = on);
            """,
            """
            DROP INDEX clients_monthlyfact_organisation;
            DROP TRIGGER clients_monthlyfact_mark_insert ON clients_monthlyfact;
            DROP TRIGGER clients_monthlyfact_mark_update ON clients_monthlyfact;
            DROP TRIGGER clients_monthlyfact_mark_delete ON clients_monthlyfact;
            DROP FUNCTION zf_mark_facts();
            """,
        ),
    ]
