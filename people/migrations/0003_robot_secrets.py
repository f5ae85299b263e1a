from django.db import migrations

from crm.lib.vault import SecretField, lock, unlock


def _rewrite(schema_editor, change):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, url, secret FROM people_robot")
        for number, url, secret in cursor.fetchall():
            cursor.execute(
                "UPDATE people_robot SET url = %s, secret = %s WHERE id = %s", [change(url), change(secret), number]
            )


def encrypt(_apps, schema_editor):
    _rewrite(schema_editor, lock)


def decrypt(_apps, schema_editor):
    _rewrite(schema_editor, unlock)


class Migration(migrations.Migration):
    dependencies = [("people", "0002_notices")]

    operations = [
        migrations.AlterField("robot", "url", SecretField(max_length=500, verbose_name="address")),
        migrations.AlterField("robot", "secret", SecretField(blank=True, max_length=200, verbose_name="signing key")),
        migrations.RunPython(encrypt, decrypt),
    ]
