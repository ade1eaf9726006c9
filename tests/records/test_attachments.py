"""Evidence files: what is taken, what is refused, what a picture says of itself."""

import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from PIL import Image
from sqlalchemy.orm import Session

from records.attachments import (
    Attachment,
    Belonging,
    EmptyFileError,
    FileTooLargeError,
    FileTypeRefusedError,
    attachment,
    link,
    linked,
    receive,
    safe_filename,
)
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.errors import NotFoundError
from records.media_types import PDF, SPREADSHEET, TEXT_DOCUMENT, media_type_of
from records.people import Actor
from records.pictures import PictureTooLargeError, read_picture
from records.store import Store
from tests.factories import Cast, establishment, inspection

HERE = Belonging("450203", "/450000/450200/450203/", process_instance_id="01CASE", user_task_id="01TASK")
NEXT_CASE = Belonging("450203", "/450000/450200/450203/", process_instance_id="02CASE")


def photo(form: str = "JPEG", size: tuple[int, int] = (640, 480), colour: str = "red", **exif: object) -> bytes:
    image, out = Image.new("RGB", size, colour), io.BytesIO()
    tags = image.getexif()
    tags[271], tags[272] = "Xiaomi", "M2102\x00"
    if "taken" in exif:
        tags.get_ifd(0x8769)[36867] = exif["taken"]
    if "offset" in exif:
        tags.get_ifd(0x8769)[36881] = exif["offset"]
    if "gps" in exif:
        tags.get_ifd(0x8825).update(exif["gps"])  # type: ignore[call-overload]
    if "orientation" in exif:
        tags[274] = exif["orientation"]
    image.save(out, form, exif=tags)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "<x/>")
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


GPS = {1: "N", 2: (24.0, 18.0, 52.56), 3: "E", 4: (109.0, 25.0, 36.84)}
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 60
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04B\x85\x81\x02"


def keep(
    store: Store, blobs: BlobStore, content: bytes, belonging: Belonging = HERE, name: str = "门头.jpg"
) -> Attachment:
    kept = receive(store, blobs, io.BytesIO(content), name, belonging)
    store.session.flush()
    return kept


def acting(store: Store, actor: Actor) -> Store:
    return Store(store.session, store.clock, actor)


def test_a_photo_is_kept_under_its_hash_with_time_place_and_a_small_copy(store: Store, blobs: BlobStore) -> None:
    content = photo(taken="2026:11:18 08:30:00", gps=GPS)
    kept = keep(store, blobs, content)
    assert (kept.media_type, kept.width, kept.height, kept.size) == ("image/jpeg", 640, 480, len(content))
    assert kept.taken_at == datetime(2026, 11, 18, 8, 30, tzinfo=ZONE)
    assert (kept.latitude, kept.longitude) == (pytest.approx(24.3146), pytest.approx(109.4269))
    assert (kept.device, kept.flags) == ("Xiaomi M2102", [])
    with blobs.open(kept.sha256) as file:
        assert file.read() == content
    with blobs.open_thumbnail(kept.sha256) as file, Image.open(file) as small:
        assert (small.format, small.size) == ("JPEG", (320, 240))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (photo("PNG"), "image/png"),
        (photo("WEBP"), "image/webp"),
        (MP4, "video/mp4"),
        (WEBM, "video/webm"),
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", PDF),
        (workbook(), SPREADSHEET),
        (archive("[Content_Types].xml", "word/document.xml"), TEXT_DOCUMENT),
    ],
)
def test_the_type_is_told_by_the_content(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        b"<!doctype html><html><script>1</script></html>",
        b"MZ\x90\0" + b"\0" * 200,
        b"\x7fELF" + b"\0" * 200,
        b"just text",
        b"x",
        b"GIF89a" + b"\0" * 50,
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        archive("a.txt"),
        archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        archive("[Content_Types].xml", "ppt/presentation.xml"),
        b"PK\x03\x04 and nothing",
        photo()[:400],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    ],
)
def test_other_types_and_damaged_files_are_refused_and_not_kept(store: Store, blobs: BlobStore, content: bytes) -> None:
    with pytest.raises(FileTypeRefusedError):
        keep(store, blobs, content)
    assert not blobs.folder.exists()


def test_an_empty_and_an_oversize_file_are_refused(store: Store, blobs: BlobStore) -> None:
    with pytest.raises(EmptyFileError, match="空的"):
        keep(store, blobs, b"")
    with pytest.raises(FileTooLargeError, match="2 MB"):
        receive(store, blobs, io.BytesIO(MP4 + b"\0" * 2**21), "v.mp4", HERE, max_bytes=2**21)


def test_a_picture_with_too_many_pixels_is_refused_before_decoding() -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 5_001)).save(out, "PNG")
    with pytest.raises(PictureTooLargeError, match="50 百万"):
        read_picture(out.getvalue())


