"""What side tasks keep beside their user tasks (engine/side_tasks.py)."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.base import Base, Json, refers_to


class SideTask(Base):
    """What a side task is about. The answer is its user task's submission."""

    user_task_id: Mapped[str] = mapped_column(refers_to("user_task.id"), primary_key=True)
    main_task_id: Mapped[str] = mapped_column(String(26), index=True)  # the step it was asked from
    process_instance_id: Mapped[str] = mapped_column(String(26), index=True)
    asked_by: Mapped[str] = mapped_column(String(26))
    question: Mapped[str] = mapped_column(Text)
    files: Mapped[list[str]] = mapped_column(Json)  # attachment ids
