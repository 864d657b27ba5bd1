"""Bodies and documents of service: attempts and their proof, consents, links."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import UUID7, Moment, PhotoDeclarationSchema, PositionSchema, Text
from server.notices.serving_rules import CHANNELS, AttemptState, Method, Relation, ServiceState


def declared_photos() -> Any:
    """Photos of an act, at most twelve."""
    return fields.List(
        fields.Nested(PhotoDeclarationSchema), load_default=list, validate=validate.Length(max=12)
    )


class NoticeIdSchema(ma.Schema):
    """Body of `open_notice`: the firm looks at it for the first time."""

    notice_id = fields.UUID(required=True)


class PartySchema(ma.Schema):
    """Somebody named on a 送达回证."""

    name = Text(40, required=True)
    title = Text(40, load_default="", blank=True)
    phone = Text(40, load_default="", blank=True)


class ServeNoticeSchema(ma.Schema):
    """Body of `serve_notice` (送达): one attempt for one or several notices to one firm.

    What each method needs: `direct` recipient, relation and a signature among the photos;
    `left_in_place` the reason of refusal and a photo or a witness; `electronic` a channel of the standing
    consent; `post` the tracking number, and once delivered its date and a photo of the receipt;
    `announcement` reason and day of publication.
    """

    service_id = UUID7(required=True)
    notice_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=20))
    method = fields.Enum(Method, by_value=True, required=True)
    served_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "By the phone's clock; None: captured_at"},
    )
    place = Text(200, load_default="", blank=True)
    recipient = fields.Nested(PartySchema, load_default=None, allow_none=True)
    relation = fields.Enum(Relation, by_value=True, load_default=None, allow_none=True)
    signature_photo_id = fields.UUID(load_default=None, allow_none=True)
    refusal_reason = Text(500, load_default=None, allow_none=True)
    witness = fields.Nested(PartySchema, load_default=None, allow_none=True)
    channel = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(CHANNELS))
    tracking_number = Text(40, load_default=None, allow_none=True)
    delivered_at = Moment(load_default=None, allow_none=True)
    announcement_reason = Text(500, load_default=None, allow_none=True)
    published_on = fields.Date(load_default=None, allow_none=True)
    remark = Text(500, load_default="", blank=True)
    position = fields.Nested(PositionSchema, load_default=None, allow_none=True)
    photos = declared_photos()


class FinishServiceSchema(ma.Schema):
    """Body of `finish_service`: the receipt's date and photo, or why the letter came back."""

    service_id = fields.UUID(required=True)
    delivered_at = Moment(load_default=None, allow_none=True)
    failure = Text(500, load_default=None, allow_none=True)
    photos = declared_photos()


class GiveConsentSchema(ma.Schema):
    """Body of `give_consent` (电子送达确认书); `firm_id` only where an official records a signed paper."""

    consent_id = UUID7(required=True)
    firm_id = fields.UUID(load_default=None, allow_none=True)
    scope = Text(200, required=True)
    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS)),
        required=True,
        validate=validate.Length(min=1, max=3),
    )
    signer_name = Text(40, required=True)
    signer_title = Text(40, required=True)
    signer_phone = Text(40, load_default="", blank=True)
    signed_on = fields.Date(required=True)
    paper_number = Text(60, load_default="", blank=True)


class WithdrawConsentSchema(ma.Schema):
    """Body of `withdraw_consent`."""

    firm_id = fields.UUID(load_default=None, allow_none=True)


class MakeLinkSchema(NoticeIdSchema):
    """Body of `make_link`: a one-time link to a notice; its address is told once, in the answer."""

    link_id = UUID7(required=True)


class LinkIdSchema(ma.Schema):
    """Body of `revoke_link`."""

    link_id = fields.UUID(required=True)


class PrintServiceSchema(ma.Schema):
    """Body of `print_service` (送达回证), once its photos are here."""

    service_id = fields.UUID(required=True)


class ServiceActSchema(ma.Schema):
    """One attempt to serve."""

    id = fields.UUID(required=True)
    method = fields.String(required=True, validate=validate.OneOf([one.value for one in Method]))
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in AttemptState]))
    attempted_at = fields.AwareDateTime(required=True)
    served_at = fields.AwareDateTime(allow_none=True)
    server = fields.String(allow_none=True)
    place = fields.String()
    recipient = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    relation = fields.String(allow_none=True)
    refusal_reason = fields.String(allow_none=True)
    witness = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    channel = fields.String(allow_none=True)
    tracking_number = fields.String(allow_none=True)
    published_on = fields.Date(allow_none=True)
    failure = fields.String(allow_none=True)
    document_id = fields.UUID(allow_none=True)
    signature_photo_id = fields.UUID(allow_none=True)
    photo_ids = fields.List(fields.UUID())
    video_ids = fields.List(
        fields.UUID(), metadata={"description": "Those of the photos that are frames of a video"}
    )


class ServiceSchema(ma.Schema):
    """Service beside notification: what the law counts from, and what the firm has seen."""

    state = fields.String(required=True, validate=validate.OneOf([one.value for one in ServiceState]))
    serve_by = fields.AwareDateTime(required=True)
    served_at = fields.AwareDateTime(allow_none=True)
    method = fields.String(allow_none=True, validate=validate.OneOf([one.value for one in Method]))
    opened_at = fields.AwareDateTime(allow_none=True)
    acknowledged_at = fields.AwareDateTime(allow_none=True)
    acts = fields.List(fields.Nested(ServiceActSchema), required=True)


class ConsentSchema(ma.Schema):
    """电子送达确认书 of a firm."""

    id = fields.UUID(required=True)
    firm_id = fields.UUID(required=True)
    scope = fields.String(required=True)
    channels = fields.List(fields.String(), required=True)
    signer_name = fields.String(required=True)
    signer_title = fields.String(required=True)
    signer_phone = fields.String()
    signed_on = fields.Date(required=True)
    paper_number = fields.String()
    recorded_at = fields.AwareDateTime(required=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)


class ConsentsQuerySchema(ma.Schema):
    firm_id = fields.UUID(load_default=None)


class ConsentsSchema(ma.Schema):
    items = fields.List(fields.Nested(ConsentSchema), required=True)


class LinkSchema(ma.Schema):
    """A link to a notice, without its address."""

    id = fields.UUID(required=True)
    made_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(allow_none=True)
    claimed_at = fields.AwareDateTime(allow_none=True)
    holder_name = fields.String(allow_none=True)
    holder_phone = fields.String(allow_none=True)
    open = fields.Boolean(required=True)


class LinksSchema(ma.Schema):
    items = fields.List(fields.Nested(LinkSchema), required=True)
