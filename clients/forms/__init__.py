"""Forms of clients, contacts, imports and standards."""

from clients.forms.client import ClientForm, ContactForm, OwnClientForm
from clients.forms.standards import StandardForm, StandardFormSet
from clients.forms.uploads import MatchingForm, UploadForm

__all__ = [
    "ClientForm",
    "ContactForm",
    "MatchingForm",
    "OwnClientForm",
    "StandardForm",
    "StandardFormSet",
    "UploadForm",
]
