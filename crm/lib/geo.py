"""Distances on the earth."""

from math import asin, cos, isfinite, radians, sin, sqrt

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


def travel_minutes(metres: float, *, speed_kmh: float = SPEED_KMH, detour: float = DETOUR) -> float:
    """Minutes on the road for a straight-line distance; detour 1 gives the least time possible at that speed."""
    if metres < 0 or speed_kmh <= 0 or detour < 1:
        raise ValueError("metres must not be negative, the speed must be positive and the detour at least 1")
    return metres * detour / (speed_kmh * 1000 / 60)
