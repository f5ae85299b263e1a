from django.urls import path, re_path

from service.views import desk, interviews, links, requests, slips, surveys

app_name = "service"
urlpatterns = [
    path("", requests.request_list, name="list"),
    path("desk/", desk.scores, name="desk"),
    path("desk/rows/", desk.rows, name="desk-rows"),
    path("callbacks/", requests.callbacks, name="callbacks"),
    path("new/", requests.new, name="new"),
    path("<int:pk>/", requests.detail, name="request"),
    path("<int:pk>/8d/", requests.eight_d, name="eight-d"),
    path("<int:pk>/<slug:name>/", requests.act, name="act"),
    path("photos/<int:pk>/", requests.photo, name="photo"),
    path("clients/<int:pk>/link/", links.client_link, name="client-link"),
    path("c/<str:token>/", links.say, name="say"),
    path("surveys/", surveys.survey_list, name="surveys"),
    path("surveys/new/", surveys.survey_new, name="survey-new"),
    path("surveys/send/", surveys.wave_new, name="wave-new"),
    path("surveys/<int:pk>/", surveys.wave, name="wave"),
    path("surveys/<int:pk>/links/", surveys.wave_links, name="wave-links"),
    path("surveys/links/<int:pk>/", surveys.invitation, name="invitation"),
    path("surveys/designs/<int:pk>/preview/", surveys.survey_preview, name="survey-preview"),
    path("surveys/<int:pk>/words/", surveys.wave_words, name="wave-words"),
    re_path(
        r"^surveys/(?P<pk>\d{1,18})/(?P<what>results|answers)\.(?P<kind>csv|xlsx)$",
        surveys.wave_export,
        name="wave-export",
    ),
    path("surveys/<int:pk>/recheck/", interviews.recheck_draw, name="recheck-draw"),
    path("surveys/rechecks/", interviews.recheck_list, name="rechecks"),
    path("surveys/rechecks/<int:pk>/", interviews.recheck, name="recheck"),
    path("surveys/interviews/", interviews.interview_list, name="interviews"),
    path("surveys/interviews/<int:pk>/", interviews.interview, name="interview"),
    path("s/<str:token>/", surveys.answer, name="answer"),
    path("slips/", slips.slip_list, name="slips"),
    path("slips/new/", slips.new, name="slip-new"),
    path("slips/<int:pk>/", slips.detail, name="slip"),
    path("slips/<int:pk>/advance/", slips.advance, name="slip-advance"),
    path("slips/<int:pk>/pass-on/", slips.pass_on, name="slip-pass-on"),
    path("slips/<int:pk>/print/", slips.printed, name="slip-print"),
]
