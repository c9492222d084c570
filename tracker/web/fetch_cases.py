"""Fetch and authorise contingencies and what they started: what you may not see is 404."""

from tracker.models.activation import Activation
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Contingency
from tracker.permissions import Actor
from tracker.web.fetch import existing, get_plan_for


def get_contingency_for(actor: Actor, contingency_id: int) -> Contingency:
    """404 for a case of a plan in which the actor sees no assignment."""
    found = existing(Contingency, contingency_id)
    get_plan_for(actor, found.plan_id)
    return found


def get_contingency_duty_for(actor: Actor, duty_id: int) -> ContingencyDuty:
    """404 for a duty of such a case."""
    found = existing(ContingencyDuty, duty_id)
    get_contingency_for(actor, found.contingency_id)
    return found


def get_activation_for(actor: Actor, activation_id: int) -> Activation:
    """404 for one whose plan asks nothing of the actor's units."""
    found = existing(Activation, activation_id)
    get_plan_for(actor, found.plan_id)
    return found
