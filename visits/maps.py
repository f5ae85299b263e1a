"""A map of a day's way that needs no tile server: places to scale, drawn as SVG; over tiles where a server is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import asinh, atan, ceil, cos, degrees, log2, log10, pi, radians, sinh, tan

from django.conf import settings

from crm.lib.geo import DETOUR, distance_m, gcj02_of, travel_minutes
from visits.due import Place

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
class Tile:
    """A picture of a tile server under the drawing."""

    url: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class RouteMap:
    """What the template draws."""

    stops: list[Stop]
    tiles: list[Tile]
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


class Drawing:
    """Where points (longitude, latitude) lie on the drawing: as large as it takes them all.

    Equirectangular projection about the middle: true to scale within 0.1 % over the extent of a city.
    """

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        west, east = min(x for x, _y in points), max(x for x, _y in points)
        south, north = min(y for _x, y in points), max(y for _x, y in points)
        self.middle = (west + east) / 2, (south + north) / 2
        self.shrink = cos(radians(self.middle[1]))
        metres_wide = max((east - west) * self.shrink * METRES_PER_DEGREE, LEAST_SPAN_M)
        metres_high = max((north - south) * METRES_PER_DEGREE, LEAST_SPAN_M)
        self.scale = min((WIDTH - 2 * MARGIN) / metres_wide, (HEIGHT - 2 * MARGIN) / metres_high)  # units a metre
        metres = scale_bar(metres_wide / 4)
        self.bar = round(metres * self.scale, 1)
        self.bar_text = f"{metres} m" if metres < 1000 else f"{metres // 1000} km"

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """The point's x and y."""
        x = WIDTH / 2 + (point[0] - self.middle[0]) * self.shrink * METRES_PER_DEGREE * self.scale
        y = HEIGHT / 2 - (point[1] - self.middle[1]) * METRES_PER_DEGREE * self.scale
        return round(x, 1), round(y, 1)

    def tiles(self) -> list["Tile"]:
        """The tiles under the whole drawing."""
        half_x = WIDTH / 2 / (self.shrink * METRES_PER_DEGREE * self.scale)
        half_y = HEIGHT / 2 / (METRES_PER_DEGREE * self.scale)
        x, y = self.middle
        return tiles_of((x - half_x, x + half_x, y - half_y, y + half_y), self.place)


def route_map(rows: Sequence[Place], start: tuple[float, float] | None = None) -> RouteMap | None:
    """The way through the rows in their order; None when fewer than two places are known."""
    placed = [row for row in rows if row.longitude is not None and row.latitude is not None]
    points = [(row.longitude or 0.0, row.latitude or 0.0) for row in placed]
    every = [start, *points] if start else points
    if len(every) < 2:
        return None
    drawing = Drawing(every)
    stops = [Stop(*drawing.place(start), 0, "", False)] if start else []
    numbers = {row.client_id: number for number, row in enumerate(rows, start=1)}
    stops += [
        Stop(*drawing.place(point), numbers[row.client_id], row.name, row.is_done)
        for row, point in zip(placed, points, strict=True)
    ]
    straight = sum(distance_m(*one, *two) for one, two in pairwise(every))
    return RouteMap(
        stops=stops,
        tiles=drawing.tiles(),
        line=" ".join(f"{stop.x},{stop.y}" for stop in stops),
        metres=round(straight * DETOUR),
        minutes=round(travel_minutes(straight)),
        bar=drawing.bar,
        bar_text=drawing.bar_text,
        left_out=len(rows) - len(placed),
    )


def scale_bar(metres: float) -> int:
    """The longest round length (1, 2 or 5 times a power of ten, in metres) that is not over the given one."""
    power = 10 ** int(log10(max(metres, 1)))
    return int(next(step * power for step in (5, 2, 1) if step * power <= max(metres, 1)))


# --- Tiles ---------------------------------------------------------------------------------------------------------

TILE = 256  # pixels of a tile, and the fewest units of the drawing that one may cover
MOST_TILES = 24
DEEPEST = 18  # zoom levels that every server has


def tiles_of(
    around: tuple[float, float, float, float], place: Callable[[tuple[float, float]], tuple[float, float]]
) -> list[Tile]:
    """The tiles under a drawing of (west, east, south, north) in degrees; none where no tile server is named.

    Tile numbers as of the web Mercator scheme (OGC 17-083r4, WebMercatorQuad). Maps in GCJ-02 lie shifted: theirs are
    laid under the drawing by the shift of its middle.
    """
    address = settings.MAP_TILES_URL
    if not address:
        return []
    west, east, south, north = around
    shift_x = shift_y = 0.0
    if settings.MAP_TILES_DATUM == "gcj02":
        middle = (west + east) / 2, (south + north) / 2
        shown = gcj02_of(*middle)
        shift_x, shift_y = shown[0] - middle[0], shown[1] - middle[1]
    zoom = min(DEEPEST, max(0, ceil(log2(360 * WIDTH / TILE / (east - west)))))
    left, right = (_column(x + shift_x, zoom) for x in (west, east))
    top, bottom = (_row(y + shift_y, zoom) for y in (north, south))
    while (int(right) - int(left) + 1) * (int(bottom) - int(top) + 1) > MOST_TILES and zoom:
        zoom -= 1
        left, right, top, bottom = left / 2, right / 2, top / 2, bottom / 2
    found = []
    for column in range(int(left), int(right) + 1):
        for row in range(int(top), int(bottom) + 1):
            x, y = place((_longitude(column, zoom) - shift_x, _latitude(row, zoom) - shift_y))
            end_x, end_y = place((_longitude(column + 1, zoom) - shift_x, _latitude(row + 1, zoom) - shift_y))
            url = address.replace("{z}", str(zoom)).replace("{x}", str(column)).replace("{y}", str(row))
            found.append(Tile(url, x, y, round(end_x - x, 1), round(end_y - y, 1)))
    return found


def _column(longitude: float, zoom: int) -> float:
    return (longitude + 180) / 360 * 2**zoom


def _row(latitude: float, zoom: int) -> float:
    return (1 - asinh(tan(radians(latitude))) / pi) / 2 * 2**zoom


def _longitude(column: int, zoom: int) -> float:
    return column / 2**zoom * 360 - 180


def _latitude(row: int, zoom: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * row / 2**zoom))))
