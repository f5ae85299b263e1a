from django.db import migrations


class Migration(migrations.Migration):
    """Events say that a password, a phone number, an address or a secret changed, never what it is."""

    dependencies = [("lib", "0004_audit")]

    operations = [
        migrations.RunSQL(
            """
            CREATE OR REPLACE FUNCTION zf_audit() RETURNS trigger
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
            """,
            """
            CREATE OR REPLACE FUNCTION zf_audit() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DECLARE
                old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'password' - 'last_login' END;
                new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'password' - 'last_login' END;
                one jsonb := coalesce(new_row, old_row);
                changed text[];
                event lib_auditevent;
                previous text;
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    -- A new password is worth an event; the password itself is not kept.
                    IF to_jsonb(NEW) -> 'password' IS DISTINCT FROM to_jsonb(OLD) -> 'password' THEN
                        new_row := new_row || '{"password": "changed"}';
                    END IF;
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
                event."row" := one ->> 'id';
                event.organisation_id := coalesce(
                    (one ->> 'organisation_id')::bigint,
                    (SELECT organisation_id FROM people_orgunit
                     WHERE id = coalesce(one ->> 'org_id', one ->> 'unit_id')::bigint)
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
            """,
        ),
    ]
