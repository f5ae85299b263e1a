from django.db import migrations

from crm.lib.sql import seal

PUBLISHED = "('published', 'locked')"


class Migration(migrations.Migration):
    dependencies = [("kpi", "0001_initial"), ("lib", "0002_functions")]

    operations = [
        # A published run may only be locked.
        seal(
            "kpi_run",
            when=f"OLD.state IN {PUBLISHED}",
            update_when=(
                "OLD.state = 'locked' OR NEW.state <> 'locked' OR (to_jsonb(NEW) - 'state' - 'locked_at') "
                "IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'locked_at')"
            ),
        ),
        migrations.RunSQL(
            f"""
            CREATE FUNCTION zf_refuse_card_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP <> 'INSERT' AND EXISTS (
                    SELECT FROM public.kpi_run WHERE id = OLD.run_id AND state IN {PUBLISHED}
                ) OR TG_OP <> 'DELETE' AND EXISTS (
                    SELECT FROM public.kpi_run WHERE id = NEW.run_id AND state IN {PUBLISHED}
                ) THEN
                    -- The manager's own "seen" is the one thing that comes after publication, once.
                    IF TG_OP = 'UPDATE' AND OLD.acknowledged_at IS NULL
                        AND (to_jsonb(NEW) - 'acknowledged_at') = (to_jsonb(OLD) - 'acknowledged_at') THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
                END IF;
                RETURN coalesce(NEW, OLD);
            END $$;
            CREATE TRIGGER kpi_scorecard_sealed BEFORE INSERT OR UPDATE OR DELETE ON kpi_scorecard
                FOR EACH ROW EXECUTE FUNCTION zf_refuse_card_change();

            CREATE FUNCTION zf_refuse_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP <> 'INSERT' AND EXISTS (
                    SELECT FROM public.kpi_scorecard c JOIN public.kpi_run r ON r.id = c.run_id
                    WHERE c.id = OLD.card_id AND r.state IN {PUBLISHED}
                ) OR TG_OP <> 'DELETE' AND EXISTS (
                    SELECT FROM public.kpi_scorecard c JOIN public.kpi_run r ON r.id = c.run_id
                    WHERE c.id = NEW.card_id AND r.state IN {PUBLISHED}
                ) THEN
                    RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
                END IF;
                RETURN coalesce(NEW, OLD);
            END $$;
            CREATE TRIGGER kpi_scoreline_sealed BEFORE INSERT OR UPDATE OR DELETE ON kpi_scoreline
                FOR EACH ROW EXECUTE FUNCTION zf_refuse_line_change();

            CREATE TRIGGER kpi_scorecard_sealed_truncate BEFORE TRUNCATE ON kpi_scorecard
                FOR EACH STATEMENT EXECUTE FUNCTION zf_refuse();
            CREATE TRIGGER kpi_scoreline_sealed_truncate BEFORE TRUNCATE ON kpi_scoreline
                FOR EACH STATEMENT EXECUTE FUNCTION zf_refuse();
            """,
            """
            DROP TRIGGER kpi_scorecard_sealed ON kpi_scorecard;
            DROP TRIGGER kpi_scoreline_sealed ON kpi_scoreline;
            DROP TRIGGER kpi_scorecard_sealed_truncate ON kpi_scorecard;
            DROP TRIGGER kpi_scoreline_sealed_truncate ON kpi_scoreline;
            DROP FUNCTION zf_refuse_line_change();
            DROP FUNCTION zf_refuse_card_change();
            """,
        ),
        seal("kpi_appeal", when="OLD.answered_at IS NOT NULL"),
    ]
