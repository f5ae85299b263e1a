"""Addresses under /api/v1/."""

from typing import Any

from crm.api import reading, writing
from crm.api.site import api

for router in (reading.router, writing.data):
    api.add_router("", router)

patterns, app_name, namespace = api.urls
pattern: Any
for pattern in patterns:  # a token stands in for the login, and answers 401 instead of a redirect
    pattern.callback.login_required = False
urls = (patterns, app_name, namespace)
