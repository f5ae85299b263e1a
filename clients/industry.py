"""What an industry's clients are like."""

from clients.models.client import Kind
from people.models import Profile

# What a client is where nobody says it: in a file that is imported, on an empty form.
USUAL_KIND = {
    Profile.TOBACCO: Kind.SHOP,
    Profile.BANK: Kind.COMPANY,
    Profile.TELECOM: Kind.COMPANY,
    Profile.UTILITY: Kind.PERSON,
    Profile.INSURANCE: Kind.PERSON,
    Profile.OTHER: Kind.COMPANY,
}


def has_shops(profile: str) -> bool:
    """Whether business formats and markets mean something: they are those of shops."""
    return profile in (Profile.TOBACCO, Profile.OTHER)
