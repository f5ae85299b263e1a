"""Words that a visit form offers to tap, by industry."""

from django.utils.translation import gettext_lazy as _

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
BUSINESS = [Purpose.ROUTINE, Purpose.MARKETING, Purpose.COMPLAINT, Purpose.RETENTION, Purpose.CARE]
PURPOSES |= {"telecom": BUSINESS, "utility": BUSINESS, "insurance": BUSINESS}
OTHERS = [purpose for purpose in Purpose if purpose != Purpose.INSPECTION]


def purposes_of(profile: str) -> list[tuple[str, str]]:
    """(value, label) of the purposes that an industry visits for; every purpose where the industry is unknown."""
    return [(purpose.value, str(purpose.label)) for purpose in PURPOSES.get(profile, OTHERS)]


PHRASES = {
    "tobacco": [
        _("Supply of popular brands falls short"),
        _("New product sells slowly"),
        _("Price tags need replacing"),
        _("Delivery came late"),
        _("Ordering system is slow"),
        _("Stock of slow sellers is high"),
    ],
    "bank": [
        _("Asks for a better deposit rate"),
        _("Considers a loan"),
        _("Interested in wealth products"),
        _("Queues at the counter are long"),
        _("Mobile banking is unfamiliar"),
        _("Compares with another bank"),
    ],
    "telecom": [
        _("The line is slow or breaks off"),
        _("The bill is not clear"),
        _("Wants more bandwidth"),
        _("Interested in cloud services"),
        _("Repairs take too long"),
        _("Compares with another operator"),
    ],
    "utility": [
        _("Supply was interrupted"),
        _("Doubts the meter reading"),
        _("The bill is higher than usual"),
        _("Asks for more capacity"),
        _("Wants to pay online"),
        _("Asks for a safety check"),
    ],
    "insurance": [
        _("A claim takes too long"),
        _("Asks about the renewal"),
        _("Finds the premium high"),
        _("Worries whether the cover is enough"),
        _("Wants to change the policy"),
        _("Compares with another insurer"),
    ],
}
OF_OTHERS = [_("Asks for a quotation"), _("Asks for quicker service")]


def phrases_of(profile: str) -> list[str]:
    """Demands and opinions that clients of an industry often voice."""
    return [str(phrase) for phrase in [*PHRASES.get(profile, OF_OTHERS), _("No particular demand")]]
