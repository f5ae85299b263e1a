from django.urls import path

from retention.views import alerts, lists, reports, settings

app_name = "retention"
urlpatterns = [
    path("", alerts.alert_list, name="list"),
    path("<int:pk>/", alerts.alert, name="alert"),
    path("<int:pk>/act/", alerts.act, name="act"),
    path("<int:pk>/change/", alerts.change, name="change"),
    path("<int:pk>/snooze/", alerts.snooze, name="snooze"),
    path("<int:pk>/assign/", alerts.assign, name="assign"),
    path("bulk/", alerts.bulk, name="bulk"),
    path("undo/<int:pk>/", alerts.undo, name="undo"),
    path("run/", alerts.run, name="run"),
    path("value/", reports.value, name="value"),
    path("proof/", reports.proof, name="proof"),
    path("forecast/", reports.forecast, name="forecast"),
    path("forecast/run/", reports.foresee, name="foresee"),
    path("greetings/", lists.greetings, name="greetings"),
    path("win-back/", lists.win_back, name="winback"),
    path("win-back/campaign/", lists.wake_up, name="wake-up"),
    path("loyal/", lists.loyal, name="loyal"),
    path("loyal/ask/", lists.ask, name="ask"),
    path("rules/", settings.rule_list, name="rules"),
    path("rules/margin/set/", settings.margin_change, name="margin"),
    path("rules/<slug:kind>/", settings.rule_edit, name="rule"),
    path("rules/<slug:kind>/reset/", settings.rule_reset, name="rule-reset"),
]
