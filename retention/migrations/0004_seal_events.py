from django.db import migrations

from crm.lib.sql import seal


class Migration(migrations.Migration):
    dependencies = [("retention", "0003_tasks_become_steps")]

    operations = [
        migrations.RemoveField(model_name="alert", name="task"),
        seal("retention_alertevent"),
        seal("retention_escalation"),
    ]
