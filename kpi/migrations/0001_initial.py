import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Scheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("version", models.PositiveIntegerField(default=1)),
                ("period_kind", models.CharField(default="month", max_length=10)),
                ("rules", models.JSONField()),
                ("effective_from", models.DateField(default=crm.lib.periods.today, verbose_name="effective from")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["organisation_id", "name", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name", "version"), name="scheme_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=10)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("version", models.PositiveSmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("computed", "Computed"),
                            ("reviewed", "Reviewed"),
                            ("published", "Published"),
                            ("locked", "Locked"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="why this version was made", max_length=300)),
                ("hash", models.CharField(blank=True, max_length=64)),
                ("computed_at", models.DateTimeField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("appeals_until", models.DateField(null=True)),
                ("locked_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="kpi.scheme"
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "scheme", "period", "version"), name="run_version_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "computed", "reviewed"])),
                        fields=("organisation", "period", "scheme"),
                        name="run_one_unpublished",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Scorecard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.DecimalField(decimal_places=2, max_digits=6)),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("excellent", "Excellent"),
                            ("good", "Good"),
                            ("fair", "Fair"),
                            ("fail", "Below standard"),
                        ],
                        max_length=10,
                    ),
                ),
                ("rank", models.PositiveIntegerField(help_text="in the comparison group")),
                ("ranked", models.PositiveIntegerField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                (
                    "manager",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scorecards",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        help_text="the manager's unit in the period",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scorecards", to="kpi.run"
                    ),
                ),
            ],
            options={
                "ordering": ["run_id", "rank"],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "manager"), name="scorecard_once"),
                    models.CheckConstraint(condition=models.Q(("score__range", (0, 100))), name="scorecard_0_to_100"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leaf", models.CharField(help_text="leaf code in the scheme", max_length=40)),
                ("metric", models.CharField(max_length=40)),
                ("value", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("numerator", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("denominator", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("low", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("high", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("membership", models.DecimalField(decimal_places=6, max_digits=7, null=True)),
                ("weight", models.DecimalField(decimal_places=8, help_text="share of 1 in this card", max_digits=9)),
                ("points", models.DecimalField(decimal_places=4, max_digits=7)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="kpi.scorecard"
                    ),
                ),
            ],
            options={
                "ordering": ["card_id", "pk"],
                "constraints": [models.UniqueConstraint(fields=("card", "leaf"), name="score_line_once")],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="reason")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("upheld", "Upheld"), ("rejected", "Rejected")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeal", to="kpi.scoreline"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SoftScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=10)),
                ("metric", models.CharField(max_length=40)),
                ("score", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="score")),
                ("comment", models.CharField(blank=True, max_length=300, verbose_name="comment")),
                ("given_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="soft_scores",
                        to=settings.AUTH_USER_MODEL,
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
                "constraints": [
                    models.UniqueConstraint(fields=("manager", "period", "metric"), name="soft_score_once"),
                    models.CheckConstraint(condition=models.Q(("score__range", (0, 100))), name="soft_score_0_to_100"),
                ],
            },
        ),
    ]
