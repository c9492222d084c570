"""Whether a term's windows follow one another as the platform's letter has them: study, exams,
final marks, make-up exams, and appeals from the results on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tracker.domain.errors import N_
from tracker.domain.term import Basis, Resolved, Rules, TermItem, resolve_all


@dataclass(frozen=True)
class Disorder:
    """A row that does not follow from the others. `msgid` takes `days` by name."""

    item: TermItem
    msgid: str
    days: Mapping[str, date]


EXAMS_BEFORE_STUDY = N_("Exams would begin on %(exams)s, before the study begins on %(study)s.")
EXAMS_IN_STUDY = N_(
    "Exams would begin on %(exams)s, while the study still goes on until %(study)s."
)
RESULTS_TOO_SOON = N_("The results come out on %(results)s, before the exams end on %(exams)s.")
SCORES_TOO_SOON = N_(
    "Final marks would be confirmed from %(scores)s on, before the exams end on %(exams)s."
)
MAKEUP_TOO_SOON = N_("Make-up exams would begin on %(makeup)s, before the exams end on %(exams)s.")
MAKEUP_BEFORE_RESULTS = N_(
    "Make-up exams would begin on %(makeup)s, before the results come out on %(results)s."
)


def disorders(rules: Rules) -> list[Disorder]:
    """What is out of order among the windows that hold. A study period of the school's own holds
    exams and make-up exams (含考试补考), so that only the standard one has to end before them. What
    is not known yet is in no order."""
    held = resolve_all(rules)
    opens = {item: each.window.first for item, each in held.items() if each.window}
    ends = {item: each.window.last for item, each in held.items() if each.window}
    found = _exams(held, opens, ends)
    last_exam = ends.get(TermItem.EXAMS)
    if last_exam is None:
        return found
    results = rules.results
    if results is not None and results < last_exam:
        days = {"results": results, "exams": last_exam}
        found.append(Disorder(TermItem.APPEALS, RESULTS_TOO_SOON, days))
    for item, msgid in (
        (TermItem.SCORES, SCORES_TOO_SOON),
        (TermItem.MAKEUP, MAKEUP_TOO_SOON),
    ):
        if item in opens and opens[item] <= last_exam:
            found.append(Disorder(item, msgid, {item.value: opens[item], "exams": last_exam}))
    begins = opens.get(TermItem.MAKEUP)
    if results is not None and begins is not None and begins < results:
        days = {"makeup": begins, "results": results}
        found.append(Disorder(TermItem.MAKEUP, MAKEUP_BEFORE_RESULTS, days))
    return found


def _exams(
    held: Mapping[TermItem, Resolved],
    opens: Mapping[TermItem, date],
    ends: Mapping[TermItem, date],
) -> list[Disorder]:
    first = opens.get(TermItem.EXAMS)
    if first is None or TermItem.STUDY not in opens:
        return []
    if first < opens[TermItem.STUDY]:
        days = {"exams": first, "study": opens[TermItem.STUDY]}
        return [Disorder(TermItem.EXAMS, EXAMS_BEFORE_STUDY, days)]
    standard = held[TermItem.STUDY].basis in (Basis.STANDARD, Basis.CONFLICT)
    if standard and first <= ends[TermItem.STUDY]:
        days = {"exams": first, "study": ends[TermItem.STUDY]}
        return [Disorder(TermItem.EXAMS, EXAMS_IN_STUDY, days)]
    return []
