"""Reads how others number: digits, letters, Roman and Chinese numerals, words like "Article 2", in many languages.

A label is what stands before a unit's name or words: "1.", "(b)", "2.1", "§ 4", "Article III", "第十二条", "٢.", "Cláusula
tercera". Its token is what people cite; the value says which comes after which.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

LONGEST_NAME = 100
_ARTICLES = (
    "Sections?|Articles?|Clauses?|Rules?|Paragraphs?|Art\\.?|Sec\\.|Par\\.|Artículo|Articulo|Sección|Cláusula|Regla|Norma|"
    "Artikel|Abschnitt|Ziffer|Absatz|Abs\\.|Punkt|Nr\\.|Articolo|Clausola|Sezione|Artigo|Seção|Secção|Avsnitt|Artykuł|"
    "Paragraf|Ust\\.|Článek|Čl\\.|Articolul|Cikk|Madde|Điều|Khoản|Pasal|Fasal|Kifungu|Статья|Ст\\.|Пункт|Стаття|Член|Чл\\.|"
    "Άρθρο|المادة|مادة|البند|بند|الفقرة|ماده|تبصره|סעיף|अनुच्छेद|धारा|ধারা|ข้อ|มาตรา|உட்பிரிவு|විධිය"
)
_CHAPTERS = (
    "Chapter|Capítulo|Chapitre|Kapitel|Capitolo|Hoofdstuk|Rozdział|Kapitola|Capitolul|Bölüm|Chương|Bab|Sura|Глава|Розділ|"
    "Раздел|Κεφάλαιο|الفصل|فصل|פרק|अध्याय|অধ্যায়|หมวด"
)
_PARTS = (
    "Addendum|Annexe?|Appendix|Schedule|Exhibit|Part|Title|Book|Anexo|Apéndice|Parte|Título|Partie|Titre|Anhang|Anlage|Teil|"
    "Allegato|Titolo|Bijlage|Deel|Bilaga|Załącznik|Część|Příloha|Část|Ek|Kısım|Phần|Phụ lục|Lampiran|Bagian|Часть|"
    "Приложение|Частина|Додаток|Μέρος|Παράρτημα|الباب|القسم|الجزء|ملحق|بخش|پیوست|חלק|נספח|भाग|ভাগ|ภาค|"
    "Disposici(?:ón|ones) (?:adicional|transitoria|final|derogatoria)(?:es)?"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    "primera segunda tercera cuarta quinta sexta séptima octava novena décima undécima duodécima",
    "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo",
    "primeira segunda terceira quarta quinta sexta sétima oitava nona décima",
    "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo",
    "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième",
    "première seconde",
    "الأولى الثانية الثالثة الرابعة الخامسة السادسة السابعة الثامنة التاسعة العاشرة",
    "الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر",
    "اول دوم سوم چهارم پنجم ششم هفتم هشتم نهم دهم",
)
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz", "абвгдежзиклмнопрстуфхцчшщэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщюя",
    "αβγδεζηθικλμνξοπρστυφχψω", "אבגדהוזחטיכלמנסעפצקרשת", "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ", "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "가나다라마바사아자차카타파하", "กขคงจฉชซฌญดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ", "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
    "কখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষসহ", "アイウエオカキクケコサシスセソタチツテト", "イロハニホヘトチリヌルヲ",
    "甲乙丙丁戊己庚辛壬癸",
)
_BESIDE = {"đ": "d", "ñ": "n"}
_CHINESE = dict(zip("〇零一二三四五六七八九两十百千", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 10, 100, 1000), strict=True))
_ROMAN = re.compile(r"(?=[ivxlc])(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_HAN = "[零〇一二两三四五六七八九十百千]{1,7}"
_PATH = r"(?:[A-Z]\.?)?\d{1,3}(?:[.．\-]\d{1,3})*(?:\.?[a-z](?!\w))?(?:\([a-z0-9]{1,4}\))*"
_STOP = r"[.):：．、）]"
_WORDS = "|".join(rank for rank in (_ARTICLES, _CHAPTERS, _PARTS))
_NTH = "|".join(word for words in _ORDINALS for word in words.split())
_LABELLED = re.compile(
    rf"(?P<word>{_WORDS})\s+(?P<token>{_PATH}|[IVXLC]+|[A-Z]|{_NTH})(?![^\W º°ª])"
    rf"(?P<stop>[ºª°]?\s*{_STOP}*\s*(?:[-–—]\s*)?)(?P<rest>.*)", re.IGNORECASE,
)
_SIGN = re.compile(
    rf"§+\s*(?P<token>\d{{1,3}}(?:\.\d{{1,3}})*[a-z]?)(?![^\W º°ª])(?P<stop>[ºª°]?\s*{_STOP}*\s*(?:[-–—]\s*)?)(?P<rest>.*)"
)
_EASTERN = re.compile(
    rf"(?P<token>第\s?(?:{_HAN}|\d{{1,3}})\s?(?P<word>[条條章节節编編款项項部回号])(?:之{_HAN})?|제\s?\d{{1,3}}\s?(?P<korean>[조장절편항관]))"
    r"(?P<stop>[\s:：、.．]*)(?P<rest>.*)"
)
_NTH_ALONE = re.compile(rf"(?P<token>{_NTH})(?P<stop>\s*(?:[.:]\s*[-–—]?|[-–—]|\.?º)\s+)(?P<rest>.*)", re.IGNORECASE)
_NUMBER = re.compile(rf"(?P<token>{_PATH})[ºª°]?(?![\w])(?P<stop>{_STOP}*(?:\s+[-–—:]\s+|[-–—]?\s*))(?P<rest>.*)")
_LETTER = re.compile(rf"(?P<token>[A-Z]|[IVXLC]+|[^\W\d_a-z])(?P<stop>{_STOP}\s*[-–—]?\s*)(?P<rest>.*)")
_BRACKETED = re.compile(rf"[(（](?P<token>[^\W\d_]|[ivx]+|\d{{1,3}}|{_HAN})(?P<stop>[)）]\s*)(?P<rest>.*)")
_HAN_ITEM = re.compile(rf"(?P<token>{_HAN})(?P<stop>[、．.]\s*)(?P<rest>.*)")
_UNSEEN = dict.fromkeys(map(ord, (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u20e3\ufe0f\ufeff"
)))


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its token, the words behind it, what kind of label it is, and how surely it begins a unit.

    `family` is the same for labels that count on ("article", "§", "1."); `depth` orders parts above chapters above the
    rest; `sure` says that something stands between the number and the words (a dot, a dash, a bracket).
    """

    token: str
    rest: str
    family: str
    depth: int = 1
    sure: bool = True


