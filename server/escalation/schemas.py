"""Shapes of the ladder, its proposals, and the measures that follow."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from server.core.fields import UUID7, Moment, Switch, Text, Whole
from server.escalation.rules import (
    LONGEST,
    UNITS,
    Action,
    Actor,
    InterviewAct,
    InterviewState,
    ListingAct,
    ListingState,
    ProposalState,
    Trigger,
)
from server.findings.rules import Severity

MAX_CASES = 40
MAX_STEPS = 60
CODE = r"^[a-z][a-z0-9_]{1,39}$"
DOCUMENT = r"^[A-Za-z0-9_]{1,20}$"
_CURSOR = validate.Length(max=512)


def _enum(members: type[Trigger | Action | Actor | ProposalState]) -> validate.OneOf:
    return validate.OneOf([member.value for member in members])


def _whole(low: int, high: int, **kwargs: object) -> Whole:
    return Whole(validate=validate.Range(low, high), **kwargs)  # type: ignore[arg-type]


class LadderStepSchema(ma.Schema):
    """One step: when `trigger` has stood for `n` `unit`s, `action` is done or proposed to `actor`."""

    code = fields.String(required=True, validate=validate.Regexp(CODE))
    level = _whole(0, 8, required=True)
    name = Text(40, required=True)
    trigger = fields.String(required=True, validate=_enum(Trigger))
    n = _whole(0, LONGEST, required=True)
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))
    action = fields.String(required=True, validate=_enum(Action))
    actor = fields.String(required=True, validate=_enum(Actor))
    document = fields.String(allow_none=True, load_default=None, validate=validate.Regexp(DOCUMENT))
    term_n = _whole(1, LONGEST, allow_none=True, load_default=None)
    term_unit = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(UNITS))
    count = _whole(1, 100, allow_none=True, load_default=None)
    window_days = _whole(1, LONGEST, allow_none=True, load_default=None)
    severities = fields.List(
        fields.String(validate=validate.OneOf([s.value for s in Severity])),
        load_default=list,
        validate=validate.Length(max=3),
    )
    document_types = fields.List(
        fields.String(validate=validate.Regexp(DOCUMENT)), load_default=list, validate=validate.Length(max=10)
    )
    min_orders = _whole(0, 9, load_default=0)
    enabled = Switch(load_default=True)


_STEPS = fields.List(
    fields.Nested(LadderStepSchema), required=True, validate=validate.Length(min=1, max=MAX_STEPS)
)


class LadderVersionSchema(ma.Schema):
    no = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    author = fields.String(required=True)
    note = fields.String(required=True)


class LadderSchema(ma.Schema):
    """One version of the ladder, and the list of all, newest first."""

    no = fields.Integer(required=True)
    latest = fields.Integer(required=True)
    steps = fields.List(fields.Nested(LadderStepSchema), required=True)
    history = fields.List(fields.Nested(LadderVersionSchema), required=True)


class LadderQuerySchema(ma.Schema):
    no = fields.Integer(validate=validate.Range(1, 1_000_000))


class EditLadderSchema(ma.Schema):
    """A new version; `based_on` is the number of the one that the editor saw."""

    based_on = _whole(1, 1_000_000, required=True)
    note = Text(200, required=True)
    steps = _STEPS


class SimulateSchema(ma.Schema):
    """A ladder to be tried on the cases of the last `days` days; nothing is stored."""

    steps = _STEPS
    days = _whole(1, 366, load_default=365)


class SimulatedStepSchema(ma.Schema):
    step = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.Integer(required=True)
    action = fields.String(required=True)
    total = fields.Integer(required=True)
    weeks = fields.List(fields.Integer(), required=True)


class SimulatedCaseSchema(ma.Schema):
    finding_id = fields.UUID(required=True)
    compound_name = fields.String(required=True)
    item_code = fields.String(required=True)
    severity = fields.String(required=True)
    number = fields.String(allow_none=True)
    step = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class SimulationSchema(ma.Schema):
    """What a ladder would have done: counts by step and ISO week, and the latest of the cases."""

    cases = fields.Integer(required=True)
    weeks = fields.List(fields.String(), required=True)
    steps = fields.List(fields.Nested(SimulatedStepSchema), required=True)
    latest = fields.List(fields.Nested(SimulatedCaseSchema), required=True)
    not_tried = fields.List(fields.String(), required=True)


class PageQuerySchema(ma.Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(validate=_CURSOR)


class ProposalQuerySchema(PageQuerySchema):
    state = fields.String(
        load_default="open", validate=validate.OneOf(["open", "accepted", "dismissed", "lapsed"])
    )


class LadderPartySchema(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ProposedCaseSchema(ma.Schema):
    id = fields.UUID(required=True)
    item_code = fields.String(required=True)
    severity = fields.String(required=True)
    place = fields.String(required=True)
    state = fields.String(required=True)


class LadderTermSchema(ma.Schema):
    n = fields.Integer(required=True)
    unit = fields.String(required=True)


class LadderProposalSchema(ma.Schema):
    """What the ladder proposes about one case, and what became of it."""

    id = fields.UUID(required=True)
    step = fields.String(required=True)
    step_name = fields.String(required=True)
    level = fields.Integer(required=True)
    action = fields.String(required=True, validate=_enum(Action))
    actor = fields.String(required=True, validate=_enum(Actor))
    state = fields.String(required=True, validate=_enum(ProposalState))
    document = fields.String(allow_none=True)
    term = fields.Nested(LadderTermSchema, allow_none=True)
    finding = fields.Nested(ProposedCaseSchema, required=True)
    notice_id = fields.UUID(allow_none=True)
    number = fields.String(allow_none=True)
    compound = fields.Nested(LadderPartySchema, required=True)
    firm = fields.Nested(LadderPartySchema, allow_none=True)
    since = fields.AwareDateTime(required=True)
    created_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    outcome = fields.Dict(required=True)
    may_decide = fields.Boolean(required=True)


class ProposalsSchema(ma.Schema):
    items = fields.List(fields.Nested(LadderProposalSchema), required=True)
    next = fields.String(allow_none=True, required=True)
    open = fields.Integer(required=True)


class CommitmentSchema(ma.Schema):
    text = fields.String(required=True)
    due_on = fields.Date(required=True)
    kept = fields.Boolean(allow_none=True)
    note = fields.String()


class InterviewSchema(ma.Schema):
    """约谈 from the call to the promises kept."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf([s.value for s in InterviewState]))
    actions = fields.List(fields.String(validate=validate.OneOf([a.value for a in InterviewAct])))
    firm = fields.Nested(LadderPartySchema, required=True)
    compound = fields.Nested(LadderPartySchema, required=True)
    finding_ids = fields.List(fields.UUID(), required=True)
    reason = fields.String(required=True)
    planned_at = fields.AwareDateTime(required=True)
    place = fields.String(required=True)
    attendees = fields.List(fields.String(), required=True)
    held_at = fields.AwareDateTime(allow_none=True)
    minutes = fields.String(required=True)
    commitments = fields.List(fields.Dict(), required=True)
    created_at = fields.AwareDateTime(required=True)
    document_id = fields.UUID(allow_none=True)


