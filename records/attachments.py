"""Evidence files: addressed and typed by their content, capped, with thumbnails and the camera's time and place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from records.base import Base, Fact, Json, RegionalMixin, refers_to


class Attachment(RegionalMixin, Fact):
    """One upload. The bytes lie under their SHA-256 in the blob folder; the same bytes are kept once."""

    sha256: Mapped[str] = mapped_column(String(64), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    taken_at: Mapped[datetime | None]  # EXIF
    latitude: Mapped[float | None]  # EXIF
    longitude: Mapped[float | None]
    device: Mapped[str | None] = mapped_column(String(120))
    process_instance_id: Mapped[str | None] = mapped_column(String(26), index=True)
    user_task_id: Mapped[str | None] = mapped_column(String(26), index=True)
    establishment_id: Mapped[str | None] = mapped_column(String(26), index=True)
    flags: Mapped[list[str] | None]  # reused (same bytes on another case), time_drift
    exif: Mapped[dict[str, Any] | None] = mapped_column(Json)


class AttachmentLink(Base):
    """An attachment shown with a record's field."""

    attachment_id: Mapped[str] = mapped_column(refers_to("attachment.id"), primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    field: Mapped[str] = mapped_column(String(80), primary_key=True)
