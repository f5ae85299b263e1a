"""What people offer to places on every page."""

from django.utils.translation import gettext_lazy as _

from crm.lib.slots import Entry, search_sources
from people import search
from people.models import Role

READERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)

search_sources.register(Entry("people", search.hits, label=_("People"), order=20, roles=READERS))
