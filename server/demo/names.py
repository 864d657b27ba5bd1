"""Fictional names: compounds, communities, roads, firms, persons.

Built from short word lists in the manner of 汀禾苑 or 岸禾新村. Persons have a surname and a role
(陈巡01) or a surname and 某某, so that no name can be a real person's.
"""

from __future__ import annotations

from random import Random

CITY = "澜川市"
DISTRICT = "澄湖区"
# In the order of ``grid.LETTERS``; the position + 1 is the three-digit street code.
STREETS = (
    "望湖",
    "听松",
    "青禾",
    "锦帆",
    "临波",
    "文澜",
    "朝晖",
    "长亭",
    "石桥",
    "春晓",
    "南屏",
)

_FIRST = "听拾栖临澄望沐倚揽枕依映漾泊碧云清静晴锦"
_SECOND = "禾汀澜荷松竹溪湖岸苇鹭枫棠梧渡帆月波蒲芷"
_ENDINGS = (
    "苑",
    "新村",
    "阁",
    "佳园",
    "里",
    "坊",
    "居",
    "园",
    "花园",
    "家园",
    "雅苑",
    "庭",
    "公寓",
    "名庭",
)
_ENDING_WEIGHTS = (14, 9, 5, 12, 11, 7, 7, 6, 7, 7, 5, 5, 3, 2)

_COMMUNITY_SECOND = (
    "田",
    "桥",
    "塘",
    "湾",
    "浦",
    "里",
    "渚",
    "堤",
    "坊",
    "园",
    "渡",
    "泉",
)
_COMMUNITY_FIRST = {
    "望湖": "望湖澄澜映漾波汀鹭泓",
    "听松": "听松柏岭樟柯梧桐翠杉",
    "青禾": "青穗稻麦苗谷新丰粟芒",
    "锦帆": "锦帆舟桅缆云锚舵航绫",
    "临波": "临波涟漪汐潮沙洲渔鸥",
    "文澜": "文墨砚书笔弦诗韵雅章",
    "朝晖": "朝晖旭曦晨明霞曙耀阳",
    "长亭": "长亭廊榭柳杨驿远阡陌",
    "石桥": "石磐岩玉拱虹碧矶古川",
    "春晓": "春晓莺杏桃蕙兰芳菲絮",
    "南屏": "南屏翠岚峰峦霁霖苍竹",
}

_ROAD_FIRST = (
    "澄澜",
    "望波",
    "听涛",
    "青穗",
    "锦绣",
    "云帆",
    "文汇",
    "晖映",
    "长堤",
    "玉桥",
    "春风",
    "屏山",
    "栖霞",
    "揽月",
    "芦荻",
    "梧桐",
    "枫杨",
    "海棠",
    "白鹭",
    "渔歌",
    "稻香",
    "流芳",
    "朝露",
    "暮云",
    "石板",
    "竹溪",
    "兰渚",
    "松涛",
    "荷风",
    "苇岸",
    "棠梨",
    "杏林",
    "柳浪",
    "樟树",
    "银杏",
    "合欢",
    "丹桂",
    "紫藤",
    "蒹葭",
    "采菱",
    "浣纱",
    "飞鸿",
    "听雨",
    "沐风",
    "观云",
    "映雪",
    "知春",
    "迎秋",
    "平湖",
    "远帆",
    "归舟",
    "晚钟",
    "晨钟",
    "曲水",
)

_FIRM_WORDS = (
    "汀岸",
    "澄禾",
    "望澜",
    "湖心",
    "青帆",
    "松语",
    "锦岸",
    "临湖",
    "文汀",
    "朝禾",
    "长澜",
    "石溪",
    "春禾",
    "屏岸",
    "鹭洲",
    "苇渡",
    "荷岸",
    "枫汀",
    "棠溪",
    "梧岸",
    "云汀",
    "沐澜",
    "栖禾",
    "映湖",
    "漾波",
    "泊岸",
    "碧禾",
    "清汀",
    "静澜",
    "晴湖",
    "芷岸",
    "蒲汀",
    "月渡",
    "帆岸",
    "竹汀",
    "溪禾",
)
_FIRM_SECOND = ("物业服务有限公司", "物业管理有限公司", "生活服务有限公司")

SURNAMES = (
    "陈李周何许刘王张杨黄赵吴徐孙马朱胡郭林高罗郑梁谢宋唐韩曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)


def compound_names(rng: Random, count: int, reserved: tuple[str, ...]) -> list[str]:
    """``count`` unique compound names, none of them in ``reserved``; a word pair occurs at most twice."""
    pairs = [a + b for a in _FIRST for b in _SECOND if a != b] * 2
    rng.shuffle(pairs)
    seen = set(reserved)
    names: list[str] = []
    for pair in pairs:
        name = pair + rng.choices(_ENDINGS, _ENDING_WEIGHTS)[0]
        if name not in seen:
            seen.add(name)
            names.append(name)
        if len(names) == count:
            return names
    raise ValueError(f"word lists are too short for {count} names")


def community_names(rng: Random, street: str, count: int, first: tuple[str, ...] = ()) -> list[str]:
    """``count`` community names of one street without the ending 社区; ``first`` come first."""
    heads = list(_COMMUNITY_FIRST[street])
    rng.shuffle(heads)
    tails = list(_COMMUNITY_SECOND)
    rng.shuffle(tails)
    made = [head + tails[i % len(tails)] for i, head in enumerate(heads)]
    made += [head + tails[(i + 5) % len(tails)] for i, head in enumerate(heads)]
    return [*first, *(name for name in made if name not in first)][:count]


def road_names(count: int, ending: str, offset: int) -> list[str]:
    """Names for one direction of roads, ``ending`` 路 or 街, starting at ``offset`` of the list."""
    return [_ROAD_FIRST[(offset + i) % len(_ROAD_FIRST)] + ending for i in range(count)]


def firm_names(rng: Random, count: int) -> list[str]:
    """``count`` unique firm names; the first two are those of the story."""
    names = ["澜川岸禾物业服务有限公司", "澜川汀岸物业服务有限公司"]
    for place in ("澜川", "澄湖"):
        for index, word in enumerate(_FIRM_WORDS):
            names.append(place + word + _FIRM_SECOND[(index + len(place)) % 3 if index % 4 == 0 else 0])
    for index, word in enumerate(_FIRM_WORDS):
        names.append(word + "（澜川）物业管理有限公司" if index % 2 else "澜川市" + word + "物业有限公司")
    unique = list(dict.fromkeys(names))
    tail = unique[2:]
    rng.shuffle(tail)
    return (unique[:2] + tail)[:count]


def somebody(rng: Random) -> str:
    """A person without a given name: 刘某某."""
    return rng.choice(SURNAMES) + "某某"


def role_name(rng: Random, role: str, number: int, width: int = 2) -> str:
    """A person named by surname, role and number: 周巡05."""
    return f"{rng.choice(SURNAMES)}{role}{number:0{width}d}"


def phone(number: int) -> str:
    """An eleven-digit number that no exchange can dial: 10000000001 and up."""
    return f"{10_000_000_000 + number}"
