import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods
import people.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="OrgUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(editable=False, max_length=120, unique=True)),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("organisation", "Organisation"),
                            ("province", "Province"),
                            ("city", "City"),
                            ("county", "County"),
                            ("department", "Department"),
                            ("branch", "Branch"),
                            ("sub_branch", "Sub-branch"),
                            ("grid", "Grid"),
                        ],
                        default="grid",
                        max_length=20,
                        verbose_name="level",
                    ),
                ),
                (
                    "profile",
                    models.CharField(
                        choices=[("tobacco", "Tobacco"), ("bank", "Bank"), ("other", "Other")],
                        default="tobacco",
                        max_length=20,
                        verbose_name="industry",
                    ),
                ),
                (
                    "settings",
                    models.JSONField(blank=True, default=dict, help_text="an organisation's own limits and switches"),
                ),
                ("longitude", models.FloatField(blank=True, null=True)),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "organisation",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["path"],
                "indexes": [models.Index(fields=["path"], name="orgunit_path_prefix", opclasses=["text_pattern_ops"])],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("pk")), _negated=True), name="orgunit_not_own_parent"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation", models.F("pk")), ("parent", None)),
                            ("parent__isnull", False),
                            _connector="OR",
                        ),
                        name="orgunit_root_is_own",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=40, unique=True, verbose_name="user name")),
                ("employee_number", models.CharField(blank=True, max_length=40, verbose_name="employee number")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("am", "Account manager"),
                            ("supervisor", "Supervisor"),
                            ("hr", "HR officer"),
                            ("back_office", "Back office"),
                            ("admin", "Administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("post_title", models.CharField(blank=True, max_length=60, verbose_name="post")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("must_change_password", models.BooleanField(default=False)),
                ("joined_on", models.DateField(default=crm.lib.periods.today, verbose_name="joined on")),
                ("preferences", models.JSONField(blank=True, default=dict)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff",
                        to="people.orgunit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "ordering": ["unit_id", "username"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["am", "supervisor", "hr", "back_office", "admin"])),
                        name="user_role_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("am", "Account manager"),
                            ("supervisor", "Supervisor"),
                            ("hr", "HR officer"),
                            ("back_office", "Back office"),
                            ("admin", "Administrator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(blank=True, help_text="last day; empty while it lasts", null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="people.orgunit"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["user_id", "valid_from"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="posting_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("user_id"), models.F("user_id"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (
                                people.models.DateRange(
                                    "valid_from",
                                    "valid_to",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(
                                        inclusive_lower=True, inclusive_upper=True
                                    ),
                                ),
                                "&&",
                            ),
                        ],
                        name="posting_no_overlap",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="task")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("source", models.CharField(blank=True, help_text="e.g. visit:12; one task per source", max_length=60)),
                ("about", models.CharField(blank=True, help_text="e.g. client:7", max_length=60)),
                ("url", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("done_note", models.CharField(blank=True, max_length=300, verbose_name="result")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("done_at", None)), fields=["owner", "due_on"], name="task_open"),
                    models.Index(fields=["about"], name="task_about"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        fields=("source",),
                        name="task_once_per_source",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=300)),
                ("url", models.CharField(blank=True, max_length=200)),
                ("key", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(fields=["user", "-created_at"], name="notification_of_user"),
                    models.Index(condition=models.Q(("read_at", None)), fields=["user"], name="notification_unread"),
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="notification_once")],
            },
        ),
    ]
