from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("clients", "0003_upload_problems")]

    operations = [seal("clients_tierscheme", when="OLD.published_at IS NOT NULL")]
