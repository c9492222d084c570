"""A person's words give way wherever they stand, and nobody else's."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.personal_data import (
    Eraser,
    Identity,
    pseudonym,
    swaps_of,
    swaps_of_student,
    without_words,
)

PERSON = Identity("wang.wei@campus.example", "王伟", "Wang Wei", ("2019014",))
TRACES = (PERSON.email, PERSON.name, PERSON.name_en, *PERSON.numbers)
SWAPS = swaps_of(PERSON, pseudonym(7))
around = st.text("，。 \n()王伟东@abc", max_size=6)


@given(st.lists(st.sampled_from([*TRACES, "@wang.wei", "。", " ", "（"])))
def test_no_trace_is_ever_left_between_other_words(parts: list[str]) -> None:
    said = Eraser(SWAPS).text(" ".join(parts))
    assert not any(trace in said for trace in (*TRACES, "wang.wei"))


@given(around, around)
def test_a_longer_name_of_somebody_else_is_never_touched(before: str, after: str) -> None:
    said = Eraser(SWAPS, ["王伟东", "Wang Weiming"]).text(f"{before} 王伟东 Wang Weiming {after}")
    assert "王伟东 Wang Weiming" in said


def test_an_address_that_holds_the_address_is_another_one() -> None:
    others = "xwang.wei@campus.example wang.wei@campus.example.org"
    assert Eraser(SWAPS).text(others) == others
    assert Eraser(SWAPS).text("WANG.WEI@Campus.example.") == "erased-7@erased.invalid."


def test_everything_that_json_holds_is_looked_into() -> None:
    said = Eraser(SWAPS).value({"王伟": ["王伟", 1, None, {"by": "Wang Wei"}]})
    assert said == {"王伟": ["原用户7", 1, None, {"by": "Former user 7"}]}


def test_a_short_key_gives_way_only_where_it_stands_alone() -> None:
    short = Eraser(swaps_of_student("A1", ["李"], 3))
    assert short.text("A1") == "erased-3"
    assert short.text("A1教室的李老师") == "A1教室的李老师"
    long = Eraser(swaps_of_student("20200417001", ["李四"], 3))
    assert long.text("学号20200417001，李四") == "学号erased-3，原学生3"


def test_what_was_written_leaves_an_event_and_what_was_counted_stays() -> None:
    detail = {"note": "李四", "count": 3, "from": "OPEN", "keys": ["a", "b"], "more": {"who": "x"}}
    assert without_words(detail) == {
        "note": "",
        "count": 3,
        "from": "OPEN",
        "keys": ["", ""],
        "more": {"who": ""},
    }
