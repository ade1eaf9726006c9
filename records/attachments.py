"""Evidence files: addressed and typed by their content, capped, with thumbnails and the camera's time and place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import Base, Fact, Json, RegionalMixin, refers_to
from records.blobs import BlobStore as BlobStore
from records.errors import DomainError, NotFoundError
from records.media_types import PICTURES, media_type_of
from records.media_types import FileTypeRefusedError as FileTypeRefusedError
from records.people import Actor
from records.pictures import Picture, read_picture
from records.scope import visible
from records.store import Store

MAX_BYTES = 25 * 1024 * 1024
TIME_DRIFT = timedelta(hours=24)
PHOTO_REUSED, TIME_DRIFTED = "photo_reused", "time_drift"


class EmptyFileError(DomainError):
    """The upload has no bytes."""

    slug = "empty-file"
    sentence = "文件是空的，请重新选择"


class FileTooLargeError(DomainError):
    """The upload has more bytes than are taken."""

    slug = "file-too-large"
    sentence = "文件超过 %(megabytes)s MB，请压缩后再上传"


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
    flags: Mapped[list[str] | None]  # photo_reused (same bytes on another case), time_drift
    exif: Mapped[dict[str, Any] | None] = mapped_column(Json)


class AttachmentLink(Base):
    """An attachment shown with a record's field."""

    attachment_id: Mapped[str] = mapped_column(refers_to("attachment.id"), primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    field: Mapped[str] = mapped_column(String(80), primary_key=True)


@dataclass(frozen=True)
class Belonging:
    """Where an upload belongs: the region, and the case, user task and establishment it was made for."""

    region_code: str
    region_path: str
    process_instance_id: str | None = None
    user_task_id: str | None = None
    establishment_id: str | None = None


def receive(
    store: Store,
    blobs: BlobStore,
    stream: BinaryIO,
    filename: str,
    belonging: Belonging,
    *,
    max_bytes: int = MAX_BYTES,
) -> Attachment:
    """Keep an upload. The same bytes sent again by the same person to the same case give the same attachment.

    Raises EmptyFileError, FileTooLargeError, FileTypeRefusedError or PictureTooLargeError.
    """
    content = _read(stream, max_bytes)
    media_type = media_type_of(content)
    picture = read_picture(content) if media_type in PICTURES else None
    sha256 = blobs.put(content)
    if picture is not None:
        blobs.put_thumbnail(sha256, picture.thumbnail)
    same = _same_bytes(store.session, sha256)
    for attachment in same:
        if attachment.created_by == store.actor.id and _belongs(attachment, belonging):
            return attachment
    return store.add(
        Attachment(
            sha256=sha256,
            filename=safe_filename(filename),
            media_type=media_type,
            size=len(content),
            region_code=belonging.region_code,
            region_path=belonging.region_path,
            process_instance_id=belonging.process_instance_id,
            user_task_id=belonging.user_task_id,
            establishment_id=belonging.establishment_id,
            flags=_flags(store, same, picture, belonging),
            **_of_picture(picture),
        )
    )


def attachment(session: Session, actor: Actor, attachment_id: str) -> Attachment:
    """An attachment inside the actor's jurisdiction. Raises NotFoundError."""
    found = session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id, Attachment.deleted_at.is_(None), visible(Attachment, actor)
        )
    )
    if found is None:
        raise NotFoundError
    return found


def link(store: Store, record: Fact, field: str, attachment_ids: Iterable[str]) -> None:
    """Show attachments with a record's field."""
    for attachment_id in attachment_ids:
        store.session.merge(
            AttachmentLink(
                attachment_id=attachment_id, record_type=record.__tablename__, record_id=record.id, field=field
            )
        )


def linked(session: Session, record: Fact, field: str | None = None) -> list[Attachment]:
    """The attachments shown with a record, or with one of its fields, in the order they were uploaded."""
    shown = (
        select(Attachment)
        .join(AttachmentLink, AttachmentLink.attachment_id == Attachment.id)
        .where(
            AttachmentLink.record_type == record.__tablename__,
            AttachmentLink.record_id == record.id,
            Attachment.deleted_at.is_(None),
        )
    )
    if field is not None:
        shown = shown.where(AttachmentLink.field == field)
    return list(session.scalars(shown.order_by(Attachment.created_at, Attachment.id)).unique())


def safe_filename(filename: str) -> str:
    """The last part of a name without control characters, at most 120 characters, its ending kept."""
    shown = "".join(c for c in unicodedata.normalize("NFC", filename) if unicodedata.category(c)[0] != "C")
    last = PurePosixPath(shown.replace("\\", "/")).name.strip(" .") or "file"
    stem, dot, ending = last.rpartition(".")
    return f"{stem[:100]}.{ending[:15]}" if dot and stem else last[:120]


def _read(stream: BinaryIO, max_bytes: int) -> bytes:
    content = stream.read(max_bytes + 1)
    if not content:
        raise EmptyFileError
    if len(content) > max_bytes:
        raise FileTooLargeError(megabytes=max_bytes // (1024 * 1024))
    return content


def _same_bytes(session: Session, sha256: str) -> list[Attachment]:
    return list(session.scalars(select(Attachment).where(Attachment.sha256 == sha256, Attachment.deleted_at.is_(None))))


def _belongs(attachment: Attachment, belonging: Belonging) -> bool:
    return (attachment.process_instance_id, attachment.user_task_id, attachment.establishment_id) == (
        belonging.process_instance_id,
        belonging.user_task_id,
        belonging.establishment_id,
    )


def _flags(store: Store, same: list[Attachment], picture: Picture | None, belonging: Belonging) -> list[str]:
    flags = []
    other_cases = {each.process_instance_id for each in same} - {None, belonging.process_instance_id}
    if picture is not None and other_cases:
        flags.append(PHOTO_REUSED)
    if picture is not None and picture.taken_at and abs(store.clock.now() - picture.taken_at) > TIME_DRIFT:
        flags.append(TIME_DRIFTED)
    return flags


def _of_picture(picture: Picture | None) -> dict[str, Any]:
    if picture is None:
        return {}
    names = ("width", "height", "taken_at", "latitude", "longitude", "device", "exif")
    return {name: getattr(picture, name) for name in names}
