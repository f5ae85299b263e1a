import uuid

import django.db.models.deletion
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                default="other", editable=False, help_text="code of people.notices.kinds", max_length=20
            ),
        ),
        migrations.CreateModel(
            name="Robot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "maker",
                    models.CharField(
                        choices=[("wecom", "WeCom"), ("dingtalk", "DingTalk"), ("feishu", "Feishu")],
                        default="wecom",
                        max_length=10,
                        verbose_name="chat",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="group")),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                ("secret", models.CharField(blank=True, max_length=200, verbose_name="signing key")),
                ("is_active", models.BooleanField(default=True, verbose_name="switched on")),
                ("rests_until", models.DateTimeField(help_text="the chat has asked for fewer messages", null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "ordering": ["unit__path"],
                "constraints": [models.UniqueConstraint(fields=("unit",), name="robot_once_per_unit")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("channel", models.CharField(choices=[("email", "E-mail"), ("robot", "Group robot")], max_length=10)),
                ("in_digest", models.BooleanField(default=False, help_text="goes out together with others of the day")),
                ("due_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("skipped", "Read before"),
                            ("failed", "Failed"),
                            ("unclear", "Unclear"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "claim",
                    models.UUIDField(
                        help_text="of the worker that is sending; a digest has one for all its lines", null=True
                    ),
                ),
                ("claimed_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "notification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="people.notification"
                    ),
                ),
                (
                    "robot",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="people.robot",
                    ),
                ),
            ],
            options={
                "ordering": ["-due_at"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="delivery_waiting"),
                    models.Index(
                        condition=models.Q(("state", "sending")), fields=["claimed_at"], name="delivery_sending"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("notification", "channel"), name="delivery_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("channel", "email"), ("robot", None)),
                            models.Q(("channel", "robot"), ("robot__isnull", False)),
                            _connector="OR",
                        ),
                        name="delivery_robot_has_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                        ),
                        name="delivery_sent_has_time",
                    ),
                ],
            },
        ),
    ]
