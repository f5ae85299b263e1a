from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kpi", "0014_fingerprint_of_given_values")]

    operations = [
        # Imports write thousands at once, with who and when on the row; what is taken away would leave nothing.
        migrations.RunSQL(
            "CREATE TRIGGER kpi_importedvalue_audit AFTER DELETE ON kpi_importedvalue"
            " FOR EACH ROW EXECUTE FUNCTION zf_audit();",
            "DROP TRIGGER kpi_importedvalue_audit ON kpi_importedvalue;",
        ),
    ]
