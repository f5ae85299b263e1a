"""What the assessment adds to lower packages: an organisation's first scheme, and schemes as files."""

from typing import Any

from django.utils.translation import gettext as _

from kpi import defaults
from kpi.models import Scheme
from kpi.schemes import SchemeError
from people import schemes
from people.models import OrgUnit
from people.services import organisation_created


def on_organisation_created(organisation: OrgUnit, **_sent: Any) -> None:
    """A new organisation begins with its industry's scheme."""
    defaults.install(organisation)


organisation_created.connect(on_organisation_created, dispatch_uid="kpi.first_scheme")


def load_file(organisation: OrgUnit, data: dict[str, Any]) -> str:
    """Put a scheme file in force; what became of it in words."""
    try:
        scheme = defaults.load(organisation, data)
    except SchemeError as error:
        raise schemes.SchemeError("\n".join(error.messages)) from error
    return _("“%(scheme)s” is in force.") % {"scheme": scheme}


def export_file(organisation: OrgUnit) -> dict[str, Any] | None:
    """The scheme file of the latest published monthly scheme."""
    published = Scheme.objects.filter(organisation=organisation, published_at__isnull=False)
    latest = published.filter(period_kind="month").order_by("-published_at", "-pk").first()
    return defaults.dump(latest) if latest else None


schemes.register(schemes.SchemeKind("assessment", load_file, export_file))
