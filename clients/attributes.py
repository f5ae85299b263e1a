"""Names of the attributes that the product itself knows; an organisation's own are shown as it has called them."""

from django.utils.translation import gettext_lazy as _

LABELS = {
    "city": _("Town"),
    "zip_code": _("Postal code"),
    "listing_rate": _("Listing rate of key brands"),
    "compliance": _("Compliance mark"),
    "products": _("Number of products"),
}


def label_of(name: str) -> str:
    """An attribute's name in the reader's language."""
    return str(LABELS.get(name, name))
