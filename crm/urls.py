"""Addresses of the site; each package holds its own."""

from django.urls import include, path

from crm import audit, health, home, jobs, metrics
from crm.api import calendar
from crm.api import urls as api
from crm.api import views as tokens
from crm.finding import views as finding
from crm.guide import pages as guide
from crm.guide import views as setup
from crm.webhooks import views as webhooks
from people.views.account import set_language

urlpatterns = [
    path("", home.home, name="home"),
    path("later/", home.home_later, name="home-later"),
    path("audit/", audit.audit, name="audit"),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("language/", set_language, name="set_language"),
    path("search/", finding.search_page, name="search"),
    path("favourites/", finding.favourite, name="favourite"),
    path("api/v1/", api.urls),
    path("calendar/<str:secret>.ics", calendar.feed, name="calendar"),
    path("me/tokens/", tokens.tokens, name="tokens"),
    path("me/tokens/<int:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/", webhooks.log, name="webhook"),
    path("webhooks/<int:pk>/ping/", webhooks.ping, name="webhook-ping"),
    path("webhooks/<int:pk>/switch/", webhooks.switch, name="webhook-switch"),
    path("webhooks/calls/<uuid:pk>/again/", webhooks.again, name="webhook-again"),
    path("setup/", setup.setup, name="setup"),
    path("setup/steps/", setup.setup_steps, name="setup-steps"),
    path("setup/steps/<str:name>/skip/", setup.setup_skip, name="setup-skip"),
    path("setup/close/", setup.setup_close, name="setup-close"),
    path("setup/tiers/", setup.setup_tiers, name="setup-tiers"),
    path("setup/sample/", setup.setup_sample, name="setup-sample"),
    path("help/", guide.help_page, name="help"),
    path("tour/", guide.tour_seen, name="tour-seen"),
    path("styleguide/", guide.styleguide, name="styleguide"),
    path("jobs/<int:pk>/", jobs.detail, name="job"),
    path("jobs/<int:pk>/progress/", jobs.progress, name="job-progress"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="job-cancel"),
    path("", include("people.urls")),
    path("clients/", include("clients.urls")),
    path("visits/", include("visits.urls")),
    path("journals/", include("journals.urls")),
    path("service/", include("service.urls")),
    path("kpi/", include("kpi.urls")),
    path("alerts/", include("retention.urls")),
]
