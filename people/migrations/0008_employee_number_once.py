import django.db.models.functions.text
from django.db import migrations, models

# No unique index: numbers that an installation has given twice already stay until somebody corrects one of them, and
# the organisation stands in the unit. What is added or changed from now on is refused; the lock is for two at a time.
FUNCTION = """
    CREATE FUNCTION zf_employee_number_once() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    DECLARE
        root bigint := (SELECT organisation_id FROM people_orgunit WHERE id = NEW.unit_id);
    BEGIN
        IF TG_OP = 'UPDATE' AND upper(NEW.employee_number) = upper(OLD.employee_number)
            AND root = (SELECT organisation_id FROM people_orgunit WHERE id = OLD.unit_id) THEN
            RETURN NEW;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('zf_employee_number'), hashint8(root));
        IF EXISTS (
            SELECT FROM people_user p JOIN people_orgunit u ON u.id = p.unit_id
            WHERE upper(p.employee_number) = upper(NEW.employee_number)
                AND u.organisation_id = root AND p.id <> NEW.id
        ) THEN
            RAISE unique_violation USING CONSTRAINT = 'user_employee_number_once', TABLE = TG_TABLE_NAME,
                MESSAGE = format('employee number %s is taken in organisation %s', NEW.employee_number, root);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER people_user_number_once BEFORE INSERT OR UPDATE OF employee_number, unit_id ON people_user
        FOR EACH ROW WHEN (NEW.employee_number <> '') EXECUTE FUNCTION zf_employee_number_once();
"""
NO_FUNCTION = "DROP TRIGGER people_user_number_once ON people_user; DROP FUNCTION zf_employee_number_once();"


class Migration(migrations.Migration):
    dependencies = [("people", "0007_fewer_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                django.db.models.functions.text.Upper("employee_number"),
                condition=~models.Q(employee_number=""),
                name="user_employee_number",
            ),
        ),
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
    ]
