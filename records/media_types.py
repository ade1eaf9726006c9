"""What a file is, told by its bytes; its name and what the browser says are not believed."""

from __future__ import annotations

import io
import zipfile

import puremagic

from records.errors import DomainError

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
VIDEOS = frozenset({"video/mp4", "video/webm", "video/quicktime"})
PDF = "application/pdf"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ALLOWED = PICTURES | VIDEOS | {PDF, SPREADSHEET, TEXT_DOCUMENT}

_ZIP_START = b"PK\x03\x04"
_MAIN_PARTS = {"xl/workbook.xml": SPREADSHEET, "word/document.xml": TEXT_DOCUMENT}
_MACROS = ("vbaproject.bin",)


class FileTypeRefusedError(DomainError):
    """The file's content is of no type that is taken, or it is damaged."""

    slug = "file-type-refused"
    sentence = "不支持该类型的文件：请上传 JPG、PNG、WebP 照片，MP4、MOV、WebM 视频，或 PDF、XLSX、DOCX 文档"


def media_type_of(content: bytes) -> str:
    """The media type of the bytes. Raises FileTypeRefusedError for anything not on the list."""
    media_type = _office_type(content) if content.startswith(_ZIP_START) else _magic_type(content)
    if media_type not in ALLOWED:
        raise FileTypeRefusedError
    return media_type


def _magic_type(content: bytes) -> str | None:
    try:
        return str(puremagic.from_string(content, mime=True))
    except puremagic.PureError:
        return None


def _office_type(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith(_MACROS) for name in names):
        return None
    return next((kind for part, kind in _MAIN_PARTS.items() if part in names), None)
