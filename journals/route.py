"""The way of a day as a small picture: check-ins in their order, doubts marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from crm.lib.geo import distance_m
from visits.flags import place_of

WIDTH, HEIGHT, MARGIN = 320, 200, 18
SMALLEST_SPAN_M = 300.0  # a day within one street is not blown up to fill the picture


@dataclass(frozen=True)
class Stop:
    """A numbered point of the picture."""

    number: int
    x: float
    y: float
    name: str
    doubtful: bool


@dataclass(frozen=True)
class Sketch:
    """Stops, the line through them, and how long it is as the crow flies."""

    stops: list[Stop]
    line: str
    metres: int
    width: int = WIDTH
    height: int = HEIGHT


def sketch(visits: Sequence[Any]) -> Sketch | None:
    """The picture of visits on site in their order (each with ``doubts``); None with fewer than two places."""
    found = [(visit, place) for visit in visits if visit.is_on_site and (place := place_of(visit))]
    if len(found) < 2:
        return None
    longitudes, latitudes = [place[0] for _visit, place in found], [place[1] for _visit, place in found]
    west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
    across = max(distance_m(west, south, east, south), SMALLEST_SPAN_M)
    upwards = max(distance_m(west, south, west, north), SMALLEST_SPAN_M)
    scale = min((WIDTH - 2 * MARGIN) / across, (HEIGHT - 2 * MARGIN) / upwards)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def point(longitude: float, latitude: float) -> tuple[float, float]:
        right = distance_m(middle_x, middle_y, longitude, middle_y) * (1 if longitude >= middle_x else -1)
        up = distance_m(middle_x, middle_y, middle_x, latitude) * (1 if latitude >= middle_y else -1)
        return round(WIDTH / 2 + right * scale, 1), round(HEIGHT / 2 - up * scale, 1)

    stops = [
        Stop(number, *point(*place), name=visit.client.name, doubtful=bool(visit.doubts))
        for number, (visit, place) in enumerate(found, start=1)
    ]
    metres = sum(distance_m(*before[1], *after[1]) for before, after in pairwise(found))
    return Sketch(stops, " ".join(f"{stop.x},{stop.y}" for stop in stops), round(metres))
