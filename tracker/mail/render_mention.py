"""A mention in its reader's words."""

from tracker import language
from tracker.domain.errors import N_
from tracker.mail.render import Rendered, environment
from tracker.queries.comments import MentionNotice

_LEAD = N_("%(who)s named you about row %(number)s, “%(title)s” (%(unit)s):")
_SUBJECT = N_("[Question] %(who)s: row %(number)s, %(title)s")


def render_mention(notice: MentionNotice, public_url: str) -> Rendered:
    """Words for one person who was named; the link leads to a page that only shows on GET."""
    to, comment, assignment = notice.to, notice.comment, notice.assignment
    locale = language.known(to.locale)
    english, task = locale == "en", assignment.duty.tasks[0]
    about = {
        "who": comment.user.name_en if english else comment.user.name,
        "number": task.number,
        "title": task.title_en if english else task.title,
        "unit": assignment.unit.name_en if english else assignment.unit.name,
    }
    subject = language.gettext(locale, _SUBJECT, **about)
    context = {
        "assignment_id": assignment.id,
        "lang": "en" if english else "zh-Hans",
        "lead": language.gettext(locale, _LEAD, **about),
        "name": to.name_en if english else to.name,
        "said": comment.text,
        "subject": subject,
        "url": public_url,
    }
    templates = environment(locale)
    return Rendered(
        to_address=to.email,
        step="mention",
        number=0,
        subject=subject,
        text=templates.get_template("mail/mention.txt").render(context).strip() + "\n",
        html=templates.get_template("mail/mention.html").render(context),
        lines=(comment.text,),
    )
