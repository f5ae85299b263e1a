import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods
from crm.lib.sql import audited, seal
from crm.lib.vault import SecretField


class Migration(migrations.Migration):
    dependencies = [
        ("lib", "0004_audit"),
        ("people", "0003_robot_secrets"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="second_factor",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("secret", SecretField(help_text="base32, as the app has it; encrypted", max_length=200)),
                (
                    "confirmed_at",
                    models.DateTimeField(help_text="when a first code proved that the app has it", null=True),
                ),
                (
                    "last_step",
                    models.BigIntegerField(
                        default=0, help_text="the last half minute whose code was used: none counts twice"
                    ),
                ),
                (
                    "recovery",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        default=list,
                        help_text="digests of codes not used yet",
                        size=None,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("reveal", "Revealed"), ("export", "Exported")], max_length=10)),
                ("subject", models.CharField(help_text="of whom or what, e.g. client 530100000001", max_length=120)),
                ("reason", models.CharField(max_length=200)),
                ("rows", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["organisation", "-at"], name="disclosure_of_organisation"),
                    models.Index(fields=["user", "kind", "at"], name="disclosure_quota"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="disclosure_has_reason"
                    )
                ],
            },
        ),
        seal("people_disclosure"),
        audited("people_secondfactor", "people_disclosure"),
    ]
