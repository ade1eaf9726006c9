"""Distances on the ground."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS = 6_371_008.8


def distance_metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Metres between two positions along the earth's surface (haversine)."""
    south, north = radians(latitude), radians(other_latitude)
    half_height = sin((north - south) / 2) ** 2
    half_width = sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(sqrt(min(1.0, half_height + cos(south) * cos(north) * half_width)))
