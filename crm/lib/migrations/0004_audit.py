from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [("lib", "0003_analyze")]

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("action", models.CharField(max_length=10)),
                ("table", models.CharField(max_length=63)),
                ("row", models.CharField(max_length=60)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["table", "row"], name="audit_row"),
                    models.Index(fields=["organisation_id", "-id"], name="audit_organisation"),
                ],
            },
        ),
        migrations.RunSQL(
            """
            -- One event's hash: over the hash before it and everything it says. The command that verifies computes the same.
            CREATE FUNCTION zf_audit_hash(
                previous text, id bigint, at timestamptz, actor_id bigint, action text, table_name text, row_id text,
                organisation_id bigint, before jsonb, after jsonb
            ) RETURNS text LANGUAGE sql IMMUTABLE AS $$
                SELECT encode(sha256(convert_to(jsonb_build_array(
                    previous, id, extract(epoch FROM at), actor_id, action, table_name, row_id, organisation_id, before,
                    after
                )::text, 'UTF8')), 'hex')
            $$;

            -- Trigger: what changed, by whom (zoufang.actor), chained. SECURITY DEFINER: the serving role may not write here.
            CREATE FUNCTION zf_audit() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DECLARE
                -- That they changed is worth an event; what they are is not kept: the audit cannot forget.
                told text[] := '{password,phone,email,secret,recovery}';
                hidden text[] := told || '{last_login,last_step}';
                old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - hidden END;
                new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - hidden END;
                one jsonb := coalesce(new_row, old_row);
                changed text[];
                event lib_auditevent;
                previous text;
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    SELECT new_row || coalesce(jsonb_object_agg(key, 'changed'), '{}') INTO new_row
                    FROM unnest(told) AS key WHERE to_jsonb(NEW) -> key IS DISTINCT FROM to_jsonb(OLD) -> key;
                    SELECT array_agg(key) INTO changed FROM jsonb_each(new_row)
                    WHERE old_row -> key IS DISTINCT FROM value;
                    IF changed IS NULL THEN
                        RETURN NULL;
                    END IF;
                    SELECT jsonb_object_agg(key, old_row -> key), jsonb_object_agg(key, new_row -> key)
                    INTO old_row, new_row FROM unnest(changed) AS key;
                END IF;
                PERFORM pg_advisory_xact_lock(hashtext('zf_audit'));
                SELECT e.hash INTO previous FROM lib_auditevent e ORDER BY e.id DESC LIMIT 1;
                event.id := nextval(pg_get_serial_sequence('lib_auditevent', 'id'));
                event.at := clock_timestamp();
                event.actor_id := nullif(current_setting('zoufang.actor', true), '')::bigint;
                event.action := lower(TG_OP);
                event."table" := TG_TABLE_NAME;
                event."row" := coalesce(one ->> 'id', one ->> 'user_id');
                event.organisation_id := coalesce(
                    (one ->> 'organisation_id')::bigint,
                    (SELECT organisation_id FROM people_orgunit
                     WHERE id = coalesce(one ->> 'org_id', one ->> 'unit_id')::bigint),
                    (SELECT unit.organisation_id FROM people_user person
                     JOIN people_orgunit unit ON unit.id = person.unit_id
                     WHERE person.id = (one ->> 'user_id')::bigint)
                );
                event.before := old_row;
                event.after := new_row;
                event.hash := zf_audit_hash(
                    previous, event.id, event.at, event.actor_id, event.action, event."table", event."row",
                    event.organisation_id, event.before, event.after
                );
                INSERT INTO lib_auditevent VALUES (event.*);
                RETURN NULL;
            END $$;

            CREATE TRIGGER lib_auditevent_sealed_rows BEFORE UPDATE OR DELETE ON lib_auditevent
                FOR EACH ROW EXECUTE FUNCTION zf_refuse();
            CREATE TRIGGER lib_auditevent_sealed_truncate BEFORE TRUNCATE ON lib_auditevent
                FOR EACH STATEMENT EXECUTE FUNCTION zf_refuse();
            """,
            """
            DROP FUNCTION zf_audit();
            DROP FUNCTION zf_audit_hash(text, bigint, timestamptz, bigint, text, text, text, bigint, jsonb, jsonb);
            DROP TRIGGER lib_auditevent_sealed_rows ON lib_auditevent;
            DROP TRIGGER lib_auditevent_sealed_truncate ON lib_auditevent;
            """,
        ),
    ]
