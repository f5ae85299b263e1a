from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journals", "0009_joint_work")]

    operations = [
        migrations.AddIndex("journal", models.Index(fields=["-day", "-id"], name="journal_newest")),
    ]
