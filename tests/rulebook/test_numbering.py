"""How others number, in many languages and scripts, and what only looks like a number."""

import time
from datetime import date

import pytest

from portal.rulebook.importing import Note, adopt, original_text
from portal.rulebook.numbering import chinese, counted, latin_number, roman
from portal.rulebook.reading import PolicyError, PolicyText, normalise, read_policy


def adopted(text: str) -> tuple[PolicyText, list[Note]]:
    file, notes = adopt(text, published_on=date(2024, 2, 1), effective_on=date(2024, 3, 1), language="en")
    assert original_text(file) == normalise(text)
    return read_policy(file), notes


LANGUAGES = {
    "Spanish": (
        "# Condiciones\n\n## Artículo 1. Objeto\n\nx\n\n## Artículo 2.- Pago\n\n2.1. El pago\n2.2. La factura\n\n"
        "## Cláusula tercera. Plazo\n\nx\n",
        ["1 Objeto", "2 Pago", "2.1 El pago", "2.2 La factura", "tercera Plazo"],
    ),
    "Spanish ordinals": (
        "**PRIMERA.- Objeto.** El contrato.\n\n**SEGUNDA.- Pago.** El pago.\n",
        ["PRIMERA Objeto", "SEGUNDA Pago"],
    ),
    "French": (
        "# CGU\n\nArticle premier - Objet\n\nx\n\nArticle 2 : Prix\n\na) un\nb) deux\n",
        ["premier Objet", "2 Prix", "2.a un", "2.b deux"],
    ),
    "German": (
        "# AGB\n\n## § 1 Geltung\n\n(1) Diese AGB gelten.\n\n(2) Andere nicht.\n\n§ 2 Preise\n\nx\n",
        ["1 Geltung", "1.1 Diese AGB gelten", "1.2 Andere nicht", "2 Preise"],
    ),
    "Italian": ("Art. 1 - Oggetto\n\nx\n\nArticolo 2 (Durata)\n\n2.1 testo\n", ["1 Oggetto", "2 Durata", "2.1 testo"]),
    "Portuguese": (
        "Cláusula 1ª - Objeto\n\nx\n\nCláusula 2ª - Preço\n\n§ 1º Um texto.\n\n§ 2º Outro texto.\n",
        ["1 Objeto", "2 Preço", "2.1 Um texto", "2.2 Outro texto"],
    ),
    "Polish": (
        "# R\n\n§ 1. Postanowienia\n\n1. Pierwszy\n2. Drugi\n\n§ 2.\n\nx\n",
        ["1 Postanowienia", "1.1 Pierwszy", "1.2 Drugi", "2 "],
    ),
    "Turkish": ("Madde 1 - Konu\n\nx\n\nMADDE 2: Ödeme\n\n2.1. metin\n", ["1 Konu", "2 Ödeme", "2.1 metin"]),
    "Vietnamese": ("Điều 1. Phạm vi\n\nd) ba\nđ) bốn\ne) năm\n", ["1 Phạm vi", "1.d ba", "1.đ bốn", "1.e năm"]),
    "Russian": (
        "Раздел I. Общее\n\nСтатья 1. Оплата\n\nа) раз\nб) два\n\nРаздел II. Прочее\n\nСтатья 2. Иное\n\nx\n",
        ["Раздел I Общее", "1 Оплата", "1.а раз", "1.б два", "Раздел II Прочее", "2 Иное"],
    ),
    "Greek": ("Άρθρο 1 - Αντικείμενο\n\nα) ένα\nβ) δύο\n", ["1 Αντικείμενο", "1.α ένα", "1.β δύο"]),
    "Arabic": (
        "# الشروط\n\n١. عام\n\n٢. الدفع\n\n٢.١ نص\n\nالمادة 3: المال\n\nأ. واحد\nب. اثنان\n",
        ["١ عام", "٢ الدفع", "٢.١ نص", "3 المال", "3.أ واحد", "3.ب اثنان"],
    ),
    "Persian": ("ماده ۱ - کلیات\n\nx\n\nماده ۲ - پرداخت\n\nx\n", ["۱ کلیات", "۲ پرداخت"]),
    "Hebrew": (
        "\u200f1. כללי\n\n\u200f1.1. טקסט\n\nסעיף 4 - כסף\n\nא. ראשון\nב. שני\n",
        ["1 כללי", "1.1 טקסט", "4 כסף", "4.א ראשון", "4.ב שני"],
    ),
    "Hindi": ("१. सामान्य\n\n२. भुगतान\n\n२.१ पाठ\n\nअनुच्छेद 3 - धन\n\nx\n", ["१ सामान्य", "२ भुगतान", "२.१ पाठ", "3 धन"]),
    "Thai": ("ข้อ 1 ทั่วไป\n\nx\n\nข้อ ๒ การจ่ายเงิน\n\nx\n", ["1 ทั่วไป", "๒ การจ่ายเงิน"]),
    "Chinese": (
        "第一章 总则\n\n第一条 甲方应当付款。\n\n（一）第一项\n（二）第二项\n\n第二章 附则\n\n第十二条　其他\n\n"
        "一、定义\n\n二、付款\n\n1、甲方\n2、乙方\n",
        ["第一章 总则", "第一条 甲方应当付款", "第一条.一 第一项", "第一条.二 第二项", "第二章 附则", "第十二条 其他",
         "第十二条.一 定义", "第十二条.二 付款", "第十二条.二.1 甲方", "第十二条.二.2 乙方"],
    ),
    "Japanese": (
        "第1条（適用）\n\n1. 本規約は\n2. 当社は\n   (1) あ\n\n第２条　雑則\n\n①支払い\n②期限\n",
        ["第1条 適用", "第1条.1 本規約は", "第1条.2 当社は", "第1条.2.1 あ", "第２条 雑則", "第２条.① 支払い", "第２条.② 期限"],
    ),
    "Korean": (
        "제1조 (목적)\n\n가. 첫째\n나. 둘째\n\n제2조 (정의)\n\nx\n",
        ["제1조 목적", "제1조.가 첫째", "제1조.나 둘째", "제2조 정의"],
    ),
    "American": (
        "ARTICLE I\n\nMONEY\n\nSection 1. Pay. You pay.\n\nSection 2. Fees. We keep some.\n\n"
        "ARTICLE II\n\nWORK\n\nSection 1. Do it. Work.\n\n2.1 More.\n",
        ["I MONEY", "I.1 Pay", "I.2 Fees", "II WORK", "II.1 Do it", "2.1 More"],
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_units_of_many_languages(language: str) -> None:
    text, expected = LANGUAGES[language]
    clauses = [clause for clause in adopted(text)[0].clauses if clause.number]
    assert [f"{clause.number} {clause.heading}" for clause in clauses] == expected
    assert len({clause.key for clause in clauses}) == len(clauses)


TRAPS = {
    "dates and amounts": ("1.1.2024 is the day.\n\n01.02.2024\n\n10.000 Euro\n\n3.5 million people.\n\n2024. was a year.\n", []),
    "sentences that name a number": (
        "Article 5 of the law says so.\n\nSection 4 and 5 stay.\n\n第3条の規定により\n\n§ 4 gilt nicht.\n",
        [],
    ),
    "tables": ("1. | x\n---|---\n2. | y\n\n| 3. | z |\n|----|---|\n| 4. | z |\n", []),
    "quotes, notes, definitions": ("> 1. quoted\n\n[^1]: 1. A note\n\nTerm\n:   1. Meaning\n", []),
    "a line above": ("---\n\n# 1. A\n\nx\n\n---\n\n# 2. B\n", ["1", "2"]),
    "front matter that is none": ("---\nfoo: [bar\n---\n# 1. A\n", ["1"]),
    "TOML in front": ("+++\ntitle = 'x'\n+++\n# 1. A\n", ["1"]),
    "a table of contents": ("1. [Scope](#scope)\n2. [Money](#money)\n\n## 1. Scope\n\nx\n\n## 2. Money\n\ny\n", ["1", "2"]),
    "a list before the headings": ("1. first\n2. second\n\n## 1. Scope\n\nx\n", ["1 (2)", "2", "1"]),
    "names": ("J. Smith signed.\n\nг. Москва\n", []),
    "numbers that skip": ("1. General\n\n1.1. One.\n\n3. Manners\n\n3.1. Two.\n", ["1", "1.1", "3", "3.1"]),
    "a list within a paragraph": (
        "1. General\n\n1.1 These:\n\n1. a\n\n2. b\n\n1.2 Those.\n\n2. Money\n",
        ["1", "1.1", "1.1.1", "1.1.2", "1.2", "2"],
    ),
    "pictures and anchors": ('## 🚀 1. A\n\nx\n\n## <a id="b"></a>2. B\n\n## 3️⃣ C\n', ["1", "2", "3"]),
    "unusual blanks": ("1.\u00a0General\n\n1.1\u2003text\n\n§\u00a04 Foo\n", ["1", "1.1", "4"]),
    "dashes and nothing": ("1 - General\n\nx\n\n2 – Money\n\ny\n\n3 Work\n\nz\n", ["1", "2", "3"]),
    "letters with numbers": ("1.a Foo bar\n\n1.b Baz\n\n1(c) Bar\n\nA.1 Foo\n\nA.2 Bar\n", ["1.a", "1.b", "1(c)", "A.1", "A.2"]),
    "numbers alone": ("1.\n\nThe first.\n\n1.1.\n\nText.\n\n2.\n\nThe second.\n", ["1", "1.1", "2"]),
    "numbers with dashes": ("## 1 - Objet\n\n1-1 Le texte\n\n1-2 La suite\n\n2-3 days later.\n", ["1", "1-1", "1-2"]),
    "names below numbers": ("**Article 1**\n\n**Scope**\n\nx\n\n**Article 2**\n**Fees**\n\ny\n", ["1", "2"]),
    "entities": ("&sect; 4 Foo\n\nx\n\n&nbsp;5.1 Foo\n", ["4", "5.1"]),
    "bullets before numbers": ("# 1. A\n\n- **1.1** one\n- 1.2 two\n- 5 people\n", ["1", "1.1", "1.2"]),
    "amounts by themselves": ("# Terms\n\n5 days later we act.\n\n3 Months\n\nx\n", []),
    "two lines underlined": ("Very\nlong\n----\n\n1. x\n", ["1"]),
    "right-to-left marks and carriage returns": ("\u202b1. א\u202c\r\n\r\n1.1. ב\r\n", ["1", "1.1"]),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_what_only_looks_like_a_number(trap: str) -> None:
    text, expected = TRAPS[trap]
    assert [clause.number for clause in adopted(text)[0].clauses if clause.number] == expected


def test_what_is_worth_a_note() -> None:
    notes = adopted("1. [Scope](#scope)\n\n# Scope\n\n<ol>\n<li>x</li>\n</ol>\n")[1]
    assert [(note.line, note.what.split(":")[0].split(" have")[0]) for note in notes] == [
        (1, "A list of links"), (5, "The items of this HTML list"),
    ]


@pytest.mark.parametrize(
    ("token", "number"),
    [("第十二条", "12"), ("٢", "2"), ("III", "3"), ("tercera", "3"), ("第二百零三条", "203"), ("B", "B"), ("4.2", "4.2")],
)
def test_what_a_label_counts(token: str, number: str) -> None:
    assert counted(token) == number


def test_numerals() -> None:
    assert [roman(word) for word in ("i", "iv", "ix", "xiv", "xl", "xcix")] == [1, 4, 9, 14, 40, 99]
    assert [chinese(word) for word in ("一", "十", "十二", "二十", "一百零五", "人")] == [1, 10, 12, 20, 105, 0]
    assert latin_number("2.б").split() == ["2", "2"] and latin_number("٢.١").split() == ["2", "1"]


HOSTILE = {
    "brackets": "(" * 100_000, "emphasis": "**" * 50_000 + "x", "bold openings": "**a\n\n" * 20_000,
    "blanks": " " * 200_000 + "x",
    "digits": "1." * 100_000, "deep lists": "".join(" " * i + "1. a\n" for i in range(300)), "anchors": "<a " * 30_000,
    "headings": "<h2>" * 20_000, "links": "[a](#b)\n" * 9_000, "tables": "a|b\n" * 50_000, "comments": "<!--\n" * 50_000,
    "fences": "```\n" * 20_001, "Roman": "III. x\n\n" * 2_000, "words": "Section 1 " * 20_000, "pictures": "🚀" * 100_000,
    "no headings": "some words " * 100_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_cost_little_and_are_kept_whole(kind: str) -> None:
    started = time.process_time()
    clauses = adopted(HOSTILE[kind])[0].clauses
    assert time.process_time() - started < 10
    assert max(len(clause.number) for clause in clauses) <= 80, "what the database keeps"
    assert max(len(clause.key) for clause in clauses) <= 200


def test_fifty_thousand_words_with_two_thousand_clauses() -> None:
    words = [f"w{(index * 7919) % 3001}" for index in range(24)]
    rows = [(n, k) for n in range(1, 51) for k in range(41)]
    body = "".join(f"{n}.{k}. You {' '.join(words)} {k}.\n\n" if k else f"# {n}. Part\n\n" for n, k in rows)
    started = time.process_time()
    policy, _ = adopted(body)
    assert time.process_time() - started < 20
    assert len(policy.clauses) == 2_050 and policy.clauses[-1].number == "50.40"


def test_more_clauses_than_anybody_reads_are_refused() -> None:
    with pytest.raises(PolicyError, match="more than 10000"):
        adopted("1. x\n" * 10_001)
