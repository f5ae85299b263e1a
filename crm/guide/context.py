"""What every page knows of the guide."""

from typing import Any

from django.http import HttpRequest

from crm.guide.help import HELP


def page_help(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``page_help`` {what, next} of the page, None where there is nothing to say."""
    match = request.resolver_match
    texts = HELP.get(match.view_name) if match else None
    return {"page_help": {"what": texts[0], "next": texts[1]} if texts else None}
