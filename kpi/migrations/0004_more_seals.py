from django.db import migrations

from crm.lib.sql import seal

ANSWER = "'state' - 'answer' - 'answered_by_id' - 'answered_at'"


class Migration(migrations.Migration):
    dependencies = [("kpi", "0003_values_and_bases")]

    operations = [
        # What an appeal says never changes and it never goes away; its answer is written once.
        migrations.RunSQL(
            """
            DROP TRIGGER kpi_appeal_sealed_update ON kpi_appeal;
            DROP TRIGGER kpi_appeal_sealed_delete ON kpi_appeal;
            DROP TRIGGER kpi_appeal_sealed_truncate ON kpi_appeal;
            """,
            migrations.RunSQL.noop,
        ),
        seal(
            "kpi_appeal",
            update_when=(
                f"OLD.answered_at IS NOT NULL OR (to_jsonb(NEW) - {ANSWER}) IS DISTINCT FROM (to_jsonb(OLD) - {ANSWER})"
            ),
        ),
        # The rules that a published scheme states are the rules that its scores were made by.
        seal("kpi_scheme", when="OLD.published_at IS NOT NULL"),
        # A run is published by a change of state, after its cards are in; none appears ready-made.
        migrations.RunSQL(
            """
            CREATE TRIGGER kpi_run_sealed_insert BEFORE INSERT ON kpi_run
                FOR EACH ROW WHEN (NEW.state IN ('published', 'locked')) EXECUTE FUNCTION zf_refuse();
            """,
            "DROP TRIGGER kpi_run_sealed_insert ON kpi_run",
        ),
    ]
