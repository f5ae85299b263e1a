from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("journals", "0004_samples")]

    operations = [
        seal("journals_draw"),
        seal("journals_sampledjournal"),
        seal("journals_secondreading"),
    ]
