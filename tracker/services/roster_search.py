"""What a name is found by."""

from pypinyin import Style, lazy_pinyin


def search_words(key: str, label: str, detail: str) -> str:
    """Key, name and detail in lower case, and both texts once more in pinyin, whole and as
    initials: 「课程建群」 is found by "kechengjianqun" and by "kcjq"."""
    words = [key, label, detail]
    for text in (label, detail):
        words.append("".join(lazy_pinyin(text)))
        words.append("".join(lazy_pinyin(text, style=Style.FIRST_LETTER)))
    return " ".join(words).lower()