def bare(line: str) -> str:
    """A line without what only looks: backslashes before signs, unseen characters, anchors, pictures before the first word."""
    line = re.sub(r"^(?:<a\s[^>]*>\s*</a>\s*)+", "", unescape(line).translate(_UNSEEN).strip())
    line = re.sub(r"\\$", "", re.sub(r"\\(?=[.)(#\-§*+])", "", line)).rstrip()
    start = next((at for at, char in enumerate(line) if unicodedata.category(char) not in ("So", "Sk", "Zs")), 0)
    return line[start:]


def label(words: str) -> Label | None:
    """The label at the beginning of a heading or a line, whatever kind it is."""
    return labelled(words) or _shape(_NTH_ALONE, words, "nth") or numbered(words) or _lettered(words)


def labelled(words: str) -> Label | None:
    """A label with a word or sign: "Article 2", "Annex A", "§ 4", "第三条"; those cannot be anything but a number."""
    found = _LABELLED.match(words)
    if found:
        return _with_word(found)
    return _shape(_SIGN, words, "§") or _eastern(words)


def numbered(words: str) -> Label | None:
    """A label of digits, with dots between: "2", "2.1", "A.3", "3(a)"."""
    found = _NUMBER.match(words)
    if not found or (found["rest"] and not found["stop"]) or re.search(r"[.\-]0\d\d", found["token"]):
        return None
    if found["rest"][:1].isdigit() and not found["stop"][-1].isspace():
        return None
    return Label(ascii_dots(found["token"]), found["rest"].strip(), "1", 1, bool(found["stop"].strip()))


def _with_word(found: re.Match[str]) -> Label | None:
    token, word, rest = found["token"], found["word"], found["rest"].strip()
    if not token[0].isdigit() and token.islower() and not re.fullmatch(_NTH, token, re.IGNORECASE):
        return None
    sure = bool(found["stop"].strip())
    rest = rest[1:-1] if rest[:1] == "(" and rest.find(")") == len(rest) - 1 else rest
    if re.fullmatch(_ARTICLES, word, re.IGNORECASE):
        return Label(token, rest, word.casefold()[:3].replace("í", "i").replace("é", "e"), 1, sure)
    depth = 0 if re.fullmatch(_CHAPTERS, word, re.IGNORECASE) else -1
    return Label(" ".join(f"{word} {token}".split()), rest, word.casefold(), depth, sure)


def _shape(shape: re.Pattern[str], words: str, family: str) -> Label | None:
    found = shape.match(words)
    return Label(found["token"], found["rest"].strip(), family, 1, bool(found["stop"].strip())) if found else None


def _eastern(words: str) -> Label | None:
    found = _EASTERN.match(words)
    if not found or (found["rest"] and not found["stop"] and found["rest"][0] not in "（(【「[｛{〔<〈《"):
        return None
    word = found["word"] or found["korean"]
    depth = {"编": -1, "編": -1, "部": -1, "편": -1, "章": 0, "장": 0}.get(word, 1)
    rest = re.fullmatch(r"[（(【](?P<inner>[^）)】]*)[）)】]", found["rest"].strip())
    return Label("".join(found["token"].split()), rest["inner"] if rest else found["rest"].strip(), word, depth)


