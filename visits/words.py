"""Words that a visit form offers to tap, by industry."""

from django.utils.translation import gettext as _

from visits.models import Purpose

PURPOSES = {
    "tobacco": [
        Purpose.ROUTINE,
        Purpose.DISPLAY,
        Purpose.ORDER,
        Purpose.NEW_PRODUCT,
        Purpose.COMPLAINT,
        Purpose.RETENTION,
        Purpose.CARE,
    ],
    "bank": [
        Purpose.ROUTINE,
        Purpose.MARKETING,
        Purpose.POST_LOAN,
        Purpose.COMPLAINT,
        Purpose.RETENTION,
        Purpose.CARE,
    ],
}
OTHERS = [purpose for purpose in Purpose if purpose != Purpose.INSPECTION]


def purposes_of(profile: str) -> list[tuple[str, str]]:
    """(value, label) of the purposes that an industry visits for; every purpose where the industry is unknown."""
    return [(purpose.value, str(purpose.label)) for purpose in PURPOSES.get(profile, OTHERS)]


def phrases_of(profile: str) -> list[str]:
    """Demands and opinions that clients of an industry often voice."""
    if profile == "tobacco":
        return [
            _("Supply of popular brands falls short"),
            _("New product sells slowly"),
            _("Price tags need replacing"),
            _("Delivery came late"),
            _("Ordering system is slow"),
            _("Stock of slow sellers is high"),
            _("No particular demand"),
        ]
    if profile == "bank":
        return [
            _("Asks for a better deposit rate"),
            _("Considers a loan"),
            _("Interested in wealth products"),
            _("Queues at the counter are long"),
            _("Mobile banking is unfamiliar"),
            _("Compares with another bank"),
            _("No particular demand"),
        ]
    return [_("Asks for a quotation"), _("Asks for quicker service"), _("No particular demand")]
