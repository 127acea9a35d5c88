"""Short replies: yes and no, in Chinese, English and emoji."""

from __future__ import annotations

import re

from bot.text.normalise import prepared

_YES_SIGNS = frozenset("👍👌🙆✅☑✔💯🆗")
_NO_SIGNS = frozenset("👎🙅❌✖🚫⛔")
_LIMIT = 40

_YES = ["嗯", "恩", "哦", "噢", "啊", "对", "对头", "没错", "不错", "正确", "是", "是这个", "就是", "就是这个", "就是它", "就是这样", "是这样", "好", "好哒", "可以", "行", "中", "成", "要", "需要", "想", "想要", "愿意", "同意", "确认", "确定", "当然", "当然可以", "当然要", "必须", "没问题", "没有问题", "有", "有的", "一样", "继续", "shi", "shide", "dui", "hao", "haode", "en", "k", "kk", "ok", "okay", "okey", "okk", "oki", "yes", "yess", "yep", "yeah", "yea", "ya", "yup", "ye", "y", "sure", "correct", "right", "exactly", "absolutely", "definitely", "fine", "indeed", "affirmative", "confirm", "confirmed", "agree", "agreed", "alright"] + [
    "sure thing", "of course", "that's right", "thats right", "that's it", "thats it", "that's correct", "that's the one", "that's fine", "go ahead",
    "sounds good", "please do", "i do", "it is", "i am", "do it", "all right", "that one", "i agree", "works for me", "this one",
]
_NO = ["不", "不是", "不是这个", "不是这些", "不是它", "不是这样", "不对", "错", "错了", "不用", "不要", "不需要", "不必", "不行", "不可以", "不好", "不想", "不愿意", "不同意", "没", "没有", "否", "算了", "拒绝", "取消", "先不", "先不用", "先不要", "暂时不", "暂时不用", "暂时不要", "暂时不需要", "暂时没有", "还没", "还没有", "还不用", "都不是", "别", "免了", "无", "no", "noo", "nooo", "nope", "nah", "naw", "nay", "n", "not", "never", "nvm", "wrong", "incorrect", "none", "neither", "cancel", "negative", "disagree", "don't", "bu", "bushi", "buyong", "meiyou", "buyao"] + [
    "not really", "not yet", "not now", "not this", "not that", "not that one", "not it", "not at all", "not right", "no need", "no way", "never mind",
    "none of them", "none of these", "none of those", "i don't", "it's not", "that's not it", "that's wrong", "that's not right", "that's not correct", "it isn't", "i'm not",
    "i disagree",
]
_FILLER = (
    ["啊", "呀", "哦", "噢", "呢", "吧", "的", "了", "哈", "嘛", "啦", "滴", "呗", "哟", "喽", "嘞", "谢谢", "谢谢你", "谢谢您", "谢了", "多谢", "麻烦了", "麻烦你了", "麻烦您了", "please", "pls", "thanks", "thx", "ty", ",", "。", ".", "!", "~", "、", ";", "-"]
    + ["thank you", "thank u", " "]
)


def _words(words: list[str]) -> re.Pattern[str]:
    listed = sorted({*words, *(word.replace("'", "") for word in words)}, key=len, reverse=True)
    return re.compile("|".join(rf"{re.escape(word)}{'(?![a-z])' if word[-1].isascii() and word[-1].isalpha() else ''}" for word in listed))


_YES_WORD, _NO_WORD, _FILLER_WORD = _words(_YES), _words(_NO), _words(_FILLER)


def is_yes(text: str) -> bool:
    """Whether a short reply agrees: 嗯, 对的, 好, yep, 👍. A message that says more is neither yes nor no."""
    plain = prepared(text)
    if not plain:
        return any(char in _YES_SIGNS for char in text) and not any(char in _NO_SIGNS for char in text)
    return _says_only(plain, _YES_WORD)


def is_no(text: str) -> bool:
    """Whether a short reply refuses or denies: 不是, 没有, 不用了, nope, no thanks, 👎."""
    plain = prepared(text)
    if not plain:
        return any(char in _NO_SIGNS for char in text) and not any(char in _YES_SIGNS for char in text)
    return _says_only(plain, _NO_WORD) and not _says_only(plain, _YES_WORD)


def _says_only(plain: str, word: re.Pattern[str]) -> bool:
    """Whether a text is made of such words, at least one, and fillers; read from the left, longest first."""
    if len(plain) > _LIMIT:
        return False
    plain = plain.replace("’", "'")
    position, said = 0, False
    while position < len(plain):
        found = word.match(plain, position)
        said = said or bool(found)
        found = found or _FILLER_WORD.match(plain, position)
        if not found:
            return False
        position = found.end()
    return said
