from django.db import migrations

from crm.lib.sql import install_seal_functions


class Migration(migrations.Migration):
    dependencies = [("lib", "0001_initial")]

    operations = [
        install_seal_functions(),
        migrations.RunSQL(
            """
            -- Character bigrams of some texts, for search by any part of a name without word boundaries.
            CREATE FUNCTION zf_search(VARIADIC texts text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                SELECT array_to_tsvector(ARRAY(
                    SELECT DISTINCT substr(plain, place, 2)
                    FROM unnest(texts) AS given,
                         LATERAL (SELECT lower(normalize(given, NFKC)) AS plain) AS n,
                         generate_series(1, char_length(plain) - 1) AS place
                ))
            $$;

            -- A month's partition, made when first needed. The serving role owns no table, hence SECURITY DEFINER.
            CREATE FUNCTION zf_ensure_month(parent regclass, month date) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DECLARE
                first date := date_trunc('month', month);
                name text := format('%s_%s', parent, to_char(first, 'YYYYMM'));
            BEGIN
                IF first < '1990-01-01' OR first > '2100-01-01' THEN
                    RAISE EXCEPTION 'month % is out of range', first;
                END IF;
                IF (SELECT relkind FROM pg_class WHERE oid = parent) <> 'p' THEN
                    RAISE EXCEPTION '% is not partitioned', parent;
                END IF;
                IF to_regclass(name) IS NULL THEN
                    PERFORM pg_advisory_xact_lock(hashtext(name));
                    EXECUTE format(
                        'CREATE TABLE IF NOT EXISTS %I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                        name, parent, first, first + interval '1 month'
                    );
                END IF;
            END $$;
            """,
            """
            DROP FUNCTION zf_ensure_month(regclass, date);
            DROP FUNCTION zf_search(text[]);
            """,
        ),
    ]
