from django.urls import path

from people.views import account, notices, staff, tasks

app_name = "people"
urlpatterns = [
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", account.Logout.as_view(), name="logout"),
    path("me/", account.me, name="me"),
    path("me/password/", account.ChangePassword.as_view(), name="password_change"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/new/", tasks.task_new, name="task-new"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="task-done"),
    path("notifications/", notices.notifications, name="notifications"),
    path("notifications/read/", notices.read_all, name="notifications-read"),
    path("notifications/settings/", notices.settings_, name="notice-settings"),
    path("notifications/<int:pk>/", notices.open_, name="notification-open"),
    path("robots/", notices.robots, name="robots"),
    path("robots/new/", notices.robot_new, name="robot-new"),
    path("robots/<int:pk>/", notices.robot_edit, name="robot-edit"),
    path("robots/<int:pk>/test/", notices.robot_test, name="robot-test"),
    path("robots/deliveries/<uuid:pk>/", notices.delivery_again, name="delivery-again"),
    path("staff/", staff.staff, name="staff"),
    path("staff/new/", staff.person_new, name="person-new"),
    path("staff/<int:pk>/", staff.person, name="person"),
    path("staff/<int:pk>/edit/", staff.person_edit, name="person-edit"),
    path("staff/<int:pk>/transfer/", staff.person_transfer, name="person-transfer"),
    path("staff/<int:pk>/switch/", staff.person_switch, name="person-switch"),
    path("staff/<int:pk>/password/", staff.person_password, name="person-password"),
    path("units/", staff.units, name="units"),
    path("units/new/", staff.unit_new, name="unit-new"),
    path("units/<int:pk>/", staff.unit_edit, name="unit-edit"),
]
