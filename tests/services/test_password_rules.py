"""Which passwords are refused, and that nothing else is asked of one."""

import pytest

from tracker.domain.errors import InvalidInput
from tracker.services.password_rules import check_password_rules, common

EMAIL, NAMES = "zhangsan@cs.example.edu", ("张三", "Zhang San", "2019001234")


def is_taken(password: str) -> bool:
    try:
        check_password_rules(EMAIL, password, NAMES)
    except InvalidInput:
        return False
    return True


def test_more_than_three_thousand_that_people_choose_are_refused_with_what_they_add() -> None:
    """2,435 of the list are long enough as they stand; the others with what is put at their end."""
    tried = {word for word in common() if len(word) >= 10}
    tried |= {f"{word}1!" for word in sorted(common())[::8]}
    assert len(tried) > 4000
    assert [password for password in tried if is_taken(password)] == []
    assert not is_taken("Password2020!")
    assert not is_taken("WOAINI1314520")


@pytest.mark.parametrize(
    "password",
    [
        *("zhangsan12345", "ZhangSan@2020", "2019001234!!", "张三张三张三12345", "cs.example.edu1"),
        *("tracker-2020!", "campus123456789", "教务处教务处12345", "jiaowuchu2020"),
        *("aaaaaaaaaaaa", "1212121212121", "1111122222", "short", "x" * 129),
    ],
)
def test_what_is_near_the_person_or_the_product_is_refused(password: str) -> None:
    assert not is_taken(password)


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery", "这是一句足够长的新密码", "lowercaseonlywords", "7394016285"),
        *(
            "🙂🙃😀😁😂🤣😃😄😅😆",
            "      a b c d      ",
            "x1" + "abcdefgh" * 15,
            "zhangsan reads novels",
        ),
    ],
)
def test_any_characters_will_do(password: str) -> None:
    assert is_taken(password)
