"""Bodies and documents of accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from server.accounts.rules import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from server.core.fields import STORABLE, UUID7, OfficeKeySchema, ReceiptKeySchema, Switch, Text, Whole
from server.core.identity import Role
from server.core.terms import Standing

ROLES = [role.value for role in Role if role is not Role.SYSTEM]


def _one_line(text: str) -> None:
    """`$` also matches before a last line feed, which the database does not take in a path."""
    if "\n" in text:
        raise ma.ValidationError("Not an area path.")


PATH: list[Callable[[Any], Any]] = [
    validate.Regexp(r"^[A-Za-z0-9_]{1,64}(\.[A-Za-z0-9_]{1,64}){0,7}$", error="Not an area path."),
    _one_line,
]


def _password(min_length: int, *, required: bool = True) -> fields.String:
    """Taken as it is: blanks count."""
    return fields.String(
        required=required,
        load_only=True,
        validate=validate.Length(min=min_length, max=MAX_PASSWORD_LENGTH),
        metadata={"pattern": STORABLE},
    )


def _total() -> Whole:
    return Whole(required=True, validate=validate.Range(0, 2**31 - 1))


SEVERITIES = ("critical", "major", "general")


class DeviceInSchema(ma.Schema):
    """The phone or browser profile; the app makes one id for each account on it."""

    id = UUID7(required=True)
    label = Text(120, blank=True, load_default="")
    app_version = Text(40, blank=True, load_default="")


class SignInSchema(ma.Schema):
    username = Text(64, required=True, metadata={"example": "inspector01"})
    password = _password(1)
    device = fields.Nested(DeviceInSchema, required=True)


class NameRefSchema(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class OrganisationSchema(NameRefSchema):
    kind = fields.String(required=True)


class SessionUserSchema(ma.Schema):
    id = fields.UUID(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    organisation = fields.Nested(OrganisationSchema, required=True)
    firm = fields.Nested(NameRefSchema, required=True, allow_none=True)


class ScopeSchema(ma.Schema):
    path = fields.String(required=True, metadata={"example": "9999.999901.999901003"})
    name = fields.String(required=True)


class SessionSchema(ma.Schema):
    """Who is signed in, what they may do, and what our clock says."""

    user = fields.Nested(SessionUserSchema, required=True)
    scope = fields.Nested(ScopeSchema, required=True, allow_none=True)
    permissions = fields.List(fields.String(), required=True)
    demo = fields.Boolean(required=True)
    device_id = fields.UUID(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True)
    server_time = fields.AwareDateTime(required=True)
    keep_originals = fields.List(
        fields.String(validate=validate.OneOf(SEVERITIES)),
        required=True,
        metadata={
            "description": "Severities whose camera files are sent too, after everything else on Wi-Fi"
        },
    )
    outbox_key = fields.Nested(
        OfficeKeySchema,
        required=True,
        allow_none=True,
        metadata={"description": "To encrypt an outbox file to the office; null where it has no key"},
    )
    receipt_keys = fields.List(
        fields.Nested(ReceiptKeySchema),
        required=True,
        metadata={"description": "As at /api/receipts/keys, for use without a network"},
    )


class DeviceOwnerSchema(ma.Schema):
    id = fields.UUID(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)


class TotalsSchema(ma.Schema):
    """A phone's running totals for one account since its device row began; they never fall."""

    findings = _total()
    photos = _total()
    commands = _total()
    originals = Whole(
        load_default=0,
        validate=validate.Range(0, 2**31 - 1),
        metadata={"description": "Camera files and videos that follow their photos"},
    )


class CountersSchema(ma.Schema):
    """`recorded`: what was saved on the phone. `confirmed`: what it holds a verified receipt of."""

    recorded = fields.Nested(TotalsSchema, required=True)
    confirmed = fields.Nested(TotalsSchema, required=True)


class ReadinessSchema(ma.Schema):
    """How fit a phone is for a day without a network, as it says itself."""

    persisted = Switch(load_default=None, allow_none=True)
    installed = Switch(load_default=None, allow_none=True)
    free_bytes = Whole(load_default=None, allow_none=True, validate=validate.Range(0, 2**53))
    oldest_unsent_at = fields.AwareDateTime(load_default=None, allow_none=True)
    missing = fields.List(
        Text(40),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"description": "Names of the checks that are not green"},
    )


class GapSchema(ma.Schema):
    """What neither the phone nor the server accounts for, in pieces of work."""

    lost_here = fields.Integer(required=True, metadata={"description": "Confirmed there, missing here"})
    lost_there = fields.Integer(required=True, metadata={"description": "Saved there, neither sent nor kept"})


class DevicesQuerySchema(ma.Schema):
    limit = fields.Integer(load_default=200, validate=validate.Range(1, 500))
    cursor = fields.String(load_default=None, validate=validate.Length(max=512))
    trouble = fields.Boolean(
        load_default=False, metadata={"description": "Only those with a gap or with unsent work"}
    )