class InterviewsSchema(ma.Schema):
    items = fields.List(fields.Nested(InterviewSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class ListingReportSchema(ma.Schema):
    id = fields.UUID(required=True)
    week = fields.String(required=True)
    percent = fields.Integer(required=True)
    text = fields.String(required=True)
    reported_at = fields.AwareDateTime(required=True)
    reporter = fields.String(required=True)


class ListingSchema(ma.Schema):
    """挂牌督办 with plan, weekly reports and decision."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf([s.value for s in ListingState]))
    actions = fields.List(fields.String(validate=validate.OneOf([a.value for a in ListingAct])))
    firm = fields.Nested(LadderPartySchema, required=True)
    compound = fields.Nested(LadderPartySchema, required=True)
    finding_ids = fields.List(fields.UUID(), required=True)
    reason = fields.String(required=True)
    listed_at = fields.AwareDateTime(required=True)
    ends_on = fields.Date(required=True)
    continued = fields.Integer(required=True)
    plan = fields.String(required=True)
    planned_at = fields.AwareDateTime(allow_none=True)
    reports = fields.List(fields.Nested(ListingReportSchema), required=True)
    decision = fields.String(required=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    document_id = fields.UUID(allow_none=True)


class ListingsSchema(ma.Schema):
    items = fields.List(fields.Nested(ListingSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class BulletinSchema(ma.Schema):
    """通报."""

    id = fields.UUID(required=True)
    firm = fields.Nested(LadderPartySchema, required=True)
    compound = fields.Nested(LadderPartySchema, required=True)
    finding_ids = fields.List(fields.UUID(), required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    issued_at = fields.AwareDateTime(required=True)
    document_id = fields.UUID(allow_none=True)


class BulletinsSchema(ma.Schema):
    items = fields.List(fields.Nested(BulletinSchema), required=True)
    next = fields.String(allow_none=True, required=True)


_IDS = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=MAX_CASES))
_PEOPLE = fields.List(Text(60), load_default=list, validate=validate.Length(max=30))


class AcceptInterviewSchema(ma.Schema):
    """Asking the firm to an interview."""

    interview_id = UUID7(required=True)
    reason = Text(500, required=True)
    planned_at = Moment(required=True)
    place = Text(100, required=True)
    attendees = _PEOPLE


class AcceptListingSchema(ma.Schema):
    """Listing for `days` days."""

    listing_id = UUID7(required=True)
    reason = Text(500, required=True)
    days = _whole(1, 180, load_default=30)


class BulletinBodySchema(ma.Schema):
    bulletin_id = UUID7(required=True)
    title = Text(80, required=True)
    text = Text(4000, required=True)


class SecondOrderItemSchema(ma.Schema):
    """Another term than half of the first; never more."""

    finding_id = fields.UUID(required=True)
    n = _whole(1, LONGEST, required=True)


class AcceptSecondOrderSchema(ma.Schema):
    notice_id = UUID7(required=True)
    items = fields.List(
        fields.Nested(SecondOrderItemSchema), load_default=list, validate=validate.Length(max=MAX_CASES)
    )


class AcceptTransferSchema(ma.Schema):
    organisation_id = fields.UUID(required=True)
    reason = Text(500, required=True)


class AcceptProposalsSchema(ma.Schema):
    """Body of `accept_proposals`: the proposals, and what their one measure needs."""

    proposal_ids = _IDS
    reason = Text(500, load_default="", blank=True)
    second_order = fields.Nested(AcceptSecondOrderSchema, load_default=None, allow_none=True)
    interview = fields.Nested(AcceptInterviewSchema, load_default=None, allow_none=True)
    listing = fields.Nested(AcceptListingSchema, load_default=None, allow_none=True)
    bulletin = fields.Nested(BulletinBodySchema, load_default=None, allow_none=True)
    transfer = fields.Nested(AcceptTransferSchema, load_default=None, allow_none=True)


class DismissProposalsSchema(ma.Schema):
    """Body of `dismiss_proposals`."""

    proposal_ids = _IDS
    reason = Text(500, required=True)


class CallInterviewSchema(AcceptInterviewSchema):
    """Body of `call_interview`, without a proposal."""

    finding_ids = _IDS


class ListCaseSchema(AcceptListingSchema):
    """Body of `list_case`: a leader's instruction or a mass petition needs no proposal."""

    finding_ids = _IDS


class IssueBulletinSchema(BulletinBodySchema):
    """Body of `issue_bulletin`, without a proposal."""

    finding_ids = _IDS


class PromiseSchema(ma.Schema):
    text = Text(500, required=True)
    due_on = fields.Date(required=True)


class RecordInterviewSchema(ma.Schema):
    """Body of `record_interview`: minutes and commitments."""

    interview_id = fields.UUID(required=True)
    held_at = Moment(required=True)
    place = Text(100, required=True)
    attendees = fields.List(Text(60), required=True, validate=validate.Length(min=1, max=30))
    minutes = Text(8000, required=True)
    commitments = fields.List(
        fields.Nested(PromiseSchema), load_default=list, validate=validate.Length(max=30)
    )


class CancelInterviewSchema(ma.Schema):
    """Body of `cancel_interview`."""

    interview_id = fields.UUID(required=True)
    reason = Text(500, required=True)


class FollowCommitmentSchema(ma.Schema):
    """Body of `follow_commitment`: was promise number `index` (from 0) kept?"""

    interview_id = fields.UUID(required=True)
    index = _whole(0, 29, required=True)
    kept = Switch(required=True)
    note = Text(500, load_default="", blank=True)


class PlanListingSchema(ma.Schema):
    """Body of `plan_listing`."""

    listing_id = fields.UUID(required=True)
    text = Text(4000, required=True)


class ReportListingSchema(ma.Schema):
    """Body of `report_listing`: a weekly report; `done` asks for acceptance."""

    report_id = UUID7(required=True)
    listing_id = fields.UUID(required=True)
    percent = _whole(0, 100, required=True)
    text = Text(2000, required=True)
    done = Switch(load_default=False)


class DecideListingSchema(ma.Schema):
    """Body of `decide_listing`: written off, or continued for `days` more."""

    listing_id = fields.UUID(required=True)
    cleared = Switch(required=True)
    text = Text(2000, required=True)
    days = _whole(1, 180, load_default=30)


class RecountQuerySchema(ma.Schema):
    limit = fields.Integer(load_default=200, validate=validate.Range(1, 500))


class RecountItemSchema(ma.Schema):
    """An open deadline that the calendar in force counts otherwise. `moves` says that it may be applied."""

    notice_item_id = fields.UUID(required=True)
    finding_id = fields.UUID(required=True)
    number = fields.String(required=True)
    compound_name = fields.String(required=True)
    item_code = fields.String(required=True)
    term = fields.Integer(required=True)
    unit = fields.String(required=True)
    printed_due_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    new_due_at = fields.AwareDateTime(required=True)
    provisional = fields.Boolean(required=True)
    new_provisional = fields.Boolean(required=True)
    moves = fields.Boolean(required=True)


class RecountSchema(ma.Schema):
    items = fields.List(fields.Nested(RecountItemSchema), required=True)
    total = fields.Integer(required=True)
    calendar_version = fields.String(required=True)


class RecountedSchema(ma.Schema):
    notice_item_id = fields.UUID(required=True)
    due_at = Moment(required=True)


class ApplyRecountSchema(ma.Schema):
    """Body of `apply_recount`: deadlines to move, each with the new hour that the list showed."""

    items = fields.List(
        fields.Nested(RecountedSchema), required=True, validate=validate.Length(min=1, max=200)
    )
