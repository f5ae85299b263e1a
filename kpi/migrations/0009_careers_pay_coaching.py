import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("kpi", "0008_seals_by_statement"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.AddField(
            model_name="scheme",
            name="post",
            field=models.CharField(
                blank=True, help_text="Empty: everybody of the role there.", max_length=60, verbose_name="for the post"
            ),
        ),
        migrations.AddField(
            model_name="scheme",
            name="role",
            field=models.CharField(
                choices=[("am", "Account manager"), ("back_office", "Back office")],
                default="am",
                max_length=20,
                verbose_name="for the role",
            ),
        ),
        migrations.AddField(
            model_name="scheme",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: the whole organisation. The nearest unit wins.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.orgunit",
                verbose_name="for the unit",
            ),
        ),
        migrations.CreateModel(
            name="CoachingCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(help_text="month whose figures proposed it", max_length=10)),
                (
                    "proposed",
                    models.CharField(
                        choices=[
                            ("unsure", "Unsure"),
                            ("no_drive", "No drive"),
                            ("complaints", "Complaint-causing"),
                            ("weak_finish", "Strong start, weak finish"),
                            ("resentful", "Resentful"),
                            ("complacent", "Complacent"),
                            ("excellent", "Excellent"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("unsure", "Unsure"),
                            ("no_drive", "No drive"),
                            ("complaints", "Complaint-causing"),
                            ("weak_finish", "Strong start, weak finish"),
                            ("resentful", "Resentful"),
                            ("complacent", "Complacent"),
                            ("excellent", "Excellent"),
                        ],
                        help_text="as the supervisor sees it",
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                ("figures", models.JSONField(help_text="[[what, value, limit], …] as measured")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("confirmed", "Confirmed"),
                            ("dismissed", "Dismissed"),
                            ("closed", "Closed"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("score_before", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ("score_after", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ("period_after", models.CharField(blank=True, max_length=10)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("created_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("decided_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coaching_cases",
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "ordering": ["-period", "org__path", "manager__username"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "confirmed"])),
                        fields=("manager",),
                        name="coaching_case_one_open",
                    ),
                    models.UniqueConstraint(fields=("manager", "period"), name="coaching_case_once_a_period"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("state", "proposed")),
                            models.Q(
                                ("decided_at__isnull", False), ("state__in", ["confirmed", "dismissed", "closed"])
                            ),
                            _connector="OR",
                        ),
                        name="coaching_case_decision_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoachingAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("joint_visit", "Joint visits"),
                            ("training", "Training of knowledge and skills"),
                            ("talk", "A talk, one to one"),
                            ("stage_goals", "Goals for each stage, checked"),
                            ("new_area", "Another area"),
                            ("explain", "Rules and policy explained"),
                            ("team", "Team activities, a say in matters"),
                            ("praise", "Praise and recognition"),
                            ("harder_goals", "Harder goals"),
                            ("mentor", "Helps others as a mentor"),
                            ("find_cause", "Causes of the complaints traced"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="coaching_action", to="people.task"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="actions", to="kpi.coachingcase"
                    ),
                ),
            ],
            options={
                "ordering": ["task__due_on", "pk"],
                "constraints": [models.UniqueConstraint(fields=("case", "kind"), name="coaching_action_once")],
            },
        ),
        migrations.CreateModel(
            name="Exam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("grade", "Grade exam"), ("skills", "Half-yearly skills exam")],
                        default="skills",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("held_on", models.DateField(verbose_name="day")),
                (
                    "full_mark",
                    models.DecimalField(decimal_places=1, default=100, max_digits=5, verbose_name="full mark"),
                ),
                (
                    "pass_mark",
                    models.DecimalField(decimal_places=1, default=60, max_digits=5, verbose_name="pass mark"),
                ),
                (
                    "interview_share",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="0 without an interview; 0.4 counts it as 40 %.",
                        max_digits=3,
                        verbose_name="share of the interview",
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
                "ordering": ["-held_on", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="exam_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("full_mark__gt", 0), ("pass_mark__gt", 0), ("pass_mark__lte", models.F("full_mark"))
                        ),
                        name="exam_marks_sound",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("interview_share__range", (0, 1))), name="exam_interview_share_0_to_1"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExamResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("written", models.DecimalField(decimal_places=1, max_digits=5)),
                ("interview", models.DecimalField(decimal_places=1, max_digits=5, null=True)),
                ("mark", models.DecimalField(decimal_places=2, max_digits=5)),
                ("entered_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "exam",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="kpi.exam"
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exam_results",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-mark"],
                "constraints": [
                    models.UniqueConstraint(fields=("exam", "manager"), name="exam_result_once"),
                    models.CheckConstraint(condition=models.Q(("mark__range", (0, 100))), name="exam_result_0_to_100"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PayLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.PositiveSmallIntegerField(default=0, help_text="calendar days in post")),
                ("of_days", models.PositiveSmallIntegerField()),
                ("score", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "Excellent"),
                            ("good", "Good"),
                            ("fair", "Fair"),
                            ("fail", "Below standard"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "factor",
                    models.DecimalField(decimal_places=4, help_text="of the standard bonus", max_digits=6, null=True),
                ),
                ("base", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                ("grade_pay", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                (
                    "bonus",
                    models.DecimalField(
                        decimal_places=2, default=0, help_text="earned this month, paid with the quarter", max_digits=12
                    ),
                ),
                (
                    "quarter_bonus",
                    models.DecimalField(
                        decimal_places=2, default=0, help_text="earned in the quarter that ends", max_digits=12
                    ),
                ),
                (
                    "deferred",
                    models.DecimalField(decimal_places=2, default=0, help_text="of it kept back", max_digits=12),
                ),
                (
                    "released",
                    models.DecimalField(
                        decimal_places=2, default=0, help_text="kept back last year, paid now", max_digits=12
                    ),
                ),
                ("pieces", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                ("total", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                (
                    "card",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kpi.scorecard"
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pay_lines",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "ordering": ["sheet_id", "org__path", "manager__username"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("base"), "+", models.F("grade_pay")
                                                ),
                                                "+",
                                                models.F("quarter_bonus"),
                                            ),
                                            "-",
                                            models.F("deferred"),
                                        ),
                                        "+",
                                        models.F("released"),
                                    ),
                                    "+",
                                    models.F("pieces"),
                                ),
                            )
                        ),
                        name="pay_line_adds_up",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PayItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("metric", models.CharField(max_length=40)),
                ("value", models.DecimalField(decimal_places=6, max_digits=20)),
                ("numerator", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("denominator", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("amount", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="kpi.payline"
                    ),
                ),
            ],
            options={
                "ordering": ["line_id", "position"],
                "constraints": [models.UniqueConstraint(fields=("line", "position"), name="pay_item_once")],
            },
        ),
        migrations.CreateModel(
            name="PayRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("effective_from", models.DateField(verbose_name="effective from")),
                ("rules", models.JSONField()),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                "ordering": ["organisation_id", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "version"), name="pay_rules_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PaySheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=10)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("reason", models.CharField(blank=True, help_text="why this version was made", max_length=300)),
                (
                    "state",
                    models.CharField(choices=[("draft", "Draft"), ("final", "Final")], default="draft", max_length=10),
                ),
                ("computed_at", models.DateTimeField(null=True)),
                ("hash", models.CharField(blank=True, max_length=64)),
                ("final_at", models.DateTimeField(null=True)),
                (
                    "final_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "rules",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sheets", to="kpi.payrules"
                    ),
                ),
            ],
            options={
                "ordering": ["-period", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "period", "version"), name="pay_sheet_version_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")),
                        fields=("organisation", "period"),
                        name="pay_sheet_one_draft",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("final_at", None), ("final_by", None), ("state", "draft")),
                            models.Q(("final_at__isnull", False), ("final_by__isnull", False), ("state", "final")),
                            _connector="OR",
                        ),
                        name="pay_sheet_final_whole",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="payline",
            name="sheet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="kpi.paysheet"
            ),
        ),
        migrations.CreateModel(
            name="PostGrade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, verbose_name="code")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "position",
                    models.PositiveSmallIntegerField(help_text="1 is the lowest.", verbose_name="place on the ladder"),
                ),
                (
                    "monthly_pay",
                    models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name="grade pay a month"),
                ),
                (
                    "exam_mark",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="In percent; empty: no exam is needed.",
                        max_digits=5,
                        null=True,
                        verbose_name="least mark in the grade exam",
                    ),
                ),
                ("metric", models.CharField(blank=True, max_length=40, verbose_name="or an indicator in its place")),
                (
                    "metric_least",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=20, null=True, verbose_name="at least"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "ordering": ["organisation_id", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "code"), name="post_grade_code_once"),
                    models.UniqueConstraint(fields=("organisation", "position"), name="post_grade_place_once"),
                    models.CheckConstraint(
                        condition=models.Q(("monthly_pay__gte", 0)), name="post_grade_pay_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("metric", ""), ("metric_least", None)),
                            models.Q(models.Q(("metric", ""), _negated=True), ("metric_least__isnull", False)),
                            _connector="OR",
                        ),
                        name="post_grade_metric_whole",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="payline",
            name="grade",
            field=models.ForeignKey(
                help_text="at the month's end",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kpi.postgrade",
            ),
        ),
        migrations.CreateModel(
            name="GradeMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=10)),
                ("kind", models.CharField(choices=[("promote", "Promote"), ("demote", "Demote")], max_length=10)),
                ("figures", models.JSONField(help_text="scores, missing proof of qualification")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "Proposed"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grade_moves",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "from_grade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kpi.postgrade"
                    ),
                ),
                (
                    "to_grade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kpi.postgrade"
                    ),
                ),
            ],
            options={
                "ordering": ["-period", "kind", "manager__username"],
                "constraints": [
                    models.UniqueConstraint(fields=("manager", "period"), name="grade_move_once_a_period"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("state", "proposed")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["accepted", "declined"]),
                            ),
                            _connector="OR",
                        ),
                        name="grade_move_decision_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GradeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="from")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("decided_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grade_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "move",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="change",
                        to="kpi.grademove",
                    ),
                ),
                (
                    "grade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="kpi.postgrade"
                    ),
                ),
            ],
            options={
                "ordering": ["manager_id", "-valid_from"],
                "constraints": [
                    models.UniqueConstraint(fields=("manager", "valid_from"), name="grade_change_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="grade_change_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rotation",
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
                        verbose_name="as",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                (
                    "ends_on",
                    models.DateField(blank=True, help_text="Empty: for good.", null=True, verbose_name="until the day"),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("planned_at", models.DateTimeField(default=crm.lib.periods.now)),
                ("carried_out_at", models.DateTimeField(null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rotations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                        verbose_name="to unit",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on", None), ("ends_on__gt", models.F("starts_on")), _connector="OR"),
                        name="rotation_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("carried_out_at", None), ("dropped_at", None), _connector="OR"),
                        name="rotation_one_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="to")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("renew", "Renew"),
                            ("promote", "Renew at a higher grade"),
                            ("demote", "Renew at a lower grade"),
                            ("dismiss", "Do not renew"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to=settings.AUTH_USER_MODEL
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
                "ordering": ["ends_on", "manager__username"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gt", models.F("starts_on"))), name="term_ends_after_start"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decision", "")), fields=("manager",), name="term_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("decision", ""), ("reason", "")),
                            models.Q(
                                models.Q(("decision", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="term_decision_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Training",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="training")),
                ("place", models.CharField(blank=True, max_length=80, verbose_name="place")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="day")),
                ("attended_on", models.DateField(null=True)),
                ("given_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "honour",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="training", to="kpi.honour"
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trainings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account manager",
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
                "ordering": [models.OrderBy(models.F("attended_on"), descending=True, nulls_first=True), "-given_at"],
            },
        ),
        migrations.CreateModel(
            name="CardComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=500, verbose_name="comment")),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="kpi.scorecard"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="card_comment_not_empty"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="payline",
            constraint=models.UniqueConstraint(fields=("sheet", "manager"), name="pay_line_once"),
        ),
    ]
