"""Which relation a group of clients is worth: by what one of them brings, and how many they are."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

# Kotler, Marketing Management: levels of relationship marketing by profit margin and number of customers.
KINDS = {
    "basic": _("Basic: sell, no more"),
    "reactive": _("Reactive: be there when they call"),
    "accountable": _("Accountable: ask after each deal"),
    "proactive": _("Proactive: come with ideas"),
    "partnership": _("Partnership: work together all the time"),
}
TABLE = {
    ("many", "high"): "accountable", ("many", "middle"): "reactive", ("many", "low"): "basic",
    ("some", "high"): "proactive", ("some", "middle"): "accountable", ("some", "low"): "reactive",
    ("few", "high"): "partnership", ("few", "middle"): "proactive", ("few", "low"): "accountable",
}  # fmt: skip
MANY, FEW = Decimal("0.4"), Decimal("0.15")  # share of the clients
HIGH, LOW = Decimal("1.5"), Decimal("0.5")  # amount a client, against the mean of all


def relation(clients: int, amount: Decimal, all_clients: int, all_amount: Decimal) -> str:
    """The kind for a group of ``clients`` that bring ``amount`` among all."""
    share = Decimal(clients) / all_clients if all_clients else Decimal(0)
    mean = all_amount / all_clients if all_clients else Decimal(0)
    margin = amount / clients / mean if clients and mean else Decimal(0)
    number = "many" if share >= MANY else "few" if share < FEW else "some"
    return TABLE[number, "high" if margin >= HIGH else "low" if margin < LOW else "middle"]
