"""The choice of text like the written documents (scripts/train_infill/nearest.py)."""

from pipeline import Settings
from scripts.train_infill.nearest import BLOCK, blocks, nearest

GENRE = "各乡镇人民政府应当主动公开政府信息，完善依申请公开工作制度，加强政务公开业务培训。"
OTHER = "老船长望着海面，浪花一朵一朵打在礁石上，海鸥叫了几声，便飞远了，再也没有回来。"


def test_blocks_are_whole_paragraphs_and_lose_nothing():
    lines = [GENRE] * 40 + [OTHER]
    found = list(blocks(lines))
    assert "\n".join(found).split("\n") == lines
    assert all(len(block) >= BLOCK for block in found[:-1])


def test_the_blocks_most_like_the_genre_are_kept_in_their_order():
    one, two, other = ("\n".join([line] * 5) for line in (GENRE, GENRE + "做好解读。", OTHER))
    assert nearest(Settings().models, [two, other, one, other], 300) == [two, one]
