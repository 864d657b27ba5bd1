"""Shapes of messages, preferences, subscriptions and deliveries."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import Switch, Text
from server.messages.rules import KINDS, Channel, DeliveryState

EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
CURSOR = validate.Length(max=512)
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
BASE64URL = r"^[A-Za-z0-9_-]+=*$"


class InboxQuerySchema(ma.Schema):
    unread = fields.Boolean(load_default=False)
    limit = fields.Integer(load_default=30, validate=validate.Range(1, 100))
    cursor = fields.String(validate=CURSOR)


class MessageSchema(ma.Schema):
    """One message of the inbox: `title` names the kind in words, `body` the place, number or hour."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"example": "notice.answered"})
    title = fields.String(required=True)
    body = fields.String(required=True)
    link = fields.String(required=True)
    urgent = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(allow_none=True, required=True)


class InboxSchema(ma.Schema):
    items = fields.List(fields.Nested(MessageSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class UnreadSchema(ma.Schema):
    count = fields.Integer(required=True)


class ReadSchema(ma.Schema):
    """Which messages were read; all of them where `ids` is null."""

    ids = fields.List(fields.UUID(), allow_none=True, required=True, validate=validate.Length(max=200))


class PreferencesSchema(ma.Schema):
    """How one wants to be told. Quiet hours hold back what is not urgent from ringing."""

    email = fields.String(
        allow_none=True, required=True, validate=[validate.Length(max=200), validate.Regexp(EMAIL)]
    )
    web_push_on = Switch(required=True)
    email_on = Switch(required=True)
    sms_on = Switch(required=True)
    quiet_from = fields.String(allow_none=True, required=True, validate=validate.Regexp(CLOCK))
    quiet_to = fields.String(allow_none=True, required=True, validate=validate.Regexp(CLOCK))
    muted = fields.List(
        fields.String(validate=validate.OneOf(list(KINDS))), required=True, validate=validate.Length(max=60)
    )


class ChannelsSchema(ma.Schema):
    email = fields.Boolean(required=True)
    sms = fields.Boolean(required=True)


class KindSchema(ma.Schema):
    kind = fields.String(required=True)
    title = fields.String(required=True)
    urgent = fields.Boolean(required=True)


class OwnPreferencesSchema(PreferencesSchema):
    """The preferences with what there is to choose from."""

    channels = fields.Nested(ChannelsSchema, required=True)
    kinds = fields.List(fields.Nested(KindSchema), required=True)
    browsers = fields.Integer(required=True)


class PushKeySchema(ma.Schema):
    key = fields.String(required=True, metadata={"description": "VAPID public key, base64url"})


class SubscriptionKeysSchema(ma.Schema):
    p256dh = fields.String(required=True, validate=[validate.Length(max=120), validate.Regexp(BASE64URL)])
    auth = fields.String(required=True, validate=[validate.Length(max=60), validate.Regexp(BASE64URL)])


class SubscribeSchema(ma.Schema):
    """What `PushSubscription.toJSON()` of a browser says."""

    endpoint = Text(1000, required=True)
    keys = fields.Nested(SubscriptionKeysSchema, required=True)
    expirationTime = fields.Raw(load_default=None, allow_none=True)


class SubscriptionSchema(ma.Schema):
    id = fields.UUID(required=True)


class DeliveryQuerySchema(ma.Schema):
    state = fields.String(load_default="dead", validate=validate.OneOf([s.value for s in DeliveryState]))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(validate=CURSOR)


class RecipientSchema(ma.Schema):
    username = fields.String(required=True)
    display_name = fields.String(required=True)


class DeliverySchema(ma.Schema):
    """One delivery outside the app: how often it was tried and why it failed."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    state = fields.Enum(DeliveryState, by_value=True, required=True)
    attempts = fields.Integer(required=True)
    next_at = fields.AwareDateTime(allow_none=True)
    reason = fields.String(allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(allow_none=True)
    recipient = fields.Nested(RecipientSchema, required=True)


class DeliveriesSchema(ma.Schema):
    items = fields.List(fields.Nested(DeliverySchema), required=True)
    next = fields.String(allow_none=True, required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
