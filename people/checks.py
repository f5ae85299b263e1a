"""What `manage.py check --deploy` says of logins."""

from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def second_factor(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Whether somebody has decided who needs a second factor."""
    if settings.SECOND_FACTOR_ROLES:
        return []
    text = "SECOND_FACTOR_ROLES is not set: a password alone opens every account."
    return [Warning(text, hint="Set it to all, to roles such as hr,admin, or to none on purpose.", id="people.W001")]
