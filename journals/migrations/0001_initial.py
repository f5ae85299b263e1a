import django.core.validators
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
            name="Journal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("day", "Work journal"), ("week", "Work summary"), ("month", "Market report")],
                        default="day",
                        max_length=10,
                    ),
                ),
                ("day", models.DateField(help_text="first day of the span")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("returned", "Returned"),
                            ("reviewed", "Reviewed"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("draft", models.JSONField(default=dict, help_text="section code → text while nothing is submitted")),
                ("due_at", models.DateTimeField()),
                (
                    "submitted_at",
                    models.DateTimeField(help_text="of the first version: decides whether it was late", null=True),
                ),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="journals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        help_text="the author's unit at that time",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "author_id"],
                "indexes": [
                    models.Index(fields=["author", "-day"], name="journal_author_day"),
                    models.Index(
                        condition=models.Q(("state", "submitted")), fields=["org", "submitted_at"], name="journal_inbox"
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("author", "kind", "day"), name="journal_once")],
            },
        ),
        migrations.CreateModel(
            name="JournalVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("sections", models.JSONField(help_text="section code → text, as the author wrote it")),
                ("facts", models.JSONField(help_text="what the system knew of the span: [{title, lines}]")),
                ("submitted_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="journals.journal"
                    ),
                ),
            ],
            options={
                "ordering": ["journal_id", "number"],
                "constraints": [models.UniqueConstraint(fields=("journal", "number"), name="journal_version_once")],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("returned", "Returned")], default="accepted", max_length=10
                    ),
                ),
                ("evaluation", models.TextField(blank=True, verbose_name="evaluation")),
                ("requirement", models.TextField(blank=True, verbose_name="requirement")),
                ("requirement_due_on", models.DateField(blank=True, null=True, verbose_name="to be done by")),
                ("suggestion", models.TextField(blank=True, verbose_name="suggestion")),
                (
                    "mark",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="mark",
                    ),
                ),
                ("praise", models.BooleanField(default=False, verbose_name="praise")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="journals.journal"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "task",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.task"
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="journals.journalversion"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mark", None), ("mark__range", (1, 5)), _connector="OR"),
                        name="review_mark_1_to_5",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "returned"), _negated=True),
                            models.Q(("requirement", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="review_return_says_what",
                    ),
                ],
            },
        ),
    ]
