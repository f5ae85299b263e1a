from django.urls import path

from people.views import account, staff, tasks

app_name = "people"
urlpatterns = [
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", account.Logout.as_view(), name="logout"),
    path("me/", account.me, name="me"),
    path("me/password/", account.ChangePassword.as_view(), name="password_change"),
    path("tasks/", tasks.task_list, name="tasks"),
    path("tasks/new/", tasks.task_new, name="task-new"),
    path("tasks/<int:pk>/done/", tasks.task_done, name="task-done"),
    path("notifications/", tasks.notifications, name="notifications"),
    path("notifications/read/", tasks.notifications_read, name="notifications-read"),
    path("notifications/<int:pk>/", tasks.notification_open, name="notification-open"),
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
