from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0004_webhooks"), ("people", "0006_logins")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="generation",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="the person's when it was made; it ends when that goes on"
            ),
        ),
    ]
