import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=30)),
                (
                    "cause",
                    models.CharField(
                        help_text="what it was raised for: the same cause raises it only once", max_length=40
                    ),
                ),
                ("figures", models.JSONField(default=dict, help_text="what the reason in words is made from")),
                (
                    "value_at_risk",
                    models.DecimalField(decimal_places=2, default=0, help_text="yuan a month", max_digits=16),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("acknowledged", "Acknowledged"),
                            ("acting", "Acting"),
                            ("kept", "Kept"),
                            ("lost", "Lost"),
                            ("dismissed", "Dismissed"),
                            ("cleared", "Cause gone"),
                        ],
                        default="open",
                        max_length=15,
                    ),
                ),
                ("raised_on", models.DateField()),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("acted_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closing_reason", models.CharField(blank=True, max_length=300)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="clients.client"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="people.task",
                    ),
                ),
            ],
            options={
                "ordering": ["-value_at_risk", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)), fields=["organisation", "kind"], name="alert_open_kind"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "kind", "cause"), name="alert_once_per_cause"),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("client", "kind"), name="alert_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state__in", ["open", "acknowledged", "acting"])),
                            models.Q(
                                ("closed_at__isnull", False), ("state__in", ["kept", "lost", "dismissed", "cleared"])
                            ),
                            _connector="OR",
                        ),
                        name="alert_state_fits_closing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("acknowledged", "Acknowledged"),
                            ("acting", "Acting"),
                            ("kept", "Kept"),
                            ("lost", "Lost"),
                            ("dismissed", "Dismissed"),
                            ("cleared", "Cause gone"),
                        ],
                        max_length=15,
                    ),
                ),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="retention.alert"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
    ]
