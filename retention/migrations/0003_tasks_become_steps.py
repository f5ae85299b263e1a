from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("retention", "0002_rules_steps_forecast")]

    operations = [
        migrations.RunSQL(
            """
            INSERT INTO retention_alertstep (alert_id, position, act, text, due_on, task_id)
            SELECT a.id, 0, 'task', left(t.title, 160), t.due_on, t.id
            FROM retention_alert a JOIN people_task t ON t.id = a.task_id
            """,
            migrations.RunSQL.noop,
        ),
    ]
