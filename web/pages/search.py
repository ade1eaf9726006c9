"""One search over cases, establishments, products and documents of the jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from engine import queries
from records.paging import Page
from records.people import Actor
from records.registry_queries import EstablishmentFilter, ProductFilter, establishments, products
from web import lists
from web.parts import parts
from web.permissions import permission, viewer
from web.reads.documents import find_documents

blueprint = Blueprint("search", __name__)
SHOWN = 8


@dataclass(frozen=True)
class Found:
    """The first few of each kind, with how many there are."""

    cases: Page[Any] = field(default_factory=Page)
    establishments: Page[Any] = field(default_factory=Page)
    products: Page[Any] = field(default_factory=Page)
    documents: Page[Any] = field(default_factory=Page)

    @property
    def total(self) -> int:
        """Everything found."""
        return sum(page.total for page in (self.cases, self.establishments, self.products, self.documents))


@blueprint.get("/search")
@permission("search.read")
def index() -> str:
    """What matches ``q``."""
    query = lists.text()
    with parts().database.reading() as session:
        found = _find(session, viewer(), query) if query else Found()
        return render_template("search.html", query=query, found=found)


def _find(session: Session, who: Actor, query: str) -> Found:
    return Found(
        cases=queries.cases(session, who, queries.CaseFilter(text=query), None, SHOWN),
        establishments=establishments(session, who, EstablishmentFilter(text=query), None, SHOWN),
        products=products(session, who, ProductFilter(text=query), None, SHOWN),
        documents=find_documents(session, who, query, SHOWN),
    )
