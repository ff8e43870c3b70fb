"""Whole documents, generated: every numbered unit is a clause, nothing is lost, and ids stay when the text comes again."""

from dataclasses import dataclass
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rulebook.importing import adopt, original_text
from portal.rulebook.reading import PolicyText, normalise, read_policy, split_front
from portal.rulebook.succession import what_became

DAYS = {"published_on": date(2024, 2, 1), "effective_on": date(2024, 3, 1)}
HAN = "一二三四五六七八九"
ARABIC = "١٢٣٤٥٦٧٨٩"
NAMES = st.sampled_from(
    ["General", "Your Money", "Gastos y pagos", "Allgemeines", "总则", "الدفع", "כללי", "Общее", "รวม", "सामान्य"]
)
SENTENCES = st.sampled_from([
    "You pay here, and nowhere else.", "Usted paga aquí.", "甲方应当付款。", "يدفع المستخدم هنا.", "Оплата производится здесь.",
    "ผู้ใช้จ่ายที่นี่", "आप यहाँ भुगतान करें।", "Wer zahlt, zahlt hier.",
    "See [our page](https://example.org/a_b) **now**.", "Cafe\u0301 *x*.",
])
NOISE = st.sampled_from([
    "", "", "A paragraph\nof two lines.", "| No. | Fee |\n|---|---|\n| 1. | 5 |\n| 2. | 6 |", "```\n# 9. no\n9. no\n```",
    "<!-- 9. no\n\n## 9. no\n-->", "> 9. quoted\n> 9.1 quoted", "Word[^1].\n\n[^1]: 9. A note", "Term\n:   9. Meaning",
    "* a bullet\n* another", "In 2024 we paid 3.5 million.", "<p align=\"right\">words</p>", "~~~\n**§9 no**\n~~~",
])
HEADS = {
    "marks": lambda n, name: (f"## {n}. {name}", str(n)),
    "escaped": lambda n, name: (f"### {n}\\. {name}", str(n)),
    "bold": lambda n, name: (f"**{n}. {name}**", str(n)),
    "paragraph sign": lambda n, name: (f"**§{n} {name}**", str(n)),
    "underlined": lambda n, name: (f"{n}. {name}\n--------", str(n)),
    "letters": lambda n, name: (f"## {chr(64 + n)}. {name}", chr(64 + n)),
    "bold letters": lambda n, name: (f"**{chr(64 + n)}. {name}**", chr(64 + n)),
    "articles": lambda n, name: (f"Article {n} - {name}", str(n)),
    "Spanish": lambda n, name: (f"## Cláusula {n}ª. {name}", str(n)),
    "Chinese": lambda n, name: (f"第{HAN[n - 1]}条 {name}", f"第{HAN[n - 1]}条"),
    "Arabic": lambda n, name: (f"المادة {ARABIC[n - 1]}: {name}", ARABIC[n - 1]),
    "Russian": lambda n, name: (f"Статья {n}. {name}", str(n)),
    "HTML": lambda n, name: (f"<h2>{n}. {name}</h2>", str(n)),
    "anchored": lambda n, name: (f"## <a id=\"x{n}\"></a>{n}. {name}", str(n)),
}
PARTS = {
    "none": lambda over, texts: [],
    "dotted": lambda over, texts: [(f"{over}.{k}. {text}\n", f"{over}.{k}") for k, text in enumerate(texts, 1)],
    "hard breaks": lambda over, texts: [(f"{over}.{k}. {text}  ", f"{over}.{k}") for k, text in enumerate(texts, 1)],
    "bold dotted": lambda over, texts: [(f"**{over}.{k}**\t{text}\n", f"{over}.{k}") for k, text in enumerate(texts, 1)],
    "items": lambda over, texts: [(f"{k}. {text}", f"{over}.{k}") for k, text in enumerate(texts, 1)],
    "brackets": lambda over, texts: [(f"({k}) {text}\n", f"{over}.{k}") for k, text in enumerate(texts, 1)],
    "small letters": lambda over, texts: [(f"{chr(96 + k)}) {text}", f"{over}.{chr(96 + k)}") for k, text in enumerate(texts, 1)],
    "all ones": lambda over, texts: [(f"1. {text}", f"{over}.{k}") for k, text in enumerate(texts, 1)],
    "nested": lambda over, texts: [
        row
        for k, text in enumerate(texts, 1)
        for row in (
            (f"{k}. {text}", f"{over}.{k}"), (f"   a. {text}", f"{over}.{k}.a"), (f"   b. {text}", f"{over}.{k}.b"),
        )
    ],
}
LATIN = {"dotted", "hard breaks", "bold dotted"}


@dataclass(frozen=True)
class Document:
    text: str
    numbers: list[str]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    head = HEADS[draw(st.sampled_from(sorted(HEADS)))]
    blocks, numbers = [draw(st.sampled_from(["", "# House rules", "Welcome.", "---", "House\n====="]))], []
    for n in range(1, draw(st.integers(1, 5)) + 1):
        line, number = head(n, draw(NAMES))
        blocks += [line, draw(NOISE)]
        numbers.append(number)
        kind = draw(st.sampled_from(sorted(PARTS)))
        texts = draw(st.lists(SENTENCES, min_size=2, max_size=3))
        rows = PARTS[kind](number if number.isascii() or kind not in LATIN else str(n), texts)
        blocks += ["\n".join(text for text, _ in rows), draw(NOISE)]
        numbers += [path for _, path in rows]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    start = draw(st.sampled_from(["", "\ufeff", "---\ntitle: House\n---\n", "+++\ntitle = \"House\"\n+++\n"]))
    body = "\n\n".join(block for block in blocks if block)
    return Document((start + body + draw(st.sampled_from(["", "\n"]))).replace("\n", end), numbers)


def adopted(text: str, earlier: PolicyText | None = None) -> tuple[str, PolicyText]:
    file, _ = adopt(text, language="en", earlier=earlier, **DAYS)  # type: ignore[arg-type]
    return file, read_policy(file)


@settings(max_examples=120)
@given(documents())
def test_every_numbered_unit_is_a_clause_and_nothing_is_lost(document: Document) -> None:
    file, policy = adopted(document.text)
    assert [clause.number for clause in policy.clauses if clause.number] == document.numbers
    assert original_text(file) == normalise(document.text)
    clauses = "".join(clause.text for clause in policy.clauses)
    assert split_front(file)[1].lstrip("\n") == clauses.lstrip("\n")
    assert normalise(document.text).endswith(clauses)
    assert len({clause.key for clause in policy.clauses}) == len(policy.clauses)


@settings(max_examples=30)
@given(documents())
def test_the_same_text_again_is_the_same_clauses(document: Document) -> None:
    first = adopted(document.text)[1]
    again = adopted(document.text, first)[1]
    assert [clause.key for clause in again.clauses] == [clause.key for clause in first.clauses]
    assert what_became(first.clauses, again.clauses) == []


@settings(max_examples=30)
@given(documents(), documents())
def test_any_next_version_says_what_became_of_each_clause(first: Document, second: Document) -> None:
    before = adopted(first.text)[1]
    after = adopted(second.text, before)[1]
    kept = {clause.key for clause in before.clauses} & {clause.key for clause in after.clauses}
    changes = what_became(before.clauses, after.clauses)
    told = {change.pair.before.key for change in changes if change.asked and change.pair.before}
    assert {clause.key for clause in before.clauses} - kept - {"opening"} <= told
