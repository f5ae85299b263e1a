"""A map of a day's way that needs no tile server: places to scale, drawn as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, log10, radians

from crm.lib.geo import DETOUR, distance_m, travel_minutes
from visits.due import Due

WIDTH, HEIGHT, MARGIN = 640, 360, 28  # of the drawing, in its own units
METRES_PER_DEGREE = 111_195  # of latitude on the sphere
LEAST_SPAN_M = 300  # a map of one place is not blown up without end


@dataclass(frozen=True)
class Stop:
    """A place on the drawing."""

    x: float
    y: float
    number: int  # 0: where the way begins
    name: str
    is_done: bool
    url: str = ""


@dataclass(frozen=True)
class RouteMap:
    """What the template draws."""

    stops: list[Stop]
    line: str  # points of the polyline
    metres: int  # along streets, estimated
    minutes: int  # on the road
    bar: float  # length of the scale bar, in units of the drawing
    bar_text: str
    left_out: int  # clients without coordinates
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def kilometres(self) -> str:
        """Length of the way with one decimal."""
        return f"{self.metres / 1000:.1f}"


def route_map(rows: Sequence[Due], start: tuple[float, float] | None = None) -> RouteMap | None:
    """The way through the rows in their order; None when fewer than two places are known.

    Equirectangular projection about the middle: true to scale within 0.1 % over the extent of a city.
    """
    placed = [row for row in rows if row.longitude is not None and row.latitude is not None]
    points = [(row.longitude or 0.0, row.latitude or 0.0) for row in placed]
    every = [start, *points] if start else points
    if len(every) < 2:
        return None
    west, east = min(x for x, _y in every), max(x for x, _y in every)
    south, north = min(y for _x, y in every), max(y for _x, y in every)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    shrink = cos(radians(middle_y))
    metres_wide = max((east - west) * shrink * METRES_PER_DEGREE, LEAST_SPAN_M)
    metres_high = max((north - south) * METRES_PER_DEGREE, LEAST_SPAN_M)
    scale = min((WIDTH - 2 * MARGIN) / metres_wide, (HEIGHT - 2 * MARGIN) / metres_high)  # units a metre

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = WIDTH / 2 + (point[0] - middle_x) * shrink * METRES_PER_DEGREE * scale
        y = HEIGHT / 2 - (point[1] - middle_y) * METRES_PER_DEGREE * scale
        return round(x, 1), round(y, 1)

    stops = [Stop(*place(start), 0, "", False)] if start else []
    numbers = {row.client_id: number for number, row in enumerate(rows, start=1)}
    stops += [
        Stop(*place(point), numbers[row.client_id], row.name, row.is_done)
        for row, point in zip(placed, points, strict=True)
    ]
    straight = sum(distance_m(*one, *two) for one, two in pairwise(every))
    bar = scale_bar(metres_wide / 4)
    return RouteMap(
        stops=stops,
        line=" ".join(f"{stop.x},{stop.y}" for stop in stops),
        metres=round(straight * DETOUR),
        minutes=round(travel_minutes(straight)),
        bar=round(bar * scale, 1),
        bar_text=f"{bar} m" if bar < 1000 else f"{bar // 1000} km",
        left_out=len(rows) - len(placed),
    )


def scale_bar(metres: float) -> int:
    """The longest round length (1, 2 or 5 times a power of ten, in metres) that is not over the given one."""
    power = 10 ** int(log10(max(metres, 1)))
    return int(next(step * power for step in (5, 2, 1) if step * power <= max(metres, 1)))
