"""How notifications reach people outside the site: by e-mail, and by the robot of their unit's group chat."""
