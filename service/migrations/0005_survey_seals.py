from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("service", "0004_surveys")]

    operations = [seal("service_answer"), seal("service_survey"), seal("service_wave")]
