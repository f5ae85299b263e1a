from django.urls import path

from journals.views import author, board, boards, desk, reading, samples

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
    path("requirements/", desk.requirements, name="requirements"),
]
