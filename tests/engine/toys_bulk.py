"""A toy whose form asks for what belongs to one case only."""

from __future__ import annotations

from engine.deployment import Bundle
from engine.process import process
from tests.engine.toys import START, chain, form, lanes, model

SIGNED = Bundle(
    "signed",
    model(
        "signed",
        lanes(LEAD="begin", INS="sign")
        + '<startEvent id="begin"/><userTask id="sign" name="签字"/><endEvent id="done"/>'
        + chain("begin", "sign", "done"),
    ),
    {"begin": START, "sign": form(signature="signature")},
    {},
)
SIGNED_PROCESS = process("signed", prefix="签")
