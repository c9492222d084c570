"""Who is named with an @."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.mentions import mentioned

NAMES = {"教务处": 1, "教务处负责人": 2, "info": 3, "information": 4, "计算机学院教学秘书": 5}


@pytest.mark.parametrize(
    ("text", "people", "unknown"),
    [
        ("没有人", [], []),
        ("@教务处负责人 请看", [2], []),
        ("请@教务处负责人看一下", [2], []),
        ("@教务处，@INFO", [1, 3], []),
        ("@information and @info", [4, 3], []),
        ("@informations", [], ["informations"]),
        ("@info @info", [3], []),
        ("@院长 和@info", [3], ["院长"]),
        ("@院长@info", [3], ["院长"]),
        ("a@b.example", [], ["b.example"]),
        ("@", [], []),
    ],
)
def test_names_are_found_in_chinese_and_english_text(
    text: str, people: list[int], unknown: list[str]
) -> None:
    assert mentioned(text, NAMES) == (people, unknown)


@given(st.text(max_size=80))
def test_any_text_at_all_names_only_known_people_and_each_once(text: str) -> None:
    people, _unknown = mentioned(text, NAMES)
    assert set(people) <= set(NAMES.values())
    assert len(people) == len(set(people))


@given(st.text(alphabet=st.characters(exclude_characters="@"), max_size=80))
def test_without_an_at_sign_nobody_is_named(text: str) -> None:
    assert mentioned(text, NAMES) == ([], [])
