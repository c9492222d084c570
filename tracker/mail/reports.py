"""A frozen report as a mail: what a chat group reads, and the way to the whole of it."""

from tracker import language
from tracker.documents.report_text import text_of
from tracker.domain.errors import N_
from tracker.domain.reports import Facts
from tracker.mail.render import Rendered, environment
from tracker.models.org import User

_SUBJECT = N_(
    "[Report no. %(number)s] settled %(settled)s/%(total)s, overdue %(overdue)s (%(day)s)"
)


def render_report(user: User, facts: Facts, link: str, unsubscribe: str) -> Rendered:
    """`link`: to the report's page, empty for a reader who does not see every unit."""
    locale = language.known(user.locale)
    english = locale == "en"
    subject = language.gettext(
        locale,
        _SUBJECT,
        number=facts.number,
        settled=facts.settled,
        total=facts.asked,
        overdue=len(facts.overdue),
        day=language.day(locale, facts.day),
    )
    text = text_of(facts, locale)
    context = {
        "lang": "en" if english else "zh-Hans",
        "name": (user.name_en or user.name) if english else user.name,
        "subject": subject,
        "text": text,
        "link": link,
    }
    templates = environment(locale)
    return Rendered(
        to_address=user.email,
        step="report",
        number=0,
        subject=subject,
        text=templates.get_template("mail/report.txt").render(context).strip() + "\n",
        html=templates.get_template("mail/report.html").render(context),
        lines=(text,),
        unsubscribe=unsubscribe,
    )
