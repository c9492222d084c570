"""Pages. A view fetches, fills a form, calls a service inside `transaction()`, redirects; it holds
no rule of its own."""

from babel.support import NullTranslations
from flask import Flask, g, request, session
from flask_login import current_user

from tracker import language
from tracker.web import (
    accesses,
    activations,
    api_tokens,
    assignments,
    auth,
    board,
    calendar_feeds,
    cards,
    care,
    comments,
    confirm_links,
    contingencies,
    cutoffs,
    evidence,
    exports,
    filters,
    fragments,
    headers,
    help,
    live,
    mail_links,
    mailbox,
    metrics,
    mine,
    missing,
    navigation,
    notice_imports,
    origins,
    outbox,
    password_links,
    people,
    personal_data,
    pictures,
    plan_copies,
    plan_edits,
    plan_life,
    plans,
    posts,
    preferences,
    qr,
    rehearsal,
    reminder_rules,
    reminders,
    report_readers,
    reports,
    reviews,
    rhythms,
    roster_imports,
    rosters,
    search,
    second_factors,
    second_looks,
    service_entries,
    service_requests,
    sessions,
    sign_on,
    staff_numbers,
    status,
    terms,
    units,
    urges,
    waiting,
    webhooks,
    work_groups,
    workdays,
)

BLUEPRINTS = (
    auth,
    sign_on,
    second_factors,
    sessions,
    password_links,
    mine,
    units,
    board,
    waiting,
    assignments,
    cards,
    reviews,
    comments,
    confirm_links,
    mail_links,
    evidence,
    work_groups,
    rosters,
    roster_imports,
    missing,
    exports,
    search,
    second_looks,
    reports,
    report_readers,
    plans,
    contingencies,
    activations,
    care,
    plan_life,
    plan_copies,
    plan_edits,
    notice_imports,
    cutoffs,
    reminders,
    reminder_rules,
    workdays,
    terms,
    service_entries,
    service_requests,
    outbox,
    people,
    personal_data,
    accesses,
    staff_numbers,
    posts,
    preferences,
    calendar_feeds,
    api_tokens,
    webhooks,
    mailbox,
    urges,
    rehearsal,
    help,
    pictures,
    status,
    metrics,
)


def register(app: Flask) -> None:
    """Hang every blueprint and filter on the application; error pages are the factory's."""
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue().gettext(text),
        lambda one, many, num: _catalogue().ngettext(one, many, num),
        newstyle=True,
    )
    accesses.register(app)
    care.register(app)
    filters.register(app)
    rhythms.register(app)
    fragments.register(app)
    headers.register(app)
    live.register(app)
    navigation.register(app)
    origins.register(app)
    qr.register(app)
    rehearsal.register(app)


def _catalogue() -> NullTranslations:
    """Whose words a page is in. The extension would look for it anew with every word, which is a
    fifth of a page."""
    return language.translations(current_locale())


def current_locale() -> str:
    """The reader's own choice, then this browser's, then what it asks for, else Chinese."""
    if "locale" not in g:
        chosen = getattr(current_user, "locale", None) or session.get("locale")
        asked = request.accept_languages.best if request.accept_languages else None
        g.locale = language.known(chosen or asked)
    return g.locale
