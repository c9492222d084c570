"""Key dates of a term: the platform's standard window, the school's own, and which of them holds.

A window is two days that both belong to it. A half that the school leaves unset is the standard's.
What counts from the day on which the school's results come out is never guessed while that day is
unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from tracker.domain.errors import N_, InvalidInput


class TermItem(StrEnum):
    """The rows of the platform's table, in its order (letter of 28 January 2020, part 3)."""

    STUDY = "study"
    REGISTRATION = "registration"
    EXAMS = "exams"
    SCORES = "scores"
    MAKEUP_ALLOWED = "makeup_allowed"
    MAKEUP = "makeup"
    APPEALS = "appeals"


class Basis(StrEnum):
    """Why a window is what it is. PARTLY: one half is the school's own. CONFLICT: what the school
    set no longer fits, so the standard holds. NO_ROOM: it would lie after the term's last day."""

    STANDARD = "STANDARD"
    OWN = "OWN"
    PARTLY = "PARTLY"
    CONFLICT = "CONFLICT"
    PENDING = "PENDING"
    NOT_ALLOWED = "NOT_ALLOWED"
    NO_ROOM = "NO_ROOM"


COUNTED = {TermItem.SCORES: (0, 2), TermItem.MAKEUP: (2, 14)}
"""A school's own window of these: from the first to the second number of days after its results."""

SUBJECTIVE = 7
"""Days after the results within which subjective questions are examined again."""


@dataclass(frozen=True)
class Span:
    """Both days belong to it."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def clipped(self, bound: "Span") -> "Span | None":
        """What of it lies in the bound, if anything."""
        first, last = max(self.first, bound.first), min(self.last, bound.last)
        return Span(first, last) if first <= last else None


@dataclass(frozen=True)
class Days:
    """A window of which either half may be unset."""

    first: date | None = None
    last: date | None = None

    def within(self, default: Span) -> Span:
        """Unset halves are the default's; the whole default where that would end before it
        begins."""
        first, last = self.first or default.first, self.last or default.last
        return Span(first, last) if first <= last else default


@dataclass(frozen=True)
class Own:
    """What the school chose. `counted`: of SCORES and MAKEUP, its window counts from its results;
    `allowed`: whether it holds make-up exams, None: as is standard."""

    days: Days = field(default_factory=Days)
    counted: bool = False
    allowed: bool | None = None


@dataclass(frozen=True)
class Rules:
    """A term: `outer`, in which everything lies; the standard windows; the day on which the
    school's results come out, None while it is unknown."""

    outer: Span
    standard: Mapping[TermItem, Days]
    own: Mapping[TermItem, Own]
    results_on: date | None = None

    @property
    def results(self) -> date | None:
        """Unknown too where it lies outside the term."""
        day = self.results_on
        return day if day is not None and day in self.outer else None

    def own_of(self, item: TermItem) -> Own:
        return self.own.get(item, Own())

    @property
    def allows_makeup(self) -> bool:
        return self.own_of(TermItem.MAKEUP_ALLOWED).allowed is not False


@dataclass(frozen=True)
class Resolved:
    """`standard`: the platform's window, as far as its days are known; `bound`: where the school's
    own must lie; `window`: what holds, None where nothing does (see `basis`)."""

    item: TermItem
    standard: Span | None
    bound: Span | None
    window: Span | None
    basis: Basis


def resolve(rules: Rules, item: TermItem) -> Resolved:
    """What holds for one row. Whatever it is given, a window lies within the term."""
    own, bound = rules.own_of(item), _bound(rules, item)
    standard = _standard(rules, item)
    if item is TermItem.MAKEUP_ALLOWED:
        chosen = Basis.STANDARD if own.allowed is None else Basis.OWN
        return Resolved(item, None, None, None, chosen)
    if item is TermItem.MAKEUP and not rules.allows_makeup:
        return Resolved(item, standard, bound, None, Basis.NOT_ALLOWED)
    if rules.results is None and (_counts(own, item) or item is TermItem.APPEALS):
        return Resolved(item, standard, bound, None, Basis.PENDING)
    if bound is None:
        return Resolved(item, standard, None, None, Basis.NO_ROOM)
    default = bound if _counts(own, item) else (standard and standard.clipped(bound)) or bound
    window, basis = _chosen(own.days if _takes_days(own, item) else Days(), default, bound)
    if basis in (Basis.STANDARD, Basis.PARTLY) and _counts(own, item):
        basis = Basis.OWN
    return Resolved(item, standard, bound, window, basis)


