"""Letters in twelve scripts, looked at as pixels: no character is a box, and without the fonts this test sees the boxes."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from portal.web.shell.paper import STYLE
from portal.web.shell.paper.drawing import draw, drawable_here
from tests.web.paper.conftest import Draw, sound, tagged, text_of
from tests.web.paper.pixels import UNASSIGNED, Seen, boxes, characters, twins

# Letters that anybody who reads the script tells apart at once, and a sentence as people write it.
SCRIPTS = {
    "latin": ("Ąčďęğĥľňőřšţůŵýžßøæđł", "Zażółć gęślą jaźń; příliš žluťoučký kůň; Işığı söndür, đường phố."),
    "cyrillic": ("БГДЖЗИЛПФЦЧШЩЪЫЬЭЮЯ", "Вы отправили два сообщения, и заказчик вам ответил. Її обіцянка."),
    "greek": ("ΓΔΘΛΞΠΣΦΨΩαβγδεζηθλμξπφψω", "Στείλατε δύο μηνύματα και ο πελάτης σας απάντησε."),
    "arabic": ("ابجدرسصطعفكلمنهوي", "أرسلتَ رسالتين وأجابك العميل في اليوم التالي."),
    "hebrew": ("אבגהזחטילמנעפצקרשת", "שלחת שתי הודעות והלקוח ענה לך למחרת."),
    "devanagari": ("अइउएकखगचजटतपमरल", "आपने दो संदेश भेजे और ग्राहक ने अगले दिन उत्तर दिया।"),
    "bengali": ("অইউকখগঘচজটতদপমলহ", "আপনি দুটি বার্তা পাঠিয়েছেন এবং গ্রাহক উত্তর দিয়েছেন।"),
    "tamil": ("அஇஉஎகசஞடணதபமயவழ", "நீங்கள் இரண்டு செய்திகளை அனுப்பினீர்கள்."),
    "thai": ("กขงจชดตบปมรลสห", "คุณส่งข้อความสองข้อความและลูกค้าตอบกลับในวันถัดไป"),
    "han": ("這是個關於工作決定的您發送兩條消息", "您发送了两条消息,客户第二天就答复了。"),
    "kana": ("あいうえおかきさたなはまやらワヲンサナホ", "あなたはメッセージを二通送り、翌日返事がありました。"),
    "hangul": ("가나다라마바사아자차카타파하", "당신은 메시지를 두 번 보냈고 고객이 다음 날 답했습니다."),
}
ABSENT = ("devanagari", "bengali", "tamil", "thai", "han", "kana", "hangul")
"""What DejaVu, the font that a bare Debian has, cannot draw."""
RIGHT_TO_LEFT = ("arabic", "hebrew")


def sheet(text: str) -> bytes:
    """A bare page with that text, drawn without looking whether it can be."""
    html = f'<!doctype html><html lang="en"><head><title>Sheet</title></head><body><p>{text}</p></body></html>'
    return draw(html, STYLE.read_text(encoding="utf-8"), base_url="http://localhost", identifier="00", epoch=0)


@cache
def the_box() -> Seen:
    return next(seen for seen in characters(sheet(UNASSIGNED * 3)) if seen.char == UNASSIGNED)


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_letter_is_drawn_as_itself(draw_letter: Draw, tmp_path: Path, name: str) -> None:
    alphabet, sentence = SCRIPTS[name]
    letter = draw_letter(facts=f"{' '.join(alphabet)}\n\n{sentence}", would_change=[sentence, "Something else."])
    assert twins(letter, alphabet) == set()
    assert boxes(letter, the_box()) == set()
    assert "could not be drawn" not in text_of(letter)
    sound(letter, tmp_path)
    with pikepdf.open(BytesIO(letter)) as pdf:
        tagged(pdf)


@pytest.mark.parametrize("name", RIGHT_TO_LEFT)
def test_it_runs_from_right_to_left(draw_letter: Draw, name: str) -> None:
    alphabet, _sentence = SCRIPTS[name]
    seen = {one.char: one.x for one in characters(draw_letter(facts=" ".join(alphabet))) if one.char in alphabet}
    places = [seen[char] for char in alphabet]
    assert places == sorted(places, reverse=True)
    assert places[0] > 500, "it begins at the right edge of the paper"


@pytest.fixture
def only_dejavu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with nothing but DejaVu."""
    configuration = tmp_path / "fonts.conf"
    folders = f"<dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{tmp_path}</cachedir>"
    configuration.write_text(f'<?xml version="1.0"?><fontconfig>{folders}</fontconfig>', encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(configuration))


@pytest.mark.usefixtures("only_dejavu")
def test_without_the_fonts_these_checks_see_boxes() -> None:
    alphabets = {name: SCRIPTS[name][0] for name in ABSENT}
    page = sheet("".join(f"<p>{' '.join(alphabet)}</p>" for alphabet in alphabets.values()) + UNASSIGNED)
    box = next(seen for seen in characters(page) if seen.char == UNASSIGNED)
    for name, alphabet in alphabets.items():
        assert set(alphabet) <= boxes(page, box), name
        assert twins(page, alphabet), name
        assert " ".join(alphabet) in text_of(page), "the text alone looks as if nothing were wrong"


@pytest.mark.usefixtures("only_dejavu")
def test_without_the_fonts_a_letter_names_what_it_cannot_draw(draw_letter: Draw) -> None:
    text = text_of(draw_letter(facts=SCRIPTS["devanagari"][0]))
    assert "[U+0905]" in text
    assert f"{len(SCRIPTS['devanagari'][0])} characters of this letter could not be drawn here." in " ".join(text.split())


def test_a_character_without_a_glyph_is_named(draw_letter: Draw) -> None:
    text = " ".join(text_of(draw_letter(facts="Before \U000f1234 after \x07.", why="One more: \uffff")).split())
    assert "Before [U+F1234] after [U+0007]." in text
    assert "One more: [U+FFFF]" in text
    assert "3 characters of this letter could not be drawn here." in text


def test_one_is_one(draw_letter: Draw) -> None:
    text = " ".join(text_of(draw_letter(facts="Before \U000f1234.")).split())
    assert "1 character of this letter could not be drawn here." in text


def test_the_fonts_of_this_machine_know_every_script_of_the_catalogue() -> None:
    known = drawable_here()
    assert {char for alphabet, _sentence in SCRIPTS.values() for char in alphabet} <= known
    assert UNASSIGNED not in known
