"""The public face of decision models: read them, evaluate them, check them."""

from feel.analysis import Finding, Severity, check
from feel.dmn_model import Decision, DecisionModel, DecisionResult, DecisionService, parse_decisions, read_model

__all__ = [
    "Decision",
    "DecisionModel",
    "DecisionResult",
    "DecisionService",
    "Finding",
    "Severity",
    "check",
    "parse_decisions",
    "read_model",
]
