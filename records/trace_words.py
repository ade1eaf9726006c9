"""The words of tracing: those of EPCIS 2.0 (R-TRC-08), the tracking events of FSMA 204 (R-TRC-06), stages."""

from __future__ import annotations

from enum import StrEnum

from records.registry import EstablishmentKind


class EventType(StrEnum):
    """The EPCIS 2.0 event types."""

    OBJECT = "object"
    AGGREGATION = "aggregation"
    ASSOCIATION = "association"
    TRANSFORMATION = "transformation"
    TRANSACTION = "transaction"


class EventAction(StrEnum):
    """What an event says of its lots: they began, they were seen, they ended."""

    ADD = "add"
    OBSERVE = "observe"
    DELETE = "delete"


class BusinessStep(StrEnum):
    """The 41 business steps of the GS1 Core Business Vocabulary 2.0."""

    ACCEPTING = "accepting"
    ARRIVING = "arriving"
    ASSEMBLING = "assembling"
    COLLECTING = "collecting"
    COMMISSIONING = "commissioning"
    CONSIGNING = "consigning"
    CREATING_CLASS_INSTANCE = "creating_class_instance"
    CYCLE_COUNTING = "cycle_counting"
    DECOMMISSIONING = "decommissioning"
    DEPARTING = "departing"
    DESTROYING = "destroying"
    DISASSEMBLING = "disassembling"
    DISPENSING = "dispensing"
    ENCODING = "encoding"
    ENTERING_EXITING = "entering_exiting"
    HOLDING = "holding"
    INSPECTING = "inspecting"
    INSTALLING = "installing"
    KILLING = "killing"
    LOADING = "loading"
    OTHER = "other"
    PACKING = "packing"
    PICKING = "picking"
    RECEIVING = "receiving"
    REMOVING = "removing"
    REPACKAGING = "repackaging"
    REPAIRING = "repairing"
    REPLACING = "replacing"
    RESERVING = "reserving"
    RETAIL_SELLING = "retail_selling"
    SAMPLING = "sampling"
    SENSOR_REPORTING = "sensor_reporting"
    SHIPPING = "shipping"
    STAGING_OUTBOUND = "staging_outbound"
    STOCK_TAKING = "stock_taking"
    STOCKING = "stocking"
    STORING = "storing"
    TRANSPORTING = "transporting"
    UNLOADING = "unloading"
    UNPACKING = "unpacking"
    VOID_SHIPPING = "void_shipping"


class Effect(StrEnum):
    """What a business step does to quantities: they appear, move, end or are counted."""

    MADE = "made"
    SENT = "sent"
    RECEIVED = "received"
    GONE = "gone"
    COUNTED = "counted"
    UNSENT = "unsent"
    ORIGIN = "origin"
    NONE = "none"


_STEPS = BusinessStep
#: an event with inputs and outputs is a conversion whatever its step
EFFECTS: dict[BusinessStep, Effect] = {
    _STEPS.COMMISSIONING: Effect.MADE,
    _STEPS.CREATING_CLASS_INSTANCE: Effect.MADE,
    _STEPS.SHIPPING: Effect.SENT,
    _STEPS.VOID_SHIPPING: Effect.UNSENT,
    _STEPS.RECEIVING: Effect.RECEIVED,
    _STEPS.ACCEPTING: Effect.RECEIVED,
    _STEPS.RETAIL_SELLING: Effect.GONE,
    _STEPS.DISPENSING: Effect.GONE,
    _STEPS.DESTROYING: Effect.GONE,
    _STEPS.DECOMMISSIONING: Effect.GONE,
    _STEPS.SAMPLING: Effect.GONE,
    _STEPS.KILLING: Effect.GONE,
    _STEPS.STOCK_TAKING: Effect.COUNTED,
    _STEPS.CYCLE_COUNTING: Effect.COUNTED,
}


#: kinds of vouchers that say where a lot comes from
ORIGIN_PAPERS = frozenset({"origin_certificate", "quarantine_certificate", "qualified_commitment"})


class Disposition(StrEnum):
    """The dispositions of the GS1 vocabulary that food supervision meets."""

    ACTIVE = "active"
    IN_PROGRESS = "in_progress"
    IN_TRANSIT = "in_transit"
    SELLABLE_ACCESSIBLE = "sellable_accessible"
    RETAIL_SOLD = "retail_sold"
    CONFORMANT = "conformant"
    NON_CONFORMANT = "non_conformant"
    UNAVAILABLE = "unavailable"
    RECALLED = "recalled"
    RETURNED = "returned"
    DISPOSED = "disposed"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


class TrackingEvent(StrEnum):
    """The critical tracking events of FSMA 204 (21 CFR 1.1325 to 1.1350, R-TRC-06)."""

    HARVEST = "harvest"
    COOL = "cool"
    INITIAL_PACK = "initial_pack"
    FIRST_LAND_RECEIVE = "first_land_receive"
    SHIP = "ship"
    RECEIVE = "receive"
    TRANSFORM = "transform"


class ErrorReason(StrEnum):
    """Why an event is declared to be in error; it stays readable for ever (R-TRC-08)."""

    DID_NOT_OCCUR = "did_not_occur"
    INCORRECT_DATA = "incorrect_data"


class Stage(StrEnum):
    """Where in the chain something stands (processes.md B, U4)."""

    ORIGIN = "origin"
    PRODUCTION = "production"
    STORAGE = "storage"
    TRANSPORT = "transport"
    WHOLESALE = "wholesale"
    RETAIL = "retail"
    CATERING = "catering"
    UNKNOWN = "unknown"


STAGES: dict[EstablishmentKind, Stage] = {
    EstablishmentKind.FARM: Stage.ORIGIN,
    EstablishmentKind.PRODUCER: Stage.PRODUCTION,
    EstablishmentKind.WAREHOUSE: Stage.STORAGE,
    EstablishmentKind.WHOLESALER: Stage.WHOLESALE,
    EstablishmentKind.MARKET: Stage.WHOLESALE,
    EstablishmentKind.STALL: Stage.RETAIL,
    EstablishmentKind.SUPERMARKET: Stage.RETAIL,
    EstablishmentKind.CATERING: Stage.CATERING,
    EstablishmentKind.CANTEEN: Stage.CATERING,
}


class Direction(StrEnum):
    """How a lot came into a scope: asked for, upstream of what was asked for, downstream of it, or both (a loop)."""

    SEED = "seed"
    UP = "up"
    DOWN = "down"
    BOTH = "both"
