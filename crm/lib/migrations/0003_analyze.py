from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("lib", "0002_functions")]

    operations = [
        migrations.RunSQL(
            """
            -- Statistics right after a bulk load, before autovacuum comes by: only a table's owner may gather them.
            CREATE FUNCTION zf_analyze(VARIADIC tables regclass[]) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DECLARE
                found regclass;
            BEGIN
                FOREACH found IN ARRAY tables LOOP
                    EXECUTE format('ANALYZE %s', found);
                END LOOP;
            END $$;
            """,
            "DROP FUNCTION zf_analyze(regclass[])",
        ),
    ]
