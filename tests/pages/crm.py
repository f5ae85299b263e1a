"""Pages of the top: help and setup."""

from tests.world import client_of

PAGES = {
    "help": ("am", lambda world: "/help/"),
    "setup": ("admin", lambda world: "/setup/steps/"),
}


def grow(world):
    for number in range(20):
        client_of(world.am, f"GUIDE{number}", f"新店{number}号")
