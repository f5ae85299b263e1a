from django.urls import path

from kpi.views import cards, inputs, runs, schemes, soft

app_name = "kpi"
urlpatterns = [
    path("runs/", runs.run_list, name="runs"),
    path("runs/compute/", runs.compute, name="compute"),
    path("runs/settings/", runs.change_settings, name="settings"),
    path("runs/<int:pk>/", runs.run_page, name="run"),
    path("runs/<int:pk>/remind/", runs.remind, name="remind"),
    path("runs/<int:pk>/review/", runs.move, {"verb": "review"}, name="review"),
    path("runs/<int:pk>/back/", runs.move, {"verb": "back"}, name="back"),
    path("runs/<int:pk>/publish/", runs.move, {"verb": "publish"}, name="publish"),
    path("runs/<int:pk>/correct/", runs.move, {"verb": "correct"}, name="correct"),
    path("runs/<int:pk>/lock/", runs.move, {"verb": "lock"}, name="lock"),
    path("runs/<int:pk>/export/", inputs.run_export, name="run-export"),
    path("adjustments/", inputs.adjustments, name="adjustments"),
    path("adjustments/<int:pk>/withdraw/", inputs.withdraw, name="withdraw"),
    path("imports/", inputs.imports, name="imports"),
    path("imports/template/", inputs.import_template, name="import-template"),
    path("soft/", soft.soft, name="soft"),
    path("mine/", cards.mine, name="mine"),
    path("cards/<int:pk>/", cards.card_page, name="card"),
    path("cards/<int:pk>/seen/", cards.acknowledge, name="seen"),
    path("lines/<int:pk>/", cards.rows, name="rows"),
    path("lines/<int:pk>/appeal/", cards.appeal, name="appeal"),
    path("appeals/", cards.appeal_list, name="appeals"),
    path("appeals/<int:pk>/answer/", cards.answer, name="answer"),
    path("board/", cards.board, name="board"),
    path("schemes/", schemes.scheme_list, name="schemes"),
    path("schemes/shelf/", schemes.shelf, name="shelf"),
    path("schemes/take/", schemes.take, name="scheme-take"),
    path("schemes/<int:pk>/publish/", schemes.publish, name="scheme-publish"),
    path("schemes/<int:pk>/drop/", schemes.drop, name="scheme-drop"),
    path("schemes/<int:pk>/trial/", schemes.trial, name="scheme-trial"),
    path("schemes/<int:pk>/", schemes.scheme_page, name="scheme"),
    path("schemes/<int:pk>/export/", schemes.scheme_export, name="scheme-export"),
]
