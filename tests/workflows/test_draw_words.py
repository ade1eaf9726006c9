"""What a draw says of itself."""

from __future__ import annotations

from records.verify_draw import COMMITTED
from workflows.draw_words import PARTS, part


def test_what_changed_after_the_commitment_is_told_by_the_name_of_its_part() -> None:
    assert set(COMMITTED) <= {*PARTS, "format", "algorithm"}
    assert part("quotas") == "各层数量"
    assert part("pools.objects[3].id") == "名录库"
