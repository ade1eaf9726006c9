"""What the worker does for the processes after their transactions, at least once: print documents, send mail."""

from __future__ import annotations

import io
import smtplib
from collections.abc import Callable, Iterable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.jobs import Handlers, Ticket, complete
from engine.model import JobKind, ProcessInstance
from forms.bundles import bundle, is_bundle
from forms.pdf import Paper, render
from forms.templates import sheets
from records.attachments import Attachment, Belonging, receive
from records.blobs import BlobStore
from records.clock import Clock, SystemClock
from records.db import Database
from records.documents import Document, attach_pdf
from records.drill_marks import takes_part
from records.exports import workbook_of
from records.imports import Runner
from records.people import SYSTEM, User
from records.settings import Mail, Settings
from records.store import Origin, Store

ROOT = Path(__file__).resolve().parent.parent
#: the Chinese font as the browser bundle brings it, else as its package has it
FONTS = (
    ROOT / "web/static/dist/NotoSansSC-Regular.ttf",
    ROOT / "node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
)
MAIL_TIMEOUT = 20

Send = Callable[[Mail, Iterable[EmailMessage]], None]


def handlers(settings: Settings, blobs: BlobStore, clock: Clock | None = None) -> Handlers:
    """The handlers of all kinds of job that the engine does not do itself."""
    printer = Printer(settings.public_url, blobs, clock or SystemClock())
    postman = Postman(settings.mail, clock or SystemClock())
    importer = Importer(Runner(blobs, clock or SystemClock()))
    return {
        JobKind.DOCUMENT: printer.print_document,
        JobKind.NOTIFICATION: postman.send_mail,
        JobKind.IMPORT: importer.go_on,
    }


class Importer:
    """Checks and enters files that are too large for their sender to wait."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner

    def go_on(self, database: Database, ticket: Ticket) -> None:
        """Do what the batch of the job waits for; what is done already is left as it is."""
        self.runner.run(database, ticket.payload["batch_id"])


class Printer:
    """Prints issued documents and keeps the PDF."""

    def __init__(self, public_url: str, blobs: BlobStore, clock: Clock, font: Path | None = None) -> None:
        self.public_url, self.blobs, self.clock = public_url, blobs, clock
        self.font = font or next((path for path in FONTS if path.is_file()), FONTS[0])

    def print_document(self, database: Database, ticket: Ticket) -> None:
        """Print the document that the job names; one that is printed already stays as it is."""
        with database.reading() as session:
            document = session.get_one(Document, ticket.payload["document_id"])
            if document.sha256 is not None:
                return
            pictures = self._pictures(database, document)
        if is_bundle(document.kind):
            content = bundle(document.kind, document.facts)
        else:
            content = render(self._paper(document), font=self.font, images=pictures.get)
        with database.unit_of_work() as session:
            document = session.get_one(Document, document.id, with_for_update=True)
            origin = Origin(process_instance_id=document.process_instance_id, is_drill=document.is_drill)
            store = Store(session, self.clock, SYSTEM, origin)
            attach_pdf(store, self.blobs, document, content)
            self._keep_workbook(store, document)
            complete(session, self.clock, ticket)

    def _keep_workbook(self, store: Store, document: Document) -> None:
        """The document's tables as a workbook among the case's files, when its template has one."""
        wanted = sheets(document.kind)
        if not wanted:
            return
        content = workbook_of(_sheet(each, document.facts) for each in wanted)
        place = Belonging(
            document.region_code, document.region_path, document.process_instance_id, None, document.establishment_id
        )
        receive(store, self.blobs, io.BytesIO(content), f"{document.title}-{document.no}.xlsx", place)

    def _paper(self, document: Document) -> Paper:
        return Paper(
            kind=document.kind,
            title=document.title,
            no=document.no or "",
            facts=document.facts,
            facts_hash=document.facts_hash,
            is_drill=document.is_drill,
            verify_address=f"{self.public_url}/verify/{document.token}",
        )

    def _pictures(self, database: Database, document: Document) -> dict[str, bytes]:
        """The signatures that the document shows, by attachment id."""
        wanted = [each for each in (document.facts.get("signatures") or {}).values() if each]
        with database.reading() as session:
            found = session.scalars(
                select(Attachment).where(Attachment.id.in_(wanted), Attachment.deleted_at.is_(None))
            )
            hashes = {attachment.id: attachment.sha256 for attachment in found}
        return {attachment_id: self._bytes(sha256) for attachment_id, sha256 in hashes.items()}

    def _bytes(self, sha256: str) -> bytes:
        with self.blobs.open(sha256) as stream:
            return stream.read()


def _sheet(wanted: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[str, list[str], list[list[object]]]:
    """A sheet of a template filled: columns marked ``number`` hold numbers where the text is one."""
    columns = wanted["columns"]
    rows = [[_value(column, row.get(column["key"])) for column in columns] for row in facts.get(wanted["table"]) or []]
    return wanted["title"], [column["label"] for column in columns], rows


def _value(column: Mapping[str, Any], value: object) -> object:
    if not column.get("number") or not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


class Postman:
    """Sends by mail what people are told on the platform. Without a mail host, nothing leaves."""

    def __init__(self, mail: Mail, clock: Clock, send: Send | None = None) -> None:
        self.mail, self.clock, self.send = mail, clock, send or send_by_smtp

    def send_mail(self, database: Database, ticket: Ticket) -> None:
        """One message to each user of the job who has an address."""
        if self.mail.host is None:
            return
        with database.reading() as session:
            people = session.scalars(select(User).where(User.id.in_(ticket.payload["user_ids"]), User.active.is_(True)))
            told = [person for person in people if _may_be_told(session, person, ticket.process_instance_id)]
            addresses = sorted(person.email for person in told if not person.email.endswith(".invalid"))
        self.send(self.mail, [self._message(to, ticket) for to in addresses])

    def _message(self, to: str, ticket: Ticket) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self.mail.sender, to
        message["Subject"] = " ".join(str(ticket.payload["subject"]).split())
        message["Message-ID"] = f"<{ticket.key.replace(':', '.')}@{self.mail.sender.rpartition('@')[2]}>"
        message.set_content(ticket.payload["text"])
        return message


def _may_be_told(session: Session, person: User, process_instance_id: str | None) -> bool:
    """Mail of a drill goes to officials, and to the businesses that take part in it; never to anybody else."""
    if person.establishment_id is None or process_instance_id is None:
        return True
    is_drill = session.scalar(select(ProcessInstance.is_drill).where(ProcessInstance.id == process_instance_id))
    return not is_drill or takes_part(session, process_instance_id, person.establishment_id)


def send_by_smtp(mail: Mail, messages: Iterable[EmailMessage]) -> None:
    """Hand the messages to the mail host."""
    with smtplib.SMTP(mail.host or "", mail.port, timeout=MAIL_TIMEOUT) as host:
        if mail.use_tls:
            host.starttls()
        if mail.username:
            host.login(mail.username, mail.password or "")
        for message in messages:
            host.send_message(message)
