from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("visits", "0006_with_others")]

    operations = [
        migrations.RunSQL(
            """
            -- Neither does a part move to a sealed visit, nor come to it as a new photo. The path is fixed: a session's own
            -- temporary table of the same name would otherwise be asked in the visits' place.
            CREATE OR REPLACE FUNCTION visits_refuse_part() RETURNS trigger LANGUAGE plpgsql
            SET search_path = public, pg_temp AS $$
            BEGIN
                IF EXISTS (SELECT FROM visits_visit v WHERE v.id IN (OLD.visit_id, NEW.visit_id)
                           AND (v.verified_at IS NOT NULL OR v.published_at IS NOT NULL)) THEN
                    RAISE EXCEPTION 'sealed: % on % is refused', TG_OP, TG_TABLE_NAME;
                END IF;
                RETURN coalesce(NEW, OLD);
            END $$;
            DROP TRIGGER visits_photo_part ON visits_photo;
            CREATE TRIGGER visits_photo_part BEFORE INSERT OR UPDATE OR DELETE ON visits_photo
                FOR EACH ROW EXECUTE FUNCTION visits_refuse_part();
            """,
            """
            DROP TRIGGER visits_photo_part ON visits_photo;
            CREATE TRIGGER visits_photo_part BEFORE UPDATE OR DELETE ON visits_photo
                FOR EACH ROW EXECUTE FUNCTION visits_refuse_part();
            """,
        ),
    ]
