"""Questions answered with files and places: photos, videos, papers, a signature, the position of the phone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forms.component import Component
from forms.context import Scope
from forms.question import Question, asked, listed, refuse
from forms.sentences import Sentence, say
from forms.texts import read_moment, read_number
from records.attachments import Attachment
from records.clock import is_id

MOST_FILES = 20
_PREFIXES = {"photo": "image/", "video": "video/", "file": ""}
_WANTED = {"photo": say("请拍摄或上传%(label)s"), "video": say("请拍摄或上传%(label)s"), "file": say("请上传%(label)s")}
_WRONG = {
    "photo": say("只能上传照片（JPG、PNG、WebP）"),
    "video": say("只能上传视频（MP4、WebM）"),
    "file": say("不能使用该文件"),
}
_FEW = {
    "photo": say("至少需要 %(count)s 张照片"),
    "video": say("至少需要 %(count)s 段视频"),
    "file": say("至少需要 %(count)s 个文件"),
}
_MANY = {
    "photo": say("照片不能超过 %(count)s 张"),
    "video": say("视频不能超过 %(count)s 段"),
    "file": say("文件不能超过 %(count)s 个"),
}


def media_of(component: Component) -> str:
    """``photo``, ``video`` or ``file``."""
    media = component.option("media") or "file"
    return media if media in _PREFIXES else "file"


def check_files(ids: Sequence[str], media: str, scope: Scope) -> None:
    """Refuse files that do not exist, are another case's or not of this medium."""
    scope.context.attachments.fetch(ids)
    for each in ids:
        attachment = scope.context.attachments.get(each)
        if attachment is None:
            refuse(say("文件不存在或不属于本案件，请重新上传"))
        if not attachment.media_type.startswith(_PREFIXES[media]):
            refuse(say(_WRONG[media]))


def file_ids(value: object) -> list[str]:
    """The attachment ids in an answer, each once; what cannot be an id is left out."""
    return list(dict.fromkeys(each for each in listed(value) if isinstance(each, str) and each))


class Files(Question):
    """Photos, videos or papers: a list of attachment ids."""

    def empty(self) -> Any:
        """No files."""
        return []

    def wanted(self, component: Component) -> Sentence:
        """Take or upload it."""
        return say(_WANTED[media_of(component)], label=asked(component))

    def clean(self, component: Component, value: object, scope: Scope) -> list[str]:
        """Files that exist, belong here and fit, as many as wanted."""
        ids, media, limits = file_ids(value), media_of(component), component.limits
        if len(ids) != len({str(each) for each in listed(value)}):
            refuse(say("文件不存在或不属于本案件，请重新上传"))
        if limits.min_count and len(ids) < limits.min_count:
            refuse(say(_FEW[media], count=limits.min_count))
        most = limits.max_count or MOST_FILES
        if len(ids) > most:
            refuse(say(_MANY[media], count=most))
        check_files(ids, media, scope)
        return ids

    def keep(self, component: Component, value: object) -> Any:
        """What could be ids, capped."""
        return list(filter(is_id, file_ids(value)))[: component.limits.max_count or MOST_FILES]

    def control(self, component: Component, value: object) -> Any:
        """The ids."""
        return file_ids(value)

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """The names of the files."""
        return file_names(file_ids(value), scope)


def file_names(ids: Sequence[str], scope: Scope) -> str:
    """The names of these files, as far as they may be seen."""
    return "、".join(each.filename for each in files_of(ids, scope))


def files_of(ids: Sequence[str], scope: Scope) -> list[Attachment]:
    """The attachments with these ids that may be shown here."""
    scope.context.attachments.fetch(ids)
    return [each for each in map(scope.context.attachments.get, ids) if each]


class Signature(Question):
    """A signature: the attachment id of its picture."""

    def wanted(self, component: Component) -> Sentence:
        """Sign."""
        return say("请签名：%(label)s", label=asked(component))

    def clean(self, component: Component, value: object, scope: Scope) -> str:
        """One picture that exists and belongs here."""
        ids = file_ids(value)[-1:]  # a page without script posts the former signature before the new one
        if not ids:
            refuse(self.wanted(component))
        check_files(ids, "photo", scope)
        return ids[0]

    def keep(self, component: Component, value: object) -> Any:
        """What could be an id."""
        return next(filter(is_id, reversed(file_ids(value))), None)

    def control(self, component: Component, value: object) -> Any:
        """The id."""
        return next(reversed(file_ids(value)), "")

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """已签名."""
        return say("已签名") if file_ids(value) else ""


class Position(Question):
    """Where the phone is."""

    parts = ("latitude", "longitude", "accuracy", "taken_at", "is_mock")

    def is_blank(self, value: object) -> bool:
        """Nothing that could be a place."""
        if isinstance(value, Mapping):
            return all(super(Position, self).is_blank(value.get(part)) for part in ("latitude", "longitude"))
        return super().is_blank(value)

    def wanted(self, component: Component) -> Sentence:
        """Take the position."""
        return say("请获取%(label)s", label=asked(component))

    def clean(self, component: Component, value: object, scope: Scope) -> dict[str, Any]:
        """A place on the earth."""
        place = self.typed(component, value)
        if place is None or (isinstance(value, Mapping) and set(value) - set(self.parts)):
            refuse(say("位置无效，请重新获取"))
        return dict(place)

    def typed(self, component: Component, value: object) -> Any:
        """The place, if it is one: numbers, the moment it was taken, whether the phone admits to faking it."""
        if not isinstance(value, Mapping):
            return None
        latitude, longitude = _within(value.get("latitude"), 90), _within(value.get("longitude"), 180)
        if latitude is None or longitude is None:
            return None
        accuracy = _within(value.get("accuracy"), 10_000_000)
        return {
            "latitude": latitude,
            "longitude": longitude,
            "accuracy": None if accuracy is None else abs(accuracy),
            "taken_at": read_moment(value.get("taken_at")),
            "is_mock": str(value.get("is_mock")).lower() in ("true", "1", "on"),
        }

    def keep(self, component: Component, value: object) -> Any:
        """The parts, capped."""
        if not isinstance(value, Mapping):
            return None
        return {part: super(Position, self).keep(component, value[part]) for part in self.parts if part in value}

    def control(self, component: Component, value: object) -> Any:
        """The parts as texts."""
        given = value if isinstance(value, Mapping) else {}
        return {part: "" if given.get(part) is None else str(given[part]) for part in self.parts}

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """Latitude and longitude, with the accuracy in metres."""
        place = self.typed(component, value)
        if place is None:
            return ""
        text = f"{place['latitude']:.6f}, {place['longitude']:.6f}"
        accuracy = place["accuracy"]
        return text if accuracy is None else say("%(place)s（精度 %(metres)s 米）", place=text, metres=round(accuracy))


def _within(value: object, bound: int) -> float | None:
    number = read_number(value)
    if number is None and isinstance(value, float) and math.isfinite(value):
        number = read_number(round(value, 12))
    return float(number) if number is not None and abs(number) <= bound else None
