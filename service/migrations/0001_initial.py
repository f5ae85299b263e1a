import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("clients", "0003_upload_problems"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(help_text="of the form: one sent twice registers once", unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("request", "Request"), ("complaint", "Complaint")], max_length=10, verbose_name="kind"
                    ),
                ),
                ("category", models.CharField(max_length=30, verbose_name="category")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("visit", "During a visit"),
                            ("phone", "By phone"),
                            ("appointment", "By appointment"),
                            ("link", "By the client's own link"),
                        ],
                        max_length=15,
                        verbose_name="channel",
                    ),
                ),
                ("text", models.TextField(max_length=2000, verbose_name="what the client says")),
                ("contact", models.CharField(blank=True, max_length=60, verbose_name="who speaks")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="phone")),
                ("wanted_at", models.DateTimeField(blank=True, null=True, verbose_name="appointment")),
                (
                    "priority",
                    models.CharField(
                        choices=[("normal", "Normal"), ("urgent", "Urgent")],
                        default="normal",
                        max_length=10,
                        verbose_name="priority",
                    ),
                ),
                ("is_serious", models.BooleanField(default=False, verbose_name="serious")),
                ("tier", models.CharField(blank=True, help_text="of the client when it was registered", max_length=10)),
                ("registered_at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("registered", "Registered"),
                            ("assigned", "Assigned"),
                            ("handling", "In hand"),
                            ("waiting_client", "Waiting for the client"),
                            ("resolved", "To call back"),
                            ("called_back", "Called back"),
                            ("closed", "Closed"),
                            ("reopened", "Reopened"),
                            ("merged", "Merged"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="registered",
                        max_length=15,
                    ),
                ),
                ("post", models.CharField(blank=True, help_text="title of the handler's post", max_length=60)),
                ("due_at", models.DateTimeField()),
                (
                    "left_minutes",
                    models.IntegerField(help_text="working minutes left while the clock stands", null=True),
                ),
                ("result", models.TextField(blank=True, max_length=2000)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("callback_on", models.DateField(null=True)),
                ("called_back_at", models.DateTimeField(null=True)),
                ("satisfaction", models.PositiveSmallIntegerField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("reopened", models.PositiveSmallIntegerField(default=0, help_text="how often")),
                ("escalation_level", models.PositiveSmallIntegerField(default=0)),
                (
                    "called_back_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "handler_unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="service.servicerequest",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        help_text="of the client, else the registrar's",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "registered_by",
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
                "ordering": ["due_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("registered", "assigned", "handling", "reopened"))),
                        fields=["organisation", "due_at"],
                        name="request_running_due",
                    ),
                    models.Index(fields=["handler", "state", "due_at"], name="request_of_handler"),
                    models.Index(fields=["client", "-registered_at"], name="request_of_client"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("satisfaction__range", (1, 5))), name="request_satisfaction_1_to_5"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["registered", "cancelled", "merged"]),
                            ("handler__isnull", False),
                            _connector="OR",
                        ),
                        name="request_has_handler",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("left_minutes__isnull", False), ("state", "waiting_client")),
                            models.Q(models.Q(("state", "waiting_client"), _negated=True), ("left_minutes", None)),
                            _connector="OR",
                        ),
                        name="request_clock_stands_while_waiting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("resolved_at__isnull", False), ("state__in", ["resolved", "called_back", "closed"])
                            ),
                            models.Q(
                                models.Q(("state__in", ["resolved", "called_back", "closed"]), _negated=True),
                                ("resolved_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="request_resolved_fits_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("called_back_at__isnull", False),
                                ("satisfaction__isnull", False),
                                ("state__in", ["called_back", "closed"]),
                            ),
                            models.Q(
                                models.Q(("state__in", ["called_back", "closed"]), _negated=True),
                                ("called_back_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="request_called_back_fits_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", False), ("state__in", ["closed", "merged", "cancelled"])),
                            models.Q(
                                models.Q(("state__in", ["closed", "merged", "cancelled"]), _negated=True),
                                ("closed_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="request_closed_fits_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged_into__isnull", False), ("state", "merged")),
                            models.Q(models.Q(("state", "merged"), _negated=True), ("merged_into", None)),
                            _connector="OR",
                        ),
                        name="request_merged_fits_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("registered", "Registered"),
                            ("assigned", "Assigned"),
                            ("handling", "In hand"),
                            ("waiting_client", "Waiting for the client"),
                            ("resolved", "To call back"),
                            ("called_back", "Called back"),
                            ("closed", "Closed"),
                            ("reopened", "Reopened"),
                            ("merged", "Merged"),
                            ("cancelled", "Cancelled"),
                        ],
                        help_text="after the act",
                        max_length=15,
                    ),
                ),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                ("note", models.TextField(blank=True, max_length=2000)),
                (
                    "data",
                    models.JSONField(default=dict, help_text="what else the act says, e.g. the new handler's name"),
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
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="service.servicerequest"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reopened", models.PositiveSmallIntegerField()),
                (
                    "level",
                    models.PositiveSmallIntegerField(help_text="1 is the nearest unit upwards with a supervisor"),
                ),
                ("at", models.DateTimeField(default=crm.lib.periods.now)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="escalations",
                        to="service.servicerequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("request", "reopened", "level"), name="escalation_once_per_level")
                ],
            },
        ),
        migrations.CreateModel(
            name="EightD",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("team", models.CharField(blank=True, max_length=200, verbose_name="D1 Team")),
                ("problem", models.TextField(blank=True, max_length=1000, verbose_name="D2 Problem")),
                ("containment", models.TextField(blank=True, max_length=1000, verbose_name="D3 Containment")),
                ("cause", models.TextField(blank=True, max_length=1000, verbose_name="D4 Root cause")),
                ("correction", models.TextField(blank=True, max_length=1000, verbose_name="D5 Correction")),
                ("proof", models.TextField(blank=True, max_length=1000, verbose_name="D6 Proof that it works")),
                ("prevention", models.TextField(blank=True, max_length=1000, verbose_name="D7 Prevention")),
                ("closing", models.TextField(blank=True, max_length=1000, verbose_name="D8 What the team learned")),
                ("changed_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                (
                    "changed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="eight_d", to="service.servicerequest"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlipCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField()),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("unit", "year"), name="slip_counter_once")],
            },
        ),
        migrations.CreateModel(
            name="InformationSlip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                ("number", models.CharField(max_length=60, verbose_name="number")),
                ("uuid", models.UUIDField(help_text="of the form: one sent twice is one slip", unique=True)),
                ("given_at", models.DateTimeField(default=crm.lib.periods.now, verbose_name="given at")),
                ("category", models.CharField(max_length=30, verbose_name="category")),
                ("content", models.TextField(max_length=2000, verbose_name="content")),
                ("suggestion", models.TextField(blank=True, max_length=1000, verbose_name="suggestion or request")),
                ("receiver_post", models.CharField(blank=True, max_length=60, verbose_name="receiving post")),
                ("due_at", models.DateTimeField(verbose_name="answer by")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sent", "Sent"),
                            ("received", "Received"),
                            ("handled", "Handled"),
                            ("fed_back", "Fed back"),
                        ],
                        default="sent",
                        max_length=10,
                    ),
                ),
                ("received_at", models.DateTimeField(null=True, verbose_name="received at")),
                ("opinion", models.TextField(blank=True, max_length=1000, verbose_name="handling opinion")),
                ("handled_at", models.DateTimeField(null=True)),
                ("feedback", models.TextField(blank=True, max_length=1000, verbose_name="feedback")),
                ("fed_back_at", models.DateTimeField(null=True, verbose_name="fed back at")),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "fed_back_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="giver",
                    ),
                ),
                (
                    "handled_by",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="receiver",
                    ),
                ),
                (
                    "receiver_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.orgunit"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        help_text="of the giver",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["-given_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("fed_back_at", None)), fields=["receiver", "due_at"], name="slip_to_answer"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "year", "sequence"), name="slip_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("fed_back_at", None), ("handled_at", None), ("received_at", None), ("state", "sent")
                            ),
                            models.Q(
                                ("fed_back_at", None),
                                ("handled_at", None),
                                ("received_at__isnull", False),
                                ("state", "received"),
                            ),
                            models.Q(
                                ("fed_back_at", None),
                                ("handled_at__isnull", False),
                                ("received_at__isnull", False),
                                ("state", "handled"),
                            ),
                            models.Q(
                                ("fed_back_at__isnull", False),
                                ("handled_at__isnull", False),
                                ("received_at__isnull", False),
                                ("state", "fed_back"),
                            ),
                            _connector="OR",
                        ),
                        name="slip_times_fit_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("giver", models.F("receiver")), _negated=True), name="slip_goes_to_another"
                    ),
                ],
            },
        ),
    ]
