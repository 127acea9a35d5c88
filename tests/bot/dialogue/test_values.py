"""A value that is told, and what only looks like one."""

from __future__ import annotations

import pytest

from bot.dialogue.values import tells_value


@pytest.mark.parametrize("text", ["抽血hcg 8", "beta 56.3 怀了吗", "hcg56.3", "d dimer high", "血小板偏低", "tsh 5", "amh 0.8 还有戏吗", "AMH1.1", "my fsh is 12"])
def test_a_value_is_told(text: str) -> None:
    assert tells_value(text)


@pytest.mark.parametrize(
    "text",
    ["amh", "hcg 8号抽的", "amh 3.2 的报告在哪看", "e2", "ca125", "hcg 20/11", "hcg 抽了2次", "beta 14 days ago", "amh on the 3rd", "b超 9:30 做的",
     "is my hcg 56 back", "hcg 结果什么时候", "e2 2天了", "hcg 12月2日抽的", "查一下 tsh 5"],
)
def test_no_value_or_a_report_is_asked_for(text: str) -> None:
    assert not tells_value(text)
