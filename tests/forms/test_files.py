"""Photos, videos, papers and signatures: uploads that exist, belong here and fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forms.context import FormContext
from forms.view import view
from tests.factories import Cast
from tests.forms.conftest import form, question, refusals

Upload = Callable[..., str]
PHOTOS = question("filepicker", "photos", "门头照片", properties={"media": "photo", "min": 1, "max": 2})
STRANGE = "文件不存在或不属于本案件，请重新上传"


def test_photos_of_the_case_and_the_actors_own_loose_ones_are_taken(
    context: FormContext, photo: Upload, cast: Cast
) -> None:
    ids = [photo(), photo(case=None, by=cast.inspector)]
    assert form(PHOTOS).load({"photos": ids}, context) == {"photos": ids}
    assert form(PHOTOS).load({"photos": ids[0]}, context) == {"photos": ids[:1]}


def test_another_cases_or_persons_photo_does_not_exist_here(context: FormContext, photo: Upload, cast: Cast) -> None:
    for strange in (photo(case="01OTHER"), photo(case=None, by=cast.colleague), "01NOWHERE", 7):
        assert refusals(form(PHOTOS), {"photos": [strange]}, context) == {"photos": [STRANGE]}


def test_there_are_as_many_as_wanted(context: FormContext, photo: Upload) -> None:
    ids = [photo() for _ in range(3)]
    assert refusals(form(PHOTOS), {}, context) == {"photos": ["请拍摄或上传门头照片"]}
    assert refusals(form(PHOTOS), {"photos": ids}, context) == {"photos": ["照片不能超过 2 张"]}
    two = form({**PHOTOS, "properties": {"media": "photo", "min": 2}})
    assert refusals(two, {"photos": ids[:1]}, context) == {"photos": ["至少需要 2 张照片"]}


@pytest.mark.parametrize(
    ("media", "media_type", "sentence"),
    [
        ("photo", "application/pdf", "只能上传照片（JPG、PNG、WebP）"),
        ("video", "image/png", "只能上传视频（MP4、WebM）"),
    ],
)
def test_the_medium_fits(context: FormContext, photo: Upload, media: str, media_type: str, sentence: str) -> None:
    asked = form(question("filepicker", "files", properties={"media": media}))
    assert refusals(asked, {"files": photo(media_type)}, context) == {"files": [sentence]}
    papers = form(question("filepicker", "files"))
    assert papers.load({"files": (paper := photo(media_type))}, context) == {"files": [paper]}


def test_a_signature_is_one_picture(context: FormContext, photo: Upload) -> None:
    asked = form(question("signature", "signed", "企业负责人签字", validate={"required": True}))
    ids = [photo("image/png"), photo("image/png")]
    assert asked.load({"signed": [ids[0]]}, context) == {"signed": ids[0]}
    assert refusals(asked, {}, context) == {"signed": ["请签名：企业负责人签字"]}
    assert asked.load({"signed": ids}, context) == {"signed": ids[1]}
    assert refusals(asked, {"signed": photo("video/mp4")}, context) == {"signed": ["只能上传照片（JPG、PNG、WebP）"]}
    (shown,) = view(asked, context, {"signed": ids[0]}).fields
    assert (shown.value, shown.display, shown.files[0].id, shown.max_count) == (ids[0], "已签名", ids[0], 1)


def test_the_view_names_the_files_and_what_was_noticed(context: FormContext, photo: Upload) -> None:
    ids = [photo(filename="门头.jpg", flags=["photo_reused"]), photo(case="01OTHER")]
    page = view(form(PHOTOS), context, {"photos": ids})
    (photos,) = page.fields
    assert page.has_files
    assert [(file.filename, file.is_image, file.flags) for file in photos.files] == [
        ("门头.jpg", True, ("photo_reused",))
    ]
    assert (photos.accept, photos.media, photos.display) == ("image/jpeg,image/png,image/webp", "photo", "门头.jpg")
