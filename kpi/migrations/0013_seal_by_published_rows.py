from django.db import migrations

# Which rows of the statement are out at all comes first, and mostly there are none: compared with each other before
# that, as the planner may choose to, thousands of cards take minutes.
OUT = "SELECT x.* FROM {rows} x JOIN public.kpi_run r ON r.id = x.run_id WHERE r.state IN ('published', 'locked')"


class Migration(migrations.Migration):
    dependencies = [("kpi", "0012_fewer_indexes")]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE OR REPLACE FUNCTION zf_kpi_scorecard_sealed_update() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                -- The manager's own "seen" is the one thing that comes after publication, once.
                IF EXISTS (
                    WITH was AS MATERIALIZED ({OUT.format(rows="before")})
                    SELECT FROM was WHERE NOT EXISTS (
                        SELECT FROM after now
                        WHERE now.id = was.id AND was.acknowledged_at IS NULL
                            AND to_jsonb(now) - 'acknowledged_at' = to_jsonb(was) - 'acknowledged_at'
                    )
                ) OR EXISTS (
                    WITH now AS MATERIALIZED ({OUT.format(rows="after")})
                    SELECT FROM now WHERE NOT EXISTS (
                        SELECT FROM before was WHERE was.id = now.id AND was.run_id = now.run_id
                    )
                ) THEN
                    RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
                END IF;
                RETURN NULL;
            END $$;
            """,
            migrations.RunSQL.noop,
        ),
    ]