def test_a_photo_lying_on_its_side_is_shown_upright() -> None:
    picture = read_picture(photo(orientation=6))
    with Image.open(io.BytesIO(picture.thumbnail)) as small:
        assert small.size == (240, 320)


def test_a_transparent_picture_gets_a_white_ground() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(read_picture(out.getvalue()).thumbnail)) as small:
        assert small.getpixel((5, 5)) == (255, 255, 255)


def test_the_cameras_own_offset_counts() -> None:
    picture = read_picture(photo(taken="2026:11:18 08:30:00", offset="+00:00"))
    assert picture.taken_at == datetime(2026, 11, 18, 16, 30, tzinfo=ZONE)


@pytest.mark.parametrize("taken", ["", "yesterday", "2026:13:40 99:00:00", "\x00\x00"])
def test_a_senseless_time_is_no_time(taken: str) -> None:
    assert read_picture(photo(taken=taken)).taken_at is None


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (24.0, 18.0)},
        {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (109.0, 0.0, 0.0)},
        {3: "E", 4: (9.0, 0.0, 0.0)},
    ],
)
def test_half_a_position_is_no_position(gps: dict[int, object]) -> None:
    picture = read_picture(photo(gps=gps))
    assert (picture.latitude, picture.longitude) == (None, None)


def test_south_and_west_are_negative() -> None:
    picture = read_picture(photo(gps=GPS | {1: "S", 3: "W"}))
    assert (picture.latitude, picture.longitude) == (pytest.approx(-24.3146), pytest.approx(-109.4269))


def test_the_same_photo_on_another_case_is_flagged(store: Store, blobs: BlobStore, cast: Cast) -> None:
    content = photo()
    assert keep(acting(store, cast.inspector), blobs, content).flags == []
    assert keep(acting(store, cast.inspector), blobs, content, NEXT_CASE).flags == ["photo_reused"]
    assert keep(acting(store, cast.colleague), blobs, photo(colour="blue"), NEXT_CASE).flags == []


def test_the_same_photo_on_the_same_case_is_not_flagged(store: Store, blobs: BlobStore, cast: Cast) -> None:
    keep(acting(store, cast.inspector), blobs, photo())
    assert keep(acting(store, cast.colleague), blobs, photo()).flags == []


def test_the_same_bytes_sent_twice_are_one_attachment(store: Store, blobs: BlobStore) -> None:
    assert keep(store, blobs, photo()) is keep(store, blobs, photo())


def test_a_photo_of_another_day_is_flagged_and_kept(store: Store, blobs: BlobStore, clock: FixedClock) -> None:
    assert keep(store, blobs, photo(taken="2026:11:17 08:59:00")).flags == ["time_drift"]
    assert keep(store, blobs, photo(taken="2026:11:17 09:01:00")).flags == []
    clock.advance(days=2)
    assert clock.now() - datetime(2026, 11, 18, 9, tzinfo=ZONE) == timedelta(days=2)


def test_a_foreign_attachment_does_not_exist(session: Session, store: Store, blobs: BlobStore, cast: Cast) -> None:
    kept = keep(store, blobs, photo())
    assert attachment(session, cast.inspector, kept.id) is kept
    for stranger in (cast.outsider, cast.business):
        with pytest.raises(NotFoundError):
            attachment(session, stranger, kept.id)


def test_attachments_are_shown_with_a_records_field(session: Session, store: Store, blobs: BlobStore) -> None:
    check = inspection(store, establishment(store))
    door, kitchen = keep(store, blobs, photo()), keep(store, blobs, photo(colour="blue"))
    link(store, check, "door_photos", [door.id, door.id])
    link(store, check, "other_photos", [kitchen.id])
    session.flush()
    assert linked(session, check, "door_photos") == [door]
    assert {each.id for each in linked(session, check)} == {door.id, kitchen.id}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("门头 照片.jpg", "门头 照片.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\报告.pdf", "报告.pdf"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        ("", "file"),
        ("...", "file"),
        ("长" * 300 + ".jpeg", "长" * 100 + ".jpeg"),
        ("长" * 300, "长" * 120),
    ],
)
def test_a_files_name_is_made_harmless(given: str, kept: str) -> None:
    assert safe_filename(given) == kept


def test_a_blob_is_asked_for_by_its_hash_only(blobs: BlobStore) -> None:
    with pytest.raises(NotFoundError):
        blobs.open("../secret")
    with pytest.raises(NotFoundError):
        blobs.open("0" * 64)
    with pytest.raises(NotFoundError):
        blobs.open_thumbnail(blobs.put(b"text"))


def test_a_failed_write_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    blobs = BlobStore(tmp_path / "blobs")
    with pytest.raises(OSError, match="disk full"):
        blobs.put(b"bytes")
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []
