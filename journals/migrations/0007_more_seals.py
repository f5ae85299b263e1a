from django.db import migrations

from crm.lib.sql import seal


def seal_child(table: str) -> migrations.RunSQL:
    """Rows of a closed meeting: a trigger's WHEN may hold no subquery, so the function asks."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_sealed BEFORE INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION journals_refuse_closed_meeting();
        CREATE TRIGGER {table}_sealed_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION zf_refuse();
        """,
        f"DROP TRIGGER {table}_sealed ON {table}; DROP TRIGGER {table}_sealed_truncate ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("journals", "0006_sharing_and_meetings")]

    operations = [
        seal("journals_idea", when="OLD.answered_at IS NOT NULL"),
        seal("journals_meeting", when="OLD.closed_at IS NOT NULL"),
        migrations.RunSQL(
            """
            CREATE FUNCTION journals_refuse_closed_meeting() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (
                    SELECT 1 FROM journals_meeting
                    WHERE id IN (OLD.meeting_id, NEW.meeting_id) AND closed_at IS NOT NULL
                ) THEN
                    RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
                END IF;
                RETURN coalesce(NEW, OLD);
            END $$;
            """,
            "DROP FUNCTION journals_refuse_closed_meeting()",
        ),
        seal_child("journals_attendance"),
        seal_child("journals_action"),
    ]
