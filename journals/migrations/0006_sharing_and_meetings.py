import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("journals", "0005_sample_seals"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("note", "Knowledge note"), ("case", "Case"), ("report", "Special report")],
                        default="note",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="title")),
                ("text", models.TextField(max_length=20000, verbose_name="text")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="who reads it: this unit and below",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "indexes": [models.Index(fields=["unit", "-created_at"], name="article_of_unit")],
            },
        ),
        migrations.CreateModel(
            name="ArticleRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reads", to="journals.article"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("article", "user"), name="article_read_once")],
            },
        ),
        migrations.AddField(
            model_name="article",
            name="readers",
            field=models.ManyToManyField(related_name="+", through="journals.ArticleRead", to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name="Idea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=100, verbose_name="title")),
                ("text", models.TextField(max_length=4000, verbose_name="proposal")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("answer_due_on", models.DateField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("adopted", "Adopted"), ("tried", "On trial"), ("declined", "Not adopted")],
                        max_length=10,
                        verbose_name="answer",
                    ),
                ),
                ("answer_text", models.TextField(blank=True, max_length=4000, verbose_name="reason and next step")),
                ("award", models.BooleanField(default=False, verbose_name="innovation award")),
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
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ideas", to=settings.AUTH_USER_MODEL
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
                "ordering": ["-created_at", "-pk"],
                "indexes": [models.Index(fields=["org", "-created_at"], name="idea_of_unit")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at", None)),
                            models.Q(
                                ("answered_at__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                                models.Q(("answer_text", ""), _negated=True),
                                ("answered_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="idea_answer_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("award", False), ("answer__in", ("adopted", "tried")), _connector="OR"),
                        name="idea_award",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("daily", "Daily meeting"),
                            ("weekly", "Weekly meeting"),
                            ("monthly", "Monthly meeting"),
                            ("special", "Special meeting"),
                        ],
                        default="daily",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="title")),
                ("begins_at", models.DateTimeField(verbose_name="begins at")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="place")),
                ("agenda", models.TextField(blank=True, max_length=4000, verbose_name="agenda")),
                ("minutes", models.TextField(blank=True, max_length=20000, verbose_name="minutes")),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "ordering": ["-begins_at", "-pk"],
                "indexes": [models.Index(fields=["unit", "-begins_at"], name="meeting_of_unit")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at", None), models.Q(("minutes", ""), _negated=True), _connector="OR"
                        ),
                        name="meeting_closed_has_minutes",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("invited", "Invited"),
                            ("present", "Present"),
                            ("excused", "Excused"),
                            ("absent", "Absent"),
                        ],
                        default="invited",
                        max_length=10,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attendance", to="journals.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["meeting_id", "user__name", "pk"],
                "constraints": [models.UniqueConstraint(fields=("meeting", "user"), name="attendance_once")],
            },
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.task"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="journals.meeting"
                    ),
                ),
            ],
            options={
                "ordering": ["meeting_id", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Phrase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("evaluation", "Evaluation"),
                            ("requirement", "Requirement"),
                            ("suggestion", "Suggestion"),
                        ],
                        max_length=20,
                        verbose_name="part",
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="phrase")),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="phrases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["part", "pk"],
                "constraints": [models.UniqueConstraint(fields=("owner", "part", "text"), name="phrase_once")],
            },
        ),
    ]
