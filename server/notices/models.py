"""Notices and their items, how they are served, what firm and office ask of each other about them."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.db import Ltree, Mirrored, db, enum_type, new_id
from server.notices.procedure_rules import Asks, DutyState, RequestState, ResponseState
from server.notices.rules import ItemState, NoticeState
from server.notices.serving_rules import AttemptState, Method, Relation


class Notice(Mirrored, db.Model):  # type: ignore[name-defined, misc]
    """A notice (N1, N2 or N3) to a firm about one compound. Its paper is in the register of documents."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "document_type", "year", "sequence"),
        sa.Index(None, "changed_xid", "id"),
        sa.Index(None, "firm_id", "issued_at"),
        sa.Index(None, "path", postgresql_using="gist"),
        sa.Index(None, "provisional_number", postgresql_where=sa.text("provisional_number IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    document_type: Mapped[str] = mapped_column(default="N2")
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    year: Mapped[int]
    sequence: Mapped[int]
    number: Mapped[str]
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    compound_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("compound.id"))
    path: Mapped[str] = mapped_column(Ltree())
    order_no: Mapped[int] = mapped_column(default=1)
    """1 first notice, 2 second order (再次整改)."""
    previous_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("notice.id"))
    state: Mapped[NoticeState] = mapped_column(enum_type(NoticeState, "state"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    contact: Mapped[str]
    contact_phone: Mapped[str]
    serve_by: Mapped[datetime]
    """Three working days after issue: what is unserved then shows up (消防监督检查规定's practice)."""
    served_at: Mapped[datetime | None]
    """Date of service by law: the clock of every item starts here. May lie ahead (announcement)."""
    service_method: Mapped[Method | None] = mapped_column(enum_type(Method, "service_method"))
    opened_at: Mapped[datetime | None]
    """When somebody of the firm first opened it in the portal or by a link."""
    acknowledged_at: Mapped[datetime | None]
    """签收 in the portal or under a 送达回证; service only where a consent stands."""
    acknowledged_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    receipt: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """签收人 name, title (职务), phone as entered."""
    verify_token: Mapped[str] = mapped_column(unique=True)
    document_sha256: Mapped[bytes]
    calendar_version: Mapped[str]
    document_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("official_document.id"), unique=True)
    """The paper in force: a correction replaces it, and with it number and hash."""
    provisional_number: Mapped[str | None]
    """Number of the slip that was handed over on the spot (N1), `T-<device>-<n>`."""
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]

    items: Mapped[list[NoticeItem]] = relationship(
        back_populates="notice", order_by="NoticeItem.seq", lazy="raise_on_sql"
    )