def resolve_all(rules: Rules) -> dict[TermItem, Resolved]:
    return {item: resolve(rules, item) for item in TermItem}


def subjective(rules: Rules) -> Span | None:
    """The standard window for make-up exams in subjective questions; None while it is unknown."""
    if rules.results is None:
        return None
    return Span(rules.results, _after(rules.results, SUBJECTIVE)).clipped(rules.outer)


def _counts(own: Own, item: TermItem) -> bool:
    return own.counted and item in COUNTED


def _takes_days(own: Own, item: TermItem) -> bool:
    return item is not TermItem.APPEALS and (item not in COUNTED or own.counted)


def _bound(rules: Rules, item: TermItem) -> Span | None:
    """Registration ends with the study at the latest."""
    if item is TermItem.REGISTRATION:
        study = resolve(rules, TermItem.STUDY).window
        return Span(rules.outer.first, study.last) if study else rules.outer
    if _counts(rules.own_of(item), item):
        return counted_bound(rules, item)
    return rules.outer


def counted_bound(rules: Rules, item: TermItem) -> Span | None:
    """Where the school's own window of SCORES or MAKEUP lies; None while its results are unknown,
    or where the term ends before."""
    if rules.results is None:
        return None
    soonest, latest = (_after(rules.results, days) for days in COUNTED[item])
    return Span(soonest, latest).clipped(rules.outer)


def _standard(rules: Rules, item: TermItem) -> Span | None:
    days, outer = rules.standard.get(item, Days()), rules.outer
    if item is TermItem.MAKEUP_ALLOWED:
        return None
    if item is TermItem.APPEALS:
        if rules.results is None:
            return None
        return Days(rules.results, days.last).within(outer).clipped(outer) or outer
    if item is TermItem.REGISTRATION and days.last is None:
        study = resolve(rules, TermItem.STUDY).window
        days = Days(days.first, study.last if study else None)
    return days.within(outer).clipped(outer) or outer


def _chosen(own: Days, default: Span, bound: Span) -> tuple[Span, Basis]:
    """The school's halves, as far as they lie in the bound and make a window with the others."""
    first = own.first if own.first is not None and own.first in bound else default.first
    last = own.last if own.last is not None and own.last in bound else default.last
    misfit = (own.first or first, own.last or last) != (first, last)
    if last < first or misfit:
        return default, Basis.CONFLICT
    if own.first is None and own.last is None:
        return default, Basis.STANDARD
    basis = Basis.OWN if own.first is not None and own.last is not None else Basis.PARTLY
    return Span(first, last), basis


def require_fit(rules: Rules, item: TermItem) -> None:
    """Refuse what the school set for one row where it does not fit, with the reason (B-30)."""
    own = rules.own_of(item).days
    if item in (TermItem.APPEALS, TermItem.MAKEUP_ALLOWED):
        raise InvalidInput("opens", N_("The platform leaves the school no window to set here."))
    if own.first is not None and own.last is not None and own.last < own.first:
        raise InvalidInput("closes", N_("The window would end before it begins."))
    resolved = resolve(rules, item)
    if resolved.basis is Basis.PENDING and own != Days():
        raise InvalidInput("opens", N_("Enter first on which day the results come out."))
    bound = resolved.bound
    if bound is None:
        return
    between = {"first": bound.first.isoformat(), "last": bound.last.isoformat()}
    for name, day in (("opens", own.first), ("closes", own.last)):
        if day is not None and day not in bound:
            raise InvalidInput(
                name, N_("The day must lie within %(first)s and %(last)s."), **between
            )
    if resolved.basis is Basis.CONFLICT:
        name = "opens" if own.last is None else "closes"
        raise InvalidInput(
            name, N_("With the half that is left unset, the window would end before it begins.")
        )


def require_results(rules: Rules) -> None:
    """Refuse a day for the results that lies outside the term."""
    day, outer = rules.results_on, rules.outer
    if day is not None and day not in outer:
        between = {"first": outer.first.isoformat(), "last": outer.last.isoformat()}
        raise InvalidInput("day", N_("The day must lie within %(first)s and %(last)s."), **between)


def _after(day: date, days: int) -> date:
    return day + timedelta(days) if day <= date.max - timedelta(days) else date.max
