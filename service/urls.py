from django.urls import path

from service.views import links, requests, slips, surveys

app_name = "service"
urlpatterns = [
    path("", requests.request_list, name="list"),
    path("callbacks/", requests.callbacks, name="callbacks"),
    path("new/", requests.new, name="new"),
    path("<int:pk>/", requests.detail, name="request"),
    path("<int:pk>/8d/", requests.eight_d, name="eight-d"),
    path("<int:pk>/<slug:name>/", requests.act, name="act"),
    path("clients/<int:pk>/link/", links.client_link, name="client-link"),
    path("c/<str:token>/", links.say, name="say"),
    path("surveys/", surveys.survey_list, name="surveys"),
    path("surveys/new/", surveys.survey_new, name="survey-new"),
    path("surveys/send/", surveys.wave_new, name="wave-new"),
    path("surveys/<int:pk>/", surveys.wave, name="wave"),
    path("surveys/<int:pk>/links/", surveys.wave_links, name="wave-links"),
    path("surveys/links/<int:pk>/", surveys.invitation, name="invitation"),
    path("s/<str:token>/", surveys.answer, name="answer"),
    path("slips/", slips.slip_list, name="slips"),
    path("slips/new/", slips.new, name="slip-new"),
    path("slips/<int:pk>/", slips.detail, name="slip"),
    path("slips/<int:pk>/advance/", slips.advance, name="slip-advance"),
    path("slips/<int:pk>/pass-on/", slips.pass_on, name="slip-pass-on"),
    path("slips/<int:pk>/print/", slips.printed, name="slip-print"),
]
