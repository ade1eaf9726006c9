"""Pictures: how large, when and where taken, and a small copy. Nothing is decoded before its size is known."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from records.clock import ZONE
from records.errors import DomainError
from records.media_types import FileTypeRefusedError

MAX_PIXELS = 50_000_000
THUMBNAIL = (320, 320)
FORMATS = ("JPEG", "PNG", "WEBP")

Image.MAX_IMAGE_PIXELS = None  # the cap below comes before any decoding and refuses rather than warns


class PictureTooLargeError(DomainError):
    """The picture has more pixels than are taken."""

    slug = "picture-too-large"
    sentence = "照片尺寸过大，请将像素降到 %(megapixels)s 百万以内"


@dataclass(frozen=True)
class Picture:
    """What a picture says of itself, and its small copy."""

    width: int
    height: int
    thumbnail: bytes
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    device: str | None = None
    exif: dict[str, Any] = field(default_factory=dict)


def read_picture(content: bytes) -> Picture:
    """Read a JPEG, PNG or WebP. Raises PictureTooLargeError, or FileTypeRefusedError when it is damaged."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureTooLargeError(megapixels=MAX_PIXELS // 1_000_000)
            exif = image.getexif()
            small = _thumbnail(image)
            return Picture(image.width, image.height, small, **_said(exif))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise FileTypeRefusedError from error


def _thumbnail(image: Image.Image) -> bytes:
    image.draft("RGB", (THUMBNAIL[0] * 2, THUMBNAIL[1] * 2))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail(THUMBNAIL)
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright.convert("RGB"), mask=upright.convert("RGBA").getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def _said(exif: Image.Exif) -> dict[str, Any]:
    details = exif.get_ifd(ExifTags.IFD.Exif)
    places = exif.get_ifd(ExifTags.IFD.GPSInfo)
    written = _text(details.get(ExifTags.Base.DateTimeOriginal)) or _text(exif.get(ExifTags.Base.DateTime))
    offset = _text(details.get(ExifTags.Base.OffsetTimeOriginal))
    maker, model = _text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model))
    latitude = _degrees(places, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, 90)
    longitude = _degrees(places, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, 180)
    known = latitude is not None and longitude is not None
    said = {"time": written, "offset": offset, "make": maker, "model": model}
    return {
        "taken_at": _moment(written, offset),
        "latitude": latitude if known else None,
        "longitude": longitude if known else None,
        "device": " ".join(part for part in (maker, model) if part)[:120] or None,
        "exif": {name: value for name, value in said.items() if value},
    }


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return "".join(character for character in value if character.isprintable()).strip()[:80] or None


def _moment(written: str | None, offset: str | None) -> datetime | None:
    if written is None:
        return None
    for form, text in (("%Y:%m:%d %H:%M:%S%z", f"{written}{offset or ''}"), ("%Y:%m:%d %H:%M:%S", written)):
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - cameras write local time
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    return None


def _degrees(places: dict[int, Any], tag: int, side: int, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in places[tag])
        value = degrees + minutes / 60 + seconds / 3600
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not math.isfinite(value) or value > limit:
        return None
    return round(-value if _text(places.get(side)) in ("S", "W") else value, 7)
