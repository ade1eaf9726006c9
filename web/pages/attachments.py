"""Uploads and downloads: evidence files and issued documents, inside one's jurisdiction only."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, jsonify, render_template, request, send_file

from forms.bundles import form_of
from records.attachments import Attachment
from records.documents import Document
from records.errors import DomainError
from web.files import file_seen
from web.labels import label
from web.parts import parts
from web.permissions import actor, permission
from web.uploads import keep_upload

blueprint = Blueprint("attachments", __name__)
#: shown in the page; everything else is saved
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm", "application/pdf"})
#: attachments never change; their address may be kept, by the person who asked only
KEPT = "private, max-age=31536000, immutable"


class FileMissingError(DomainError):
    """The request carries no file."""

    slug = "file-missing"
    sentence = "请选择要上传的文件"


@blueprint.post("/attachments")
@permission("attachment.write")
def upload() -> tuple[Response, int]:
    """Keep one file for a user task (``?user_task_id=``), or for a case that is about to be started."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileMissingError
    here = parts()
    with here.database.unit_of_work() as session:
        attachment = keep_upload(session, here, actor(), file, request.args.get("user_task_id"))
        return jsonify(described(attachment)), 201


def described(attachment: Attachment) -> dict[str, object]:
    """What a page needs to show an upload."""
    has_picture = attachment.media_type.startswith("image/")
    return {
        "id": attachment.id,
        "filename": attachment.filename,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "thumb": f"/attachments/{attachment.id}/thumb" if has_picture else None,
        "flags": [{"code": flag, "text": label("flag", flag)} for flag in attachment.flags or ()],
    }


@blueprint.get("/attachments/<attachment_id>")
@permission("attachment.read")
def download(attachment_id: str) -> Response:
    """The file itself."""
    with parts().database.reading() as session:
        found = file_seen(session, Attachment, attachment_id, actor())
        media_type, filename, sha256 = found.media_type, found.filename, found.sha256
    shown = media_type in SHOWN and "save" not in request.args
    return sent(parts().blobs.open(sha256), media_type, filename, shown=shown)


@blueprint.get("/attachments/<attachment_id>/thumb")
@permission("attachment.read")
def thumb(attachment_id: str) -> Response:
    """Its small picture."""
    with parts().database.reading() as session:
        sha256 = file_seen(session, Attachment, attachment_id, actor()).sha256
    return sent(parts().blobs.open_thumbnail(sha256), "image/jpeg", "thumb.jpg", shown=True)


@blueprint.get("/documents/<document_id>.pdf")
@permission("document.read")
def document(document_id: str) -> Response | tuple[str, int]:
    """An issued document; while its PDF is being made, a page that says so."""
    here = parts()
    with here.database.reading() as session:
        found = file_seen(session, Document, document_id, actor())
        if found.sha256 is None:
            return render_template("documents/pending.html", document=found), 202
        title, no, sha256, (media_type, ending) = found.title, found.no, found.sha256, form_of(found.kind)
    shown = media_type in SHOWN and "save" not in request.args
    return sent(here.blobs.open(sha256), media_type, f"{no or title}{ending}", shown=shown)


def sent(stream: object, media_type: str, filename: str, *, shown: bool) -> Response:
    """Bytes that never change, shown in the page or saved under their name."""
    response = send_file(stream, mimetype=media_type, conditional=False, etag=False)  # type: ignore[arg-type]
    way = "inline" if shown else "attachment"
    plain = filename.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    response.headers["Content-Disposition"] = (
        f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = KEPT
    return response
