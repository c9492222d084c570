"""What is said of mails that did not arrive."""

from datetime import datetime

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Params, Phrase, Said
from tracker.domain.vocabulary import NoticeKind, OutboxState
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage


def undelivered(message_id: int, _reader: User, _now: datetime) -> Said | str:
    """To the others of the unit: what a colleague was to be reminded of."""
    message = db.session.get_one(OutboxMessage, message_id)
    if message.state is not OutboxState.DEAD or message.user is None:
        return N_("The mail was sent again.")
    facts: Params = {"who": Bilingual(message.user.name, message.user.name_en)}
    return Said(
        NoticeKind.UNDELIVERED,
        "/mine",
        Phrase(N_("[Undelivered] the reminder to %(who)s"), facts),
        Phrase(
            N_("A reminder to %(who)s could not be delivered. Please pass on what it says:"), facts
        ),
        CAMPUS_ZONE,
        words=message.lines or "",
    )
