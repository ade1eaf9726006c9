"""What is open and what is done, said in the statement itself: else the indexes of only these would not be used."""

from __future__ import annotations

from sqlalchemy import bindparam

from engine.model import UserTask, UserTaskState

IS_OPEN = UserTask.state == bindparam(None, UserTaskState.OPEN, UserTask.state.type, literal_execute=True)
IS_DONE = UserTask.state == bindparam(None, UserTaskState.COMPLETED, UserTask.state.type, literal_execute=True)
