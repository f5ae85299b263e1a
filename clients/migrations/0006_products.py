import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import crm.lib.periods


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0005_list_tools"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, verbose_name="product code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("brand", models.CharField(blank=True, max_length=60, verbose_name="brand")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit of quantity")),
                (
                    "price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price",
                    ),
                ),
                (
                    "is_key",
                    models.BooleanField(
                        default=False, help_text="counts for the listing rate", verbose_name="key product"
                    ),
                ),
                ("launched_on", models.DateField(blank=True, null=True, verbose_name="on sale from")),
                ("withdrawn_on", models.DateField(blank=True, null=True, verbose_name="withdrawn on")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "organisation",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["product_class__position", "-is_key", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "code"), name="product_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_on", None),
                            ("launched_on", None),
                            ("withdrawn_on__gte", models.F("launched_on")),
                            _connector="OR",
                        ),
                        name="product_withdrawn_after_launch",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price", None), ("price__gte", 0), _connector="OR"),
                        name="product_price_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=60, verbose_name="loan number")),
                (
                    "principal",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="yuan",
                        max_digits=16,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="principal",
                    ),
                ),
                (
                    "balance",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=16,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="balance",
                    ),
                ),
                (
                    "rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=6,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="interest, % a year",
                    ),
                ),
                ("granted_on", models.DateField(verbose_name="granted on")),
                ("due_on", models.DateField(verbose_name="to be paid back by")),
                ("purpose", models.CharField(blank=True, max_length=120, verbose_name="purpose")),
                (
                    "guarantee",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("credit", "Unsecured"),
                            ("guarantor", "Guarantor"),
                            ("mortgage", "Mortgage"),
                            ("pledge", "Pledge"),
                        ],
                        max_length=20,
                        verbose_name="security",
                    ),
                ),
                (
                    "risk",
                    models.CharField(
                        choices=[
                            ("normal", "Normal"),
                            ("watch", "Special mention"),
                            ("substandard", "Substandard"),
                            ("doubtful", "Doubtful"),
                            ("loss", "Loss"),
                        ],
                        default="normal",
                        max_length=20,
                        verbose_name="risk class",
                    ),
                ),
                (
                    "overdue_amount",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=16,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="overdue amount",
                    ),
                ),
                ("overdue_since", models.DateField(blank=True, null=True, verbose_name="overdue since")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="paid back on")),
                (
                    "check_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: by the risk class.",
                        null=True,
                        verbose_name="days between post-loan visits",
                    ),
                ),
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
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="clients.client"
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
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.product",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_on", None)), fields=["organisation", "due_on"], name="loan_end"
                    ),
                    models.Index(
                        condition=models.Q(("overdue_since__isnull", False)),
                        fields=["organisation", "overdue_since"],
                        name="loan_overdue",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "number"), name="loan_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gt", models.F("granted_on"))), name="loan_due_after_grant"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("balance__gte", 0), ("balance__lte", models.F("principal"))),
                        name="loan_balance_fits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("overdue_amount", 0), ("overdue_since", None)),
                            models.Q(("overdue_amount__gt", 0), ("overdue_since__isnull", False)),
                            _connector="OR",
                        ),
                        name="loan_overdue_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on", None),
                            models.Q(
                                ("balance", 0), ("closed_on__gte", models.F("granted_on")), ("overdue_since", None)
                            ),
                            _connector="OR",
                        ),
                        name="loan_closed_is_paid",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(blank=True, max_length=40, verbose_name="number")),
                ("since", models.DateField(default=crm.lib.periods.today, verbose_name="since")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="term ends on")),
                ("until", models.DateField(blank=True, null=True, verbose_name="last day")),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="amount",
                    ),
                ),
                ("ended_reason", models.CharField(blank=True, max_length=200, verbose_name="why it ended")),
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
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holdings",
                        to="clients.client",
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
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="clients.product",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "product"], name="holding_client"),
                    models.Index(fields=["product", "client"], name="holding_product"),
                    models.Index(
                        condition=models.Q(("ends_on__isnull", False), ("until", None)),
                        fields=["organisation", "ends_on"],
                        name="holding_term_end",
                    ),
                    models.Index(
                        condition=models.Q(("until__isnull", False)),
                        fields=["organisation", "until"],
                        name="holding_dropped",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)),
                        fields=("client", "product", "reference"),
                        name="holding_runs_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                        name="holding_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("since")), _connector="OR"),
                        name="holding_term_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount", None), ("amount__gte", 0), _connector="OR"),
                        name="holding_amount_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=60, verbose_name="contract number")),
                ("title", models.CharField(max_length=120, verbose_name="what it is about")),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="amount",
                    ),
                ),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="signed on")),
                ("starts_on", models.DateField(verbose_name="runs from")),
                ("ends_on", models.DateField(verbose_name="runs until")),
                ("notice_days", models.PositiveSmallIntegerField(default=60, verbose_name="days of notice")),
                (
                    "notice_from",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            models.F("ends_on"), "-", models.F("notice_days")
                        ),
                        output_field=models.DateField(),
                    ),
                ),
                (
                    "ended_on",
                    models.DateField(
                        blank=True, help_text="before its time, or withdrawn", null=True, verbose_name="ended on"
                    ),
                ),
                ("ended_reason", models.CharField(blank=True, max_length=200, verbose_name="why it ended")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("made_at", models.DateTimeField(default=crm.lib.periods.now, editable=False)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contracts", to="clients.client"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
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
                    "renews",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewal",
                        to="clients.contract",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.product",
                    ),
                ),
            ],
            options={
                "ordering": ["ends_on", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_on", None)), fields=["organisation", "ends_on"], name="contract_end"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "number"), name="contract_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="contract_ends_after_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount", None), ("amount__gte", 0), _connector="OR"),
                        name="contract_amount_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on", None), models.Q(("ended_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="contract_end_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductClass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(allow_unicode=True, max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("goods", "Goods on the shelf"),
                            ("deposit", "Deposit"),
                            ("loan", "Loan"),
                            ("card", "Card"),
                            ("investment", "Investment"),
                            ("service", "Service"),
                        ],
                        default="goods",
                        max_length=20,
                        verbose_name="nature",
                    ),
                ),
                (
                    "measure",
                    models.SlugField(
                        allow_unicode=True,
                        blank=True,
                        help_text="key in the monthly facts",
                        max_length=60,
                        verbose_name="monthly figure",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "organisation",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.orgunit",
                    ),
                ),
            ],
            options={
                "ordering": ["organisation_id", "position", "pk"],
                "constraints": [models.UniqueConstraint(fields=("organisation", "code"), name="product_class_once")],
            },
        ),
        migrations.AddField(
            model_name="product",
            name="product_class",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="products",
                to="clients.productclass",
                verbose_name="class",
            ),
        ),
        migrations.CreateModel(
            name="ContractStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="what is to be done")),
                ("due_on", models.DateField(verbose_name="due on")),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=16,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="amount",
                    ),
                ),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="done on")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="clients.contract"
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
                "indexes": [
                    models.Index(condition=models.Q(("done_on", None)), fields=["due_on"], name="contract_step_open")
                ],
            },
        ),
        migrations.CreateModel(
            name="LoanCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="done on")),
                ("visit_id", models.BigIntegerField(editable=False, null=True)),
                (
                    "finding",
                    models.CharField(
                        blank=True,
                        choices=[("fine", "Nothing conspicuous"), ("watch", "To be watched"), ("risk", "Risk signal")],
                        max_length=10,
                        verbose_name="finding",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loan_checks",
                        to="clients.client",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="checks", to="clients.loan"
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_on", None)), fields=["client", "due_on"], name="loan_check_open"
                    ),
                    models.Index(
                        condition=models.Q(("done_on__isnull", False)),
                        fields=["client", "done_on"],
                        name="loan_check_done",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_on", None)), fields=("loan",), name="loan_check_one_open"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("visit_id__isnull", False)),
                        fields=("loan", "visit_id"),
                        name="loan_check_visit_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_on", None), ("finding", "")), ("done_on__isnull", False), _connector="OR"
                        ),
                        name="loan_check_found",
                    ),
                ],
            },
        ),
    ]
