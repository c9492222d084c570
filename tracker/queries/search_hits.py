"""What a search finds, one shape a kind: `texts` are what it is found by, `around` what may hold
some of the words besides. `title` and `title_en` are what it is called."""

from dataclasses import dataclass
from typing import ClassVar

from tracker.domain.search import Kind, row_words
from tracker.domain.vocabulary import DutyRole, Post, UnitKind


@dataclass(frozen=True)
class TaskHit:
    """A row. `assignment_id`: what the actor's own unit has to do in it, if anything."""

    kind: ClassVar = Kind.TASK
    plan_id: int
    number: int
    title: str
    title_en: str
    deadline_text: str
    assignment_id: int | None

    @property
    def texts(self) -> tuple[str, ...]:
        return self.title, self.title_en, self.deadline_text, row_words(self.number)

    @property
    def around(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class UnitHit:
    """`campus`: the university that it is one of; empty for a unit of none."""

    kind: ClassVar = Kind.UNIT
    code: str
    title: str
    title_en: str
    campus: str
    campus_en: str

    @property
    def texts(self) -> tuple[str, ...]:
        return self.title, self.title_en, self.code

    @property
    def around(self) -> tuple[str, ...]:
        return self.campus, self.campus_en


@dataclass(frozen=True)
class HeldPost:
    """A person's post, now or soon."""

    post: Post
    unit_id: int
    code: str
    unit: str
    unit_en: str


@dataclass(frozen=True)
class PersonHit:
    kind: ClassVar = Kind.PERSON
    user_id: int
    title: str
    title_en: str
    email: str
    is_active: bool
    posts: tuple[HeldPost, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return self.title, self.title_en, self.email

    @property
    def around(self) -> tuple[str, ...]:
        return tuple(name for held in self.posts for name in (held.unit, held.unit_en))


@dataclass(frozen=True)
class DutyHit:
    """A cell. `numbers`: the rows it covers, `row` what the first is called. `assignment_id`: of
    the actor's own unit, if the cell is laid on it."""

    kind: ClassVar = Kind.DUTY
    plan_id: int
    duty_id: int
    numbers: tuple[int, ...]
    row: str
    row_en: str
    unit_kind: UnitKind
    role: DutyRole
    title: str
    title_en: str
    assignment_id: int | None

    @property
    def texts(self) -> tuple[str, ...]:
        return self.title, self.title_en

    @property
    def around(self) -> tuple[str, ...]:
        return (self.row, self.row_en) if len(self.numbers) == 1 else ()


@dataclass(frozen=True)
class NameHit:
    """One name of a row's roster, its label as `title`."""

    kind: ClassVar = Kind.NAME
    plan_id: int
    task_id: int
    number: int
    row: str
    row_en: str
    key: str
    title: str
    detail: str
    unit: str
    unit_en: str
    done: bool

    @property
    def title_en(self) -> str:
        return self.title

    @property
    def texts(self) -> tuple[str, ...]:
        return self.title, self.key, self.detail


Hit = TaskHit | UnitHit | PersonHit | DutyHit | NameHit
