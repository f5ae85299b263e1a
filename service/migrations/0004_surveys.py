import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0005_list_tools"),
        ("people", "0001_initial"),
        ("people", "__first__"),
        ("service", "0003_client_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("version", models.PositiveIntegerField(default=1)),
                ("questions", models.JSONField()),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name", "version"), name="survey_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Wave",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "share",
                    models.DecimalField(
                        decimal_places=3,
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(0.001),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="share of clients",
                    ),
                ),
                ("seed", models.CharField(max_length=40)),
                ("strata", models.JSONField(help_text="[[tier, business format, clients, drawn], …]")),
                ("population", models.PositiveIntegerField(help_text="clients that the sample stands for")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("expires_on", models.DateField(verbose_name="open until")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waves",
                        to="service.survey",
                        verbose_name="survey",
                    ),
                ),
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
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clients.client"
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="service.wave"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("wave", "client"), name="invitation_once")],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "channel",
                    models.CharField(
                        choices=[("link", "By link"), ("interview", "Interview")], default="link", max_length=10
                    ),
                ),
                (
                    "satisfaction",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(null=True),
                        help_text="1–5, NULL for cannot say",
                        size=None,
                    ),
                ),
                (
                    "importance",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(null=True), size=None
                    ),
                ),
                ("overall", models.PositiveSmallIntegerField()),
                ("nps", models.PositiveSmallIntegerField(null=True)),
                ("comment", models.TextField(blank=True, max_length=1000)),
                ("tier", models.CharField(blank=True, max_length=10)),
                ("business_format", models.CharField(blank=True, max_length=20)),
                (
                    "interviewer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "invitation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answer", to="service.invitation"
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="service.wave"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("overall__range", (1, 5))), name="answer_overall_1_to_5"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("nps", None), ("nps__range", (0, 10)), _connector="OR"),
                        name="answer_nps_0_to_10",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("channel", "link"), ("interviewer", None)),
                            models.Q(("channel", "interview"), ("interviewer__isnull", False)),
                            _connector="OR",
                        ),
                        name="answer_interview_has_interviewer",
                    ),
                ],
            },
        ),
    ]