class DeviceSchema(ma.Schema):
    id = fields.UUID(required=True)
    user = fields.Nested(DeviceOwnerSchema, required=True)
    label = fields.String(required=True)
    app_version = fields.String(required=True)
    first_seen_at = fields.AwareDateTime(required=True)
    last_seen_at = fields.AwareDateTime(required=True)
    clock_offset_ms = fields.Integer(required=True, allow_none=True)
    unsent = fields.Integer(required=True, allow_none=True)
    organisation = fields.Nested(NameRefSchema, required=True)
    readiness = fields.Nested(ReadinessSchema, required=True, allow_none=True)
    recorded = fields.Nested(TotalsSchema, required=True, allow_none=True)
    confirmed = fields.Nested(TotalsSchema, required=True, allow_none=True)
    counted_at = fields.AwareDateTime(required=True, allow_none=True)
    gap = fields.Nested(GapSchema, required=True, allow_none=True)
    gap_since = fields.AwareDateTime(required=True, allow_none=True)
    reconciled_at = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    drained_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the revoked phone had nothing left to send"},
    )


class DevicesSchema(ma.Schema):
    items = fields.List(fields.Nested(DeviceSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class UserFieldsSchema(ma.Schema):
    display_name = Text(64, required=True)
    phone = Text(32, allow_none=True, load_default=None)
    valid_until = fields.Date(allow_none=True, load_default=None)


class NewUserSchema(UserFieldsSchema):
    username = Text(64, required=True)
    password = _password(MIN_PASSWORD_LENGTH)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    organisation_id = fields.UUID(required=True)
    path = fields.String(allow_none=True, load_default=None, validate=PATH)
    firm_id = fields.UUID(allow_none=True, load_default=None)


class ChangeUserSchema(ma.Schema):
    """Only what is sent is changed."""

    display_name = Text(64)
    phone = Text(32, allow_none=True)
    valid_until = fields.Date(allow_none=True)
    is_active = fields.Boolean()
    password = _password(MIN_PASSWORD_LENGTH, required=False)


class UserSchema(ma.Schema):
    id = fields.UUID(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    organisation = fields.Nested(NameRefSchema, required=True)
    path = fields.String(required=True, allow_none=True)
    firm_id = fields.UUID(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    is_active = fields.Boolean(required=True)
    valid_until = fields.Date(required=True, allow_none=True)


class UsersSchema(ma.Schema):
    items = fields.List(fields.Nested(UserSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PageQuerySchema(ma.Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(load_default=None, validate=validate.Length(max=512))


class ReviewersQuerySchema(ma.Schema):
    path = fields.String(required=True, validate=PATH, metadata={"example": "9999.999901.999901003"})


class ReviewerSchema(ma.Schema):
    id = fields.UUID(required=True)
    display_name = fields.String(required=True)
    role = fields.String(required=True)
    organisation = fields.Nested(NameRefSchema, required=True)


class ReviewersSchema(ma.Schema):
    items = fields.List(fields.Nested(ReviewerSchema), required=True)


class DepartmentSchema(ma.Schema):
    """`short_name` is the word by which the catalogue routes: 消防救援, 城管."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    short_name = fields.String(required=True)


class DepartmentsSchema(ma.Schema):
    items = fields.List(fields.Nested(DepartmentSchema), required=True)


class OfficerSchema(ma.Schema):
    """Somebody who can be named on an order today."""

    id = fields.UUID(required=True)
    display_name = fields.String(required=True)
    certificate = fields.String(required=True, metadata={"description": "执法证号"})
    valid_to = fields.Date(required=True, allow_none=True)


class OfficersSchema(ma.Schema):
    items = fields.List(fields.Nested(OfficerSchema), required=True)


class CertificateSchema(ma.Schema):
    """An 执法证 with whose it is, from when to when, and who entered and who ended it."""

    id = fields.UUID(required=True)
    user = fields.Nested(NameRefSchema, required=True)
    organisation = fields.Nested(NameRefSchema, required=True)
    number = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    note = fields.String(required=True)
    author = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in Standing]))
    ended_on = fields.Date(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)


class CertificatesSchema(ma.Schema):
    items = fields.List(fields.Nested(CertificateSchema), required=True)


class EnterCertificateSchema(ma.Schema):
    user_id = fields.UUID(required=True)
    number = Text(32, required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    note = Text(200, load_default="", blank=True)


class EndTermSchema(ma.Schema):
    """`ended_on` is the last day; the day before `valid_from` says that it never was in force."""

    ended_on = fields.Date(required=True)
    reason = Text(200, required=True)


def severities() -> fields.List[str]:
    """A field: any of the three, each once at most."""
    return fields.List(
        fields.String(validate=validate.OneOf(SEVERITIES)),
        required=True,
        validate=validate.Length(max=len(SEVERITIES)),
    )


class OriginalsRuleEditSchema(ma.Schema):
    """`based_on` is the number that the editor saw; 0 is what the deployment was configured with."""

    based_on = Whole(required=True, validate=validate.Range(0, 1_000_000))
    severities = severities()


class OriginalsRuleVersionSchema(ma.Schema):
    no = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    author = fields.String(required=True)
    severities = severities()


class OriginalsRuleSchema(ma.Schema):
    """Severities whose camera files phones send as well; the history is newest first."""

    no = fields.Integer(required=True)
    severities = severities()
    history = fields.List(fields.Nested(OriginalsRuleVersionSchema), required=True)
