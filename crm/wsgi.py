"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 (views are loaded here, once for all workers with --preload, not by the first reader)
# What is loaded by now stays: to look through all of it for garbage took a tenth of a second from somebody's page.
gc.collect()
gc.freeze()
