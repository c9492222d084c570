"""What people are told of a term's key dates."""

from datetime import datetime

from tracker import language
from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Params, Phrase, Said
from tracker.domain.term import Span
from tracker.domain.term_reminders import Edge
from tracker.domain.vocabulary import NoticeKind
from tracker.models.org import User
from tracker.models.term import TermReminder
from tracker.permissions import actor_for
from tracker.queries.terms import resolved_of


def term_date(reminder_id: int, reader: User, now: datetime) -> Said | str:
    reminder = db.session.get_one(TermReminder, reminder_id)
    each = reminder.term_date
    if not actor_for(reader, now).is_affairs:
        return N_("The person has nothing to do in it any more.")
    window = resolved_of(each.term)[each.item].window
    opens = reminder.edge is Edge.OPENS
    if window is None or reminder.day != (window.first if opens else window.last):
        return N_("The date has been changed.")
    if reminder.day < to_wall(now, CAMPUS_ZONE).date():
        return N_("The date has passed.")
    facts: Params = {
        "item": Bilingual(each.title, each.title_en),
        "term": Bilingual(each.term.title, each.term.title_en),
        "day": _in_words(Span(reminder.day, reminder.day)),
        "window": _in_words(window),
    }
    subject = N_("[Term date] %(item)s: begins on %(day)s")
    lead = N_("%(term)s, “%(item)s” begins on %(day)s. The whole window: %(window)s.")
    if not opens:
        subject = N_("[Term date] %(item)s: ends on %(day)s")
        lead = N_("%(term)s, “%(item)s” ends on %(day)s. The whole window: %(window)s.")
    path = "/term"
    return Said(
        NoticeKind.TERM_DATE, path, Phrase(subject, facts), Phrase(lead, facts), CAMPUS_ZONE
    )


def _in_words(span: Span) -> Bilingual:
    return Bilingual(
        language.days("zh_Hans", span.first, span.last), language.days("en", span.first, span.last)
    )
