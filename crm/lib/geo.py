"""Distances on the earth, and the shifted coordinates of Chinese maps.

Phones report WGS 84. Maps of mainland China show GCJ-02, which lies 100 to 700 m off, and Baidu's maps BD-09 on top of
it: a place that is handed to such a map unshifted is some streets away.
"""

from math import asin, atan2, cos, hypot, isfinite, pi, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8  # mean radius R1 of the ellipsoids GRS 80 and WGS 84 (IUGG)

# Streets are longer than the straight line; a circuity of 1.3 is usual for towns.
DETOUR = 1.3
SPEED_KMH = 30.0


def check_coordinates(longitude: float, latitude: float) -> None:
    """Raises ValueError for what is no place: not finite, or outside ±180° and ±90°."""
    if not (isfinite(longitude) and isfinite(latitude) and abs(longitude) <= 180 and abs(latitude) <= 90):
        raise ValueError(f"({longitude}, {latitude}) is not a longitude and latitude in degrees")


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle distance in metres between two points given in degrees, within 0.6 % of the ellipsoid's.

    Haversine formula: R. W. Sinnott, Virtues of the haversine, Sky and Telescope 68 (1984) 159.
    Raises ValueError for impossible coordinates.
    """
    lon1, lat1, lon2, lat2 = float(lon1), float(lat1), float(lon2), float(lat2)
    check_coordinates(lon1, lat1)
    check_coordinates(lon2, lat2)
    half_lat, half_lon = radians(lat2 - lat1) / 2, radians(lon2 - lon1) / 2
    h = sin(half_lat) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, h)))


def distance_text(metres: float) -> str:
    """A distance as one says it: 350 m, 1.2 km."""
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def travel_minutes(metres: float, *, speed_kmh: float = SPEED_KMH, detour: float = DETOUR) -> float:
    """Minutes on the road for a straight-line distance; detour 1 gives the least time possible at that speed."""
    if metres < 0 or speed_kmh <= 0 or detour < 1:
        raise ValueError("metres must not be negative, the speed must be positive and the detour at least 1")
    return metres * detour / (speed_kmh * 1000 / 60)


# --- Chinese maps ----------------------------------------------------------------------------------------------------

# GCJ-02 was never published; these are the series that everybody uses, over the ellipsoid of Krassovsky 1940.
_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.006_693_421_622_965_943
_CHINA = (72.004, 137.8347, 0.8293, 55.8271)  # degrees; outside of it the maps are not shifted
_BAIDU = pi * 3000 / 180


def in_china(longitude: float, latitude: float) -> bool:
    """Whether Chinese maps shift a place: a box around China, as the maps themselves use it."""
    west, east, south, north = _CHINA
    return west <= longitude <= east and south <= latitude <= north


def gcj02_of(longitude: float, latitude: float) -> tuple[float, float]:
    """Longitude and latitude of a WGS 84 place on the maps of Amap, Tencent and Apple in China, in degrees."""
    check_coordinates(longitude, latitude)
    if not in_china(longitude, latitude):
        return longitude, latitude
    x, y = longitude - 105, latitude - 35
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (waves + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (waves + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    phi = radians(latitude)
    flat = 1 - _ECCENTRICITY_2 * sin(phi) ** 2
    meridian = _AXIS_M * (1 - _ECCENTRICITY_2) / (flat * sqrt(flat))
    parallel = _AXIS_M / sqrt(flat) * cos(phi)
    return longitude + east * 180 / (parallel * pi), latitude + north * 180 / (meridian * pi)


def wgs84_of(longitude: float, latitude: float) -> tuple[float, float]:
    """The WGS 84 place that a GCJ-02 map shows at these degrees, to a millimetre: the shift is undone step by step."""
    check_coordinates(longitude, latitude)
    x, y = longitude, latitude
    for _step in range(10):
        shown_x, shown_y = gcj02_of(x, y)
        x, y = x + longitude - shown_x, y + latitude - shown_y
        if abs(longitude - shown_x) + abs(latitude - shown_y) < 1e-9:
            break
    return x, y


def bd09_of(longitude: float, latitude: float) -> tuple[float, float]:
    """Longitude and latitude of a WGS 84 place on Baidu's maps, in degrees."""
    x, y = gcj02_of(longitude, latitude)
    if not in_china(longitude, latitude):
        return x, y
    radius = hypot(x, y) + 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) + 0.000003 * cos(x * _BAIDU)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006
