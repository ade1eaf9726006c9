"""What forms of announcements may call: who is meant, what markup may not be there, whether a number is free."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.announcements import Announcement, number_is_free
from records.audiences import Audience, member_count, outside, regions_within
from records.markup import markup_faults, plain_text
from records.scanning import BLOCKING_IN_PUBLIC, scan


def announcing_functions(session: Session) -> Mapping[str, Callable[..., object]]:
    """The functions, over the people and announcements of ``session``."""

    def audience_count(
        regions: object, kinds: object, types: object, include: object, exclude: object, region_path: object
    ) -> int:
        """How many people of the jurisdiction are meant."""
        said = {"regions": regions, "kinds": kinds, "types": types, "include": include, "exclude": exclude}
        return member_count(session, Audience.of(said), str(region_path))

    def audience_outside(regions: object, include: object, region_path: object) -> list[str]:
        """The names of what of an audience lies beyond the jurisdiction."""
        return outside(session, Audience.of({"regions": regions, "include": include}), str(region_path))

    def region_choices(region_path: object) -> list[dict[str, str]]:
        """The regions of the jurisdiction, to choose from."""
        return [{"value": code, "label": name} for code, name in regions_within(session, str(region_path))]

    def announcement_number_is_free(number: object, case_id: object) -> bool:
        """Whether no announcement of another case bears the number."""
        own = select(Announcement.id).where(Announcement.process_instance_id == str(case_id))
        return number_is_free(session, str(number), session.scalar(own.limit(1)))

    return {
        "audience_count": audience_count,
        "audience_outside": audience_outside,
        "region_choices": region_choices,
        "announcement_number_is_free": announcement_number_is_free,
        "markup_faults": lambda text: markup_faults(text) if isinstance(text, str) else [],
        "plain_text": lambda text: plain_text(text) if isinstance(text, str) else None,
        "personal_numbers": personal_numbers,
    }


def personal_numbers(text: object) -> list[str]:
    """What of a text may not be public: personal numbers (masked) and secret words."""
    if not isinstance(text, str):
        return []
    return [issue.excerpt for issue in scan(text) if issue.kind in BLOCKING_IN_PUBLIC]
