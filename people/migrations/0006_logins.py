import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Being switched off, or getting another role, begins a new generation: what was opened before opens nothing any more,
# also after the account is switched on again. A form that was read before writes no earlier number back.
FUNCTION = """
    CREATE FUNCTION zf_next_generation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.generation := greatest(OLD.generation, NEW.generation)
            + (OLD.is_active AND NOT NEW.is_active OR OLD.role <> NEW.role)::int;
        RETURN NEW;
    END $$;
    CREATE TRIGGER people_user_generation BEFORE UPDATE OF is_active, role, generation ON people_user
        FOR EACH ROW EXECUTE FUNCTION zf_next_generation();
"""
NO_FUNCTION = "DROP TRIGGER people_user_generation ON people_user; DROP FUNCTION zf_next_generation();"


class Migration(migrations.Migration):
    dependencies = [("people", "0005_industries")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="generation",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="logins, tokens and links of an earlier one open nothing",
            ),
        ),
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "session", "verbose_name_plural": "sessions", "abstract": False},
        ),
    ]
