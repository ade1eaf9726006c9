"""Pictures for the demo's evidence: drawn scenes with the camera's time and place, no two alike."""

from __future__ import annotations

import io
import random
from datetime import datetime

from PIL import Image, ImageDraw

from records.clock import ZONE


def photo(chance: random.Random, at: datetime, latitude: float, longitude: float) -> bytes:
    """A JPEG of 800 × 600: a shelf or a counter, with EXIF time and GPS."""
    base = chance.choice(((150, 178, 168), (196, 188, 170), (160, 172, 190), (188, 170, 160)))
    picture = Image.new("RGB", (800, 600), base)
    draw = ImageDraw.Draw(picture)
    for shelf in range(3):
        top = 90 + shelf * 165
        draw.rectangle((30, top + 120, 770, top + 134), fill=tuple(c - 50 for c in base))
        left = 50
        while left < 720:
            width, height = chance.randint(40, 90), chance.randint(50, 115)
            colour = tuple(chance.randint(70, 230) for _ in range(3))
            draw.rounded_rectangle((left, top + 120 - height, left + width, top + 120), 8, fill=colour)
            left += width + chance.randint(8, 30)
    taken = io.BytesIO()
    picture.save(taken, "JPEG", quality=72, exif=_exif(at, latitude, longitude))
    return taken.getvalue()


def signature(chance: random.Random) -> bytes:
    """A PNG of 600 × 200 with a stroke like a signature."""
    picture = Image.new("RGB", (600, 200), "white")
    draw = ImageDraw.Draw(picture)
    x, y = 60.0, 110.0
    for _ in range(3):
        stroke = [(x, y)]
        for _ in range(chance.randint(6, 10)):
            x += chance.uniform(6, 26)
            y = min(165.0, max(40.0, y + chance.uniform(-60, 60)))
            stroke.append((x, y))
        draw.line(stroke, fill=(20, 24, 40), width=6, joint="curve")
        x += 24
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    return drawn.getvalue()


def _exif(at: datetime, latitude: float, longitude: float) -> Image.Exif:
    exif = Image.Exif()
    local = at.astimezone(ZONE).strftime("%Y:%m:%d %H:%M:%S")
    exif[0x0110] = "Field camera (demo)"
    exif[0x0132] = local
    exif.get_ifd(0x8769)[0x9003] = local
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", _degrees(latitude)
    gps[3], gps[4] = "E", _degrees(longitude)
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    whole = int(value)
    minutes = int((value - whole) * 60)
    return (float(whole), float(minutes), round(((value - whole) * 60 - minutes) * 60, 2))
