from django.urls import path

from journals.views import author, board, boards, desk, meetings, reading, samples, sharing

app_name = "journals"
urlpatterns = [
    path("", board.home, name="home"),
    path("all/", board.journal_list, name="list"),
    path("write/", author.today, name="today"),
    path("mine/", author.mine, name="mine"),
    path("write/<slug:text>/", author.write, name="write"),
    path("write/<slug:text>/draft/", author.autosave, name="autosave"),
    path("<int:pk>/", reading.detail, name="detail"),
    path("<int:pk>/preview/", author.preview, name="preview"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<int:pk>/", desk.desk_journal, name="desk-journal"),
    path("samples/", samples.samples, name="samples"),
    path("samples/<int:pk>/", samples.sample, name="sample"),
    path("samples/reading/<int:pk>/", samples.reading, name="reading"),
    path("board/", boards.boards, name="boards"),
    path("board/<int:pk>/", boards.unit_board, name="board"),
    path("best/", sharing.best, name="best"),
    path("best/<int:pk>/", sharing.best_journal, name="best-journal"),
    path("best/consent/", sharing.consent, name="consent"),
    path("phrases/", sharing.phrases, name="phrases"),
    path("phrases/<int:pk>/delete/", sharing.phrase_delete, name="phrase-delete"),
    path("articles/", sharing.articles, name="articles"),
    path("articles/new/", sharing.article_new, name="article-new"),
    path("articles/<int:pk>/", sharing.article, name="article"),
    path("articles/<int:pk>/withdraw/", sharing.article_withdraw, name="article-withdraw"),
    path("ideas/", sharing.ideas, name="ideas"),
    path("ideas/new/", sharing.idea_new, name="idea-new"),
    path("ideas/<int:pk>/", sharing.idea, name="idea"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/new/", meetings.meeting_new, name="meeting-new"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/action/", meetings.meeting_action, name="meeting-action"),
    path("requirements/", desk.requirements, name="requirements"),
]