def _lettered(words: str) -> Label | None:
    for shape, kind in ((_BRACKETED, "("), (_HAN_ITEM, "一"), (_LETTER, "A")):
        found = _shape(shape, words, kind)
        if found and (found.rest or kind == "(") and next(values(found.token), None):
            return found
    return None


def ascii_dots(token: str) -> str:
    """A path with full stops of one width, and none at its end."""
    return token.replace("．", ".").rstrip(".")


def values(token: str) -> Iterator[tuple[str, int]]:
    """What a token can stand for: the kind of counting and the place in it, the likeliest first."""
    if token.isdigit() or (len(token) == 1 and unicodedata.category(token) == "No"):
        yield "1", int(unicodedata.numeric(token) if len(token) == 1 else token)
        return
    small = token.casefold()
    if token.isascii() and _ROMAN.fullmatch(small) and small:
        yield "i" if token.islower() else "I", roman(small)
    if chinese(token):
        yield "一", chinese(token)
    if token.lower() in _BESIDE:
        yield "a", _ALPHABETS[0].index(_BESIDE[token.lower()]) + 1
    for alphabet in _ALPHABETS:
        place = alphabet.find(small[0] if small.isascii() else token.lower()[0]) if len(set(small)) == 1 else -1
        if place >= 0 and (len(token) == 1 or (len(token) == 2 and token.isascii())):
            kind = "a" if alphabet is not _ALPHABETS[0] or token.islower() else "A"
            yield f"{kind}{_ALPHABETS.index(alphabet) or ''}", place + 1 + (len(token) - 1) * len(alphabet)


def roman(small: str) -> int:
    """The value of a Roman numeral in small letters."""
    worth = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[char] for char in small]
    return sum(-one if any(one < other for other in worth[at + 1 : at + 2]) else one for at, one in enumerate(worth))


def chinese(token: str) -> int:
    """The value of a number below ten thousand in Chinese characters; 0 when it is none."""
    if any(char not in _CHINESE for char in token):
        return 0
    whole = digit = 0
    for char in token:
        value = _CHINESE[char]
        whole, digit = (whole + (digit or 1) * value, 0) if value >= 10 else (whole, digit * 10 + value)
    return whole + digit


def latin_number(number: str) -> str:
    """A number for an id: digits of any script and Chinese numerals as 0 to 9, ordinals as their place, the rest as it is."""
    number = re.sub(_HAN, lambda found: f" {chinese(found.group())} ", number)
    for words in _ORDINALS:
        for place, word in enumerate(words.split(), 1):
            number = re.sub(rf"\b{word}\b", str(place), number, flags=re.IGNORECASE)
    return " ".join(_latin_part(latin_digits(part)) for part in re.split(r"[.\s]+", number))


def counted(token: str) -> str:
    """The number that a token counts, in digits: "3" for 第三条, III, "tercera" and ٣; else the token as it is."""
    if _ROMAN.fullmatch(token) and token.isupper():
        return str(roman(token.casefold()))
    digits = re.findall(r"[0-9]+(?:\.[0-9]+)*", ".".join(latin_number(token).split()))
    return digits[0] if len(digits) == 1 else token


def _latin_part(part: str) -> str:
    """A letter of another alphabet as its place in it."""
    return part if part.isascii() or len(part) > 1 else str(next(values(part), ("", part))[1])


def latin_digits(token: str) -> str:
    """A token with the digits of any script as 0 to 9."""
    return token if token.isascii() else "".join(map(_digit, token))


def _digit(char: str) -> str:
    kind = unicodedata.category(char)
    return str(int(unicodedata.numeric(char))) if kind == "Nd" or (kind == "No" and unicodedata.numeric(char) % 1 == 0) else char


def follows(before: str, after: str) -> bool:
    """Whether a number comes right after another: "2" after "1", "4.3" after "4.2", "4.1" after "4"."""
    head, _, last = after.rpartition(".")
    if before == head:
        return True
    known, _, last_before = before.rpartition(".")
    if head != known:
        return False
    ours, theirs = dict(values(last_before)) if last_before else {}, dict(values(last)) if last else {}
    return any(kind in ours and ours[kind] + 1 == value for kind, value in theirs.items())


def any_follows(known: Sequence[str], after: str) -> bool:
    """Whether a number comes right after one of those that are known."""
    return any(before and follows(before, after) for before in known)


def plain(words: str) -> str:
    """Words without marks of emphasis, links, footnotes and HTML."""
    words = re.sub(r"<!--.*|\[\^[^\]\s]{1,20}\]", "", re.sub(r"<!--.*?-->", " ", words))
    words = re.sub(r"<[^>]*>", "", re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", words))
    return re.sub(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`|\\(?=[^\w\s])", "", words).strip()


def first_words(text: str) -> str:
    """A short first sentence, else the first eight words, as a name in lists of clauses."""
    words = plain(text)
    sentence = re.match(r"(.{3,60}?)(?:[.:](?=\s|$)|[。：])", words)
    if sentence:
        return sentence.group(1)
    some = words.split()
    return " ".join(some[:8])[:LONGEST_NAME].rstrip(".,;:") + ("…" if len(some) > 8 else "")
