"""The map of a day's way, with and without a tile server."""

import math
import os
import subprocess
import sys
from itertools import pairwise

import pytest

from crm.lib.geo import gcj02_of
from tests.world import client_of
from visits import due
from visits.maps import MOST_TILES, route_map, scale_bar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday")]


def test_the_map_is_to_scale_and_counts_what_it_cannot_show(world):

    for number in range(3):
        client_of(world.am, f"x{number}", f"店{number}", longitude=102.71 + 0.01 * (number + 1), latitude=25.04)
    client_of(world.am, "x9", "无坐标")
    rows = due.day_list(world.am).today
    found = route_map(rows, (102.71, 25.04))
    assert found.left_out == 1
    assert [stop.number for stop in found.stops] == [0, 1, 2, 3, 4]
    xs = [stop.x for stop in found.stops]
    steps = [round(b - a) for a, b in pairwise(xs[1:])]
    assert len(set(steps)) == 1
    assert found.metres == pytest.approx(3 * 1007.4 * 1.3, rel=0.01)
    metres_per_unit = 1007.4 / steps[0]
    assert found.bar * metres_per_unit == pytest.approx(int(found.bar_text.split()[0]), rel=0.01)


def test_one_place_needs_no_map(world):

    assert route_map(due.day_list(world.am).today) is None


@pytest.mark.parametrize(("metres", "bar"), [(1, 1), (99, 50), (100, 100), (499, 200), (500, 500), (2600, 2000)])
def test_scale_bars_are_round(metres, bar):
    assert scale_bar(metres) == bar


# --- Tiles ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def way(world):
    for number in range(3):
        client_of(world.am, f"x{number}", f"店{number}", longitude=102.71 + 0.01 * (number + 1), latitude=25.04)
    return due.day_list(world.am).today


def test_no_tiles_unless_a_server_is_named(way):
    assert route_map(way).tiles == []


def test_tiles_cover_the_drawing_without_gaps_and_lie_where_they_belong(way, settings):
    settings.MAP_TILES_URL = "https://tiles.example.com/{z}/{x}/{y}.png"
    found = route_map(way)
    left, top = min(tile.x for tile in found.tiles), min(tile.y for tile in found.tiles)
    assert left <= 0
    assert top <= 0
    assert max(tile.x + tile.width for tile in found.tiles) >= found.width
    assert max(tile.y + tile.height for tile in found.tiles) >= found.height
    assert sum(tile.width * tile.height for tile in found.tiles) == pytest.approx(
        (max(tile.x + tile.width for tile in found.tiles) - left)
        * (max(tile.y + tile.height for tile in found.tiles) - top),
        rel=0.01,
    )
    assert len(found.tiles) <= MOST_TILES
    # The tile of a place, by the scheme's own formula, lies under the place.
    zoom = int(found.tiles[0].url.split("/")[3])
    column = int((102.71 + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(25.04))) / math.pi) / 2 * 2**zoom)
    tile = next(tile for tile in found.tiles if tile.url.endswith(f"/{zoom}/{column}/{row}.png"))
    first = next(stop for stop in found.stops if stop.name == "兴隆便利店")
    assert tile.x <= first.x <= tile.x + tile.width
    assert tile.y <= first.y <= tile.y + tile.height


def test_shifted_maps_are_laid_under_by_their_shift(way, settings):
    settings.MAP_TILES_URL = "https://tiles.example.com/{z}/{x}/{y}.png"
    plain = {tile.url: tile for tile in route_map(way).tiles}
    settings.MAP_TILES_DATUM = "gcj02"
    found = route_map(way)
    shifted = {tile.url: tile for tile in found.tiles}
    url = next(iter(plain.keys() & shifted.keys()))
    east, north = (b - a for a, b in zip((102.725, 25.04), gcj02_of(102.725, 25.04), strict=True))
    units = (found.stops[-1].x - found.stops[0].x) / 0.03  # of the drawing a degree of longitude
    assert plain[url].x - shifted[url].x == pytest.approx(east * abs(units), abs=0.5)
    assert shifted[url].y - plain[url].y == pytest.approx(north * abs(units) / math.cos(math.radians(25.04)), abs=0.5)


def test_only_the_host_of_the_tiles_is_let_in():
    """The policy is made when the settings are read: asked of a fresh process."""
    script = "from crm.settings import CONTENT_SECURITY_POLICY as p; print(p['DIRECTIVES']['img-src'])"
    told = {
        url: subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "MAP_TILES_URL": url, "NO_SERVICES": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for url in ("", "https://tiles.example.com/{z}/{x}/{y}.png")
    }
    assert "https://" not in told[""]
    assert "'https://tiles.example.com'" in told["https://tiles.example.com/{z}/{x}/{y}.png"]
    assert "{z}" not in told["https://tiles.example.com/{z}/{x}/{y}.png"]