class NoticeItem(db.Model):  # type: ignore[name-defined, misc]
    """One finding in one notice, with its own deadline."""

    __tablename__ = "notice_item"
    __table_args__ = (sa.UniqueConstraint("notice_id", "seq"), sa.Index(None, "finding_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    notice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice.id"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    seq: Mapped[int] = mapped_column(sa.SmallInteger)
    place: Mapped[str | None]
    facts: Mapped[str | None]
    """Place and facts as the paper words them; None in rows of before: as the finding says them."""
    legal_basis: Mapped[str]
    requirement: Mapped[str]
    term: Mapped[int]
    unit: Mapped[str]
    printed_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    provisional: Mapped[bool] = mapped_column(default=False)
    stages: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """Steps before the last: `{"stage", "n", "unit", "printed_due_at", "due_at", "provisional"}`."""
    state: Mapped[ItemState] = mapped_column(enum_type(ItemState, "state"), default=ItemState.PENDING)
    asks: Mapped[Asks] = mapped_column(
        enum_type(Asks, "asks"), default=Asks.RECTIFY, server_default=Asks.RECTIFY.value
    )

    notice: Mapped[Notice] = relationship(back_populates="items", lazy="raise_on_sql")


class Response(db.Model):  # type: ignore[name-defined, misc]
    """The firm's answer to one item; photos hang on it by `group_id`."""

    __tablename__ = "response"
    __table_args__ = (sa.Index(None, "notice_item_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    text: Mapped[str]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    """None where it came through a link (`link_id`)."""
    link_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("notice_link.id"))
    late: Mapped[bool]
    state: Mapped[ResponseState] = mapped_column(
        enum_type(ResponseState, "state"),
        default=ResponseState.SUBMITTED,
        server_default=ResponseState.SUBMITTED.value,
    )
    more_asked: Mapped[str | None]
    """What the reviewer still wanted to see."""


class Review(db.Model):  # type: ignore[name-defined, misc]
    """复查: the verdict of an official on the spot, about one finding."""

    __tablename__ = "review"
    __table_args__ = (sa.Index(None, "finding_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    response_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("response.id"))
    passed: Mapped[bool]
    partly: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """部分整改: not passed, but begun."""
    text: Mapped[str]
    position: Mapped[Any | None] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    accuracy_m: Mapped[float | None]
    reviewed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    reviewed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))


class ServiceAct(db.Model):  # type: ignore[name-defined, misc]
    """One attempt to serve, for one or several notices to the same firm: one 送达回证.

    Photos (the signature on the screen among them) hang on it by `group_id`.
    """

    __tablename__ = "service_act"
    __table_args__ = (
        sa.Index(None, "firm_id", "attempted_at"),
        sa.CheckConstraint("(state = 'completed') = (served_at IS NOT NULL)", name="completed_has_date"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    method: Mapped[Method] = mapped_column(enum_type(Method, "method"))
    state: Mapped[AttemptState] = mapped_column(enum_type(AttemptState, "state"))
    attempted_at: Mapped[datetime]
    """When it was done, by the phone's clock put right by its offset."""
    served_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    served_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    """None: the house itself, when the firm opens a notice under a consent."""
    place: Mapped[str]
    recipient: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """name, title (职务), phone of who received it."""
    relation: Mapped[Relation | None] = mapped_column(enum_type(Relation, "relation"))
    signature_photo_id: Mapped[uuid.UUID | None]
    refusal_reason: Mapped[str | None]
    witness: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """name and title of the witness from the grassroots organisation (留置)."""
    channel: Mapped[str | None]
    consent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("service_consent.id"))
    tracking_number: Mapped[str | None]
    announcement_reason: Mapped[str | None]
    published_on: Mapped[date | None]
    failure: Mapped[str | None]
    document_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("official_document.id"))
    """The printed 送达回证."""
    remark: Mapped[str]
    position: Mapped[Any | None] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    accuracy_m: Mapped[float | None]


class ServiceActNotice(db.Model):  # type: ignore[name-defined, misc]
    """Which notices an attempt was for."""

    __tablename__ = "service_act_notice"
    __table_args__ = (sa.Index(None, "notice_id"),)

    service_act_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service_act.id"), primary_key=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)


class ServiceConsent(db.Model):  # type: ignore[name-defined, misc]
    """电子送达确认书 of a firm. A change is a new one; a withdrawn one stays as it was."""

    __tablename__ = "service_consent"
    __table_args__ = (
        sa.Index(
            "uq_service_consent_standing",
            "firm_id",
            unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    scope: Mapped[str]
    channels: Mapped[list[str]]
    signer_name: Mapped[str]
    signer_title: Mapped[str]
    signer_phone: Mapped[str]
    signed_on: Mapped[date]
    paper_number: Mapped[str]
    """Where the signed paper is filed; empty where it was given in the portal."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))


class DeadlineChange(db.Model):  # type: ignore[name-defined, misc]
    """The dates that an item had, oldest first by `changed_at`. Insert-only."""

    __tablename__ = "deadline_change"
    __table_args__ = (sa.Index(None, "notice_item_id", "changed_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    changed_at: Mapped[datetime]
    due_before: Mapped[datetime]
    due_after: Mapped[datetime]
    reason: Mapped[str]
    """service, extension, ask_more or calendar."""
    cause_id: Mapped[uuid.UUID | None]
    """The extension, response or service act behind it."""


class Extension(db.Model):  # type: ignore[name-defined, misc]
    """延期: asked by the firm before the term ends, decided above the issuer."""

    __tablename__ = "extension"
    __table_args__ = (
        sa.Index(
            "uq_extension_pending",
            "notice_item_id",
            unique=True,
            postgresql_where=sa.text("state = 'pending'"),
        ),
        sa.Index(None, "finding_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice.id"))
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    reason_code: Mapped[str]
    reason: Mapped[str]
    interim_measures: Mapped[str]
    due_before: Mapped[datetime]
    wanted_due_at: Mapped[datetime]
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState, "state"))
    requested_at: Mapped[datetime]
    requested_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    granted_due_at: Mapped[datetime | None]
    document_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("official_document.id"))
    """The printed 延期批复."""
    decision_text: Mapped[str | None]


class Objection(db.Model):  # type: ignore[name-defined, misc]
    """异议 to one item, filed before the term ends, decided by the issuing unit. One per item."""

    __tablename__ = "objection"
    __table_args__ = (sa.UniqueConstraint("notice_item_id"), sa.Index(None, "finding_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice.id"))
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    reason: Mapped[str]
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState, "state"))
    filed_at: Mapped[datetime]
    filed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    decision_text: Mapped[str | None]


class DutyReport(db.Model):  # type: ignore[name-defined, misc]
    """发现–劝阻–报告 三联单: what a firm owes where somebody else is responsible.

    `steps`: `{"found": {"at", "text"}, "dissuaded": {…, "counterpart"}, "reported": {…, "counterpart"}}`;
    photos hang on it by `group_id`, their ids under `photo_ids` of their step.
    """

    __tablename__ = "duty_report"
    __table_args__ = (sa.UniqueConstraint("notice_item_id"), sa.Index(None, "finding_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice.id"))
    notice_item_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice_item.id"))
    finding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("finding.id"))
    state: Mapped[DutyState] = mapped_column(enum_type(DutyState, "state"))
    steps: Mapped[dict[str, Any]] = mapped_column(default=dict)
    response_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("response.id"))
    """The answer that the third step made of it."""
    document_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("official_document.id"))
    """The printed 三联单, a paper of the firm's own."""


class NoticeLink(db.Model):  # type: ignore[name-defined, misc]
    """A signed link that opens one notice to a firm without an account. Only the token's hash is kept."""

    __tablename__ = "notice_link"
    __table_args__ = (sa.Index(None, "notice_id"), sa.UniqueConstraint("token_sha256"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("notice.id"))
    firm_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("firm.id"))
    token_sha256: Mapped[bytes]
    made_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("user_account.id"))
    holder_name: Mapped[str | None]
    """Who uses it, as they gave their name and phone at the first opening; a link serves one person."""
    holder_phone: Mapped[str | None]
    holder_key_sha256: Mapped[bytes | None]
    """Of the key that the holder's browser got at that moment: the link alone opens nothing any more."""
    claimed_at: Mapped[datetime | None]
    window_started_at: Mapped[datetime | None]
    window_uses: Mapped[int] = mapped_column(default=0, server_default="0")


class ProcedureRule(db.Model):  # type: ignore[name-defined, misc]
    """A term of the house as an administrator set it; the newest of a key counts. Insert-only."""

    __tablename__ = "procedure_rule"
    __table_args__ = (sa.Index(None, "key", "set_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    value: Mapped[int]
    set_at: Mapped[datetime]
    set_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("user_account.id"))
    reason: Mapped[str]
