"""The command line: migrate, deploy, check-invariants, create-user; the other commands stand in ``web.*_cli``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_security import hash_password
from sqlalchemy import select

from engine import invariants
from engine.conformance import notes_on_decisions
from engine.deployment import DeploymentRefusedError, read_bundle
from records.master_data import seed_master_data
from records.migrations import upgrade
from records.people import SYSTEM, Region, Role, RoleCode, User
from records.registry import Establishment
from records.store import Store
from web.draw_cli import check_draw
from web.journal_cli import evidence, verify_journal
from web.migration_cli import migrate_instances
from web.models_cli import DatabaseCommand, models, say_json
from web.parts import parts
from web.trace_cli import rebuild as rebuild_links
from web.trace_cli import verify as verify_links
from workflows import load

ROOT = Path(__file__).resolve().parent.parent
MODELS, FORMS = ROOT / "bpmn", ROOT / "forms"


def register(app: Flask) -> None:
    """Give the application its commands."""
    models.add_command(migrate_instances)
    commands = (migrate, deploy, verify_journal, evidence, check_draw, check_invariants, create_user, models)
    for command in (*commands, verify_links, rebuild_links):
        app.cli.add_command(command)


@click.command(cls=DatabaseCommand)
@with_appcontext
def migrate() -> None:
    """Bring the database to the present schema and enter the master data that is missing."""
    here = parts()
    if here.database.dialect == "sqlite" and here.database.engine.url.database:
        Path(here.database.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    upgrade(here.database)
    with here.database.unit_of_work() as session:
        seed_master_data(Store(session, here.clock, SYSTEM))


@click.command(cls=DatabaseCommand)
@with_appcontext
def deploy() -> None:
    """Deploy every model beside its forms and decisions. What is deployed already stays the same version."""
    here = parts()
    bundles = [read_bundle(key, MODELS, FORMS) for key in sorted(load())]
    try:
        with here.database.unit_of_work() as session:
            for definition in here.engine.deploy_all(session, bundles, SYSTEM):
                say_json({"process": definition.key, "version": definition.version})
        for bundle in bundles:
            for note in notes_on_decisions(bundle.decisions):
                say_json({"process": bundle.key, "note": note.as_json()})
    except DeploymentRefusedError as refused:
        for finding in refused.findings:
            say_json({"process": refused.params["key"], **finding.as_json()})
        sys.exit(1)


@click.command("check-invariants", cls=DatabaseCommand)
@with_appcontext
def check_invariants() -> None:
    """Prove the engine's promises P1 to P6 on this database. Exit 1 and say where one is broken."""
    bad = 0
    with parts().database.reading() as session:
        for broken in invariants.check_invariants(session, parts().clock.now()):
            bad += 1
            say_json({"promise": broken.promise, "subject": broken.subject, "what": broken.what})
    say_json({"invariants": "broken" if bad else "hold", "broken": bad})
    sys.exit(1 if bad else 0)


@click.command("create-user", cls=DatabaseCommand)
@click.argument("username")
@click.option("--name", required=True, help="The person's name.")
@click.option("--email", required=True)
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in RoleCode]))
@click.option("--region", "region_code", required=True, help="Code of the region, such as 450203.")
@click.option("--credit-code", help="Of the business that the person belongs to (BIZ, MKT).")
@click.password_option()
@with_appcontext
def create_user(
    username: str,
    name: str,
    email: str,
    roles: tuple[str, ...],
    region_code: str,
    credit_code: str | None,
    password: str,
) -> None:
    """Make an account, for example the first administrator."""
    here = parts()
    with here.database.unit_of_work() as session:
        region = session.scalar(select(Region).where(Region.code == region_code))
        if region is None:
            raise click.ClickException(f"no region {region_code}; run `flask migrate` first")
        place = None
        if credit_code:
            place = session.scalar(select(Establishment.id).where(Establishment.credit_code == credit_code))
            if place is None:
                raise click.ClickException(f"no establishment {credit_code}")
        if session.scalar(select(User.id).where((User.username == username) | (User.email == email))):
            raise click.ClickException(f"{username} or {email} exists already")
        user = User(
            username=username, name=name, email=email, password=hash_password(password), region_code=region.code,
            region_path=region.path, establishment_id=place, fs_uniquifier=here.clock.new_id(),
            roles=list(session.scalars(select(Role).where(Role.name.in_(roles)))),
        )  # fmt: skip
        Store(session, here.clock, SYSTEM).add(user, reason="flask create-user")
    click.echo(f"{username}: {', '.join(roles)} in {region.name}")
