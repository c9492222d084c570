"""The life of a request for one of the platform's services."""

from enum import StrEnum

from tracker.domain.errors import N_, IllegalStep, InvalidInput


class RequestState(StrEnum):
    ASKED = "ASKED"
    PASSED_ON = "PASSED_ON"
    DONE = "DONE"
    DECLINED = "DECLINED"

    @property
    def is_settled(self) -> bool:
        return self in (RequestState.DONE, RequestState.DECLINED)


STEPS = {
    RequestState.ASKED: (RequestState.PASSED_ON, RequestState.DONE, RequestState.DECLINED),
    RequestState.PASSED_ON: (RequestState.DONE, RequestState.DECLINED),
    RequestState.DONE: (),
    RequestState.DECLINED: (),
}


def step(state: RequestState, to: RequestState, answer: str) -> None:
    """Raises IllegalStep, or InvalidInput where a last word lacks its answer."""
    if to not in STEPS[state]:
        raise IllegalStep(N_("The request is settled, or was passed on already."))
    if to.is_settled and not answer:
        raise InvalidInput("answer", N_("Write an answer: the unit reads it."))
