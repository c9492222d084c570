"""The mails about signing in, in their reader's words: what leads to a new password, and that the
second factor was reset."""

from tracker import language
from tracker.domain.errors import N_
from tracker.mail.render import Rendered, environment
from tracker.models.org import User

_SUBJECT = {
    "reset": N_("[Password] Set a new password"),
    "invitation": N_("[Invitation] Your account for the task tracker"),
    "second-factor-reset": N_("[Sign-in] Your second step was reset"),
}
_LEAD = {
    "reset": N_(
        "Somebody, probably you, asked for a new password for this address. "
        "The link works once and for two hours:"
    ),
    "invitation": N_(
        "An account has been set up for you: there your unit's duties are reported. "
        "Choose a password with this link; it works once and for seven days:"
    ),
    "second-factor-reset": N_(
        "Academic affairs took the second step (the code of your telephone) off your account, and "
        "signed you out everywhere. At your next sign-in you set up a telephone anew:"
    ),
}
_FOOT = {
    "reset": N_("If it was not you, do nothing: your password stays as it is."),
    "invitation": N_("If you do not expect this mail, tell academic affairs."),
    "second-factor-reset": N_(
        "If you did not ask for it, telephone academic affairs at once and change your password."
    ),
}
_BUTTON = {"second-factor-reset": N_("Sign in")}


def render_password_link(user: User, kind: str, link: str) -> Rendered:
    """`kind`: reset, invitation or second-factor-reset. The link leads to a page that only shows on
    GET."""
    locale = language.known(user.locale)
    english = locale == "en"
    subject = language.gettext(locale, _SUBJECT[kind])
    context = {
        "lang": "en" if english else "zh-Hans",
        "name": (user.name_en or user.name) if english else user.name,
        "subject": subject,
        "lead": language.gettext(locale, _LEAD[kind]),
        "foot": language.gettext(locale, _FOOT[kind]),
        "button": language.gettext(locale, _BUTTON.get(kind, N_("Choose a password"))),
        "link": link,
    }
    templates = environment(locale)
    return Rendered(
        to_address=user.email,
        step=kind,
        number=0,
        subject=subject,
        text=templates.get_template("mail/password_link.txt").render(context).strip() + "\n",
        html=templates.get_template("mail/password_link.html").render(context),
        lines=(),
    )
