"""What a notice says, composed from the state of now."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from tracker.domain.errors import N_
from tracker.domain.notices import Said
from tracker.domain.vocabulary import NoticeKind
from tracker.models.org import User
from tracker.queries import (
    amendment_notices,
    assignment_notices,
    cutoff_notices,
    mail_notices,
    plan_notices,
    term_notices,
    urges,
    webhooks,
)

STALE_AFTER = timedelta(days=7)
"""What could not be mailed for so long is not mailed any more."""

Composer = Callable[[int, User, datetime], Said | str]
"""From the id of what the notice is about, its reader and now (campus time): what to say, or the
msgid of the reason why nothing is to be said any more."""


def compose(
    notices: Sequence[tuple[NoticeKind, int, datetime]], reader: User, now: datetime
) -> tuple[list[Said], str | None]:
    """What a message's notices (kind, what about, since when) say, and the reason why the last
    silent one is silent."""
    found, silent = [], None
    for kind, about_id, at in notices:
        said: Said | str = N_("It could not be sent for too long.")
        if now < at + STALE_AFTER:
            said = COMPOSERS[kind](about_id, reader, now)
        if isinstance(said, str):
            silent = said
        else:
            found.append(said)
    return found, silent


COMPOSERS: Mapping[NoticeKind, Composer] = {
    NoticeKind.MENTION: assignment_notices.mention,
    NoticeKind.RETURNED: assignment_notices.returned,
    NoticeKind.MOVED: cutoff_notices.moved,
    NoticeKind.MOVED_DONE: cutoff_notices.moved_done,
    NoticeKind.OPENING: plan_notices.opening,
    NoticeKind.URGE: urges.pressed,
    NoticeKind.WAITING: plan_notices.waiting,
    NoticeKind.TROUBLE: plan_notices.trouble,
    NoticeKind.SUMMARY: plan_notices.summary,
    NoticeKind.UNDELIVERED: mail_notices.undelivered,
    NoticeKind.TERM_DATE: term_notices.term_date,
    NoticeKind.AMENDED: amendment_notices.amended,
    NoticeKind.HOOK_OFF: webhooks.switched_off,
    NoticeKind.STOOD_DOWN: plan_notices.stood_down,
}
