"""Texts in other languages are told apart, skipped by default, and analysed on request."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.language import language_of
from stancekit.testing import fake_pipeline

FIXTURES = Path(__file__).parents[2] / "fixtures"

# The same story in other languages: a bridge stays closed, shopkeepers object.
OTHERS = {
    "de": (
        "Der Bürgermeister sagte am Montag, die Brücke bleibe bis zum Frühjahr "
        "gesperrt. „Wir können keine weiteren Risiken eingehen“, erklärte er "
        "vor dem Stadtrat. Die Händler der Altstadt warnten dagegen vor leeren "
        "Läden und forderten eine Entschädigung."
    ),
    "fr": (
        "Le maire a déclaré lundi que le pont resterait fermé jusqu'au "
        "printemps. « Nous ne pouvons pas prendre d'autres risques », a-t-il "
        "expliqué devant le conseil. Les commerçants de la vieille ville "
        "craignent des magasins vides et demandent une indemnisation."
    ),
    "es": (
        "El alcalde dijo el lunes que el puente seguirá cerrado hasta la "
        "primavera. «No podemos correr más riesgos», explicó ante el concejo. "
        "Los comerciantes del centro temen que las tiendas queden vacías y "
        "piden una compensación."
    ),
    "it": (
        "Il sindaco ha detto lunedì che il ponte resterà chiuso fino alla "
        "primavera. «Non possiamo correre altri rischi», ha spiegato al "
        "consiglio. I negozianti del centro temono botteghe vuote e chiedono "
        "un risarcimento."
    ),
    "pt": (
        "O presidente da câmara disse na segunda-feira que a ponte ficará "
        "fechada até à primavera. «Não podemos correr mais riscos», explicou "
        "perante a assembleia. Os comerciantes do centro receiam lojas vazias "
        "e pedem uma indemnização."
    ),
    "nl": (
        "De burgemeester zei maandag dat de brug tot het voorjaar dicht "
        "blijft. „Wij kunnen geen nieuwe risico's nemen”, legde hij uit aan de "
        "raad. De winkeliers in de binnenstad vrezen lege winkels en eisen een "
        "vergoeding."
    ),
    "sv": (
        "Borgmästaren sade på måndagen att bron förblir stängd till våren. ”Vi "
        "kan inte ta fler risker”, förklarade han för fullmäktige. Handlarna i "
        "gamla stan fruktar tomma butiker och kräver ersättning."
    ),
    "pl": (
        "Burmistrz powiedział w poniedziałek, że most pozostanie zamknięty do "
        "wiosny. „Nie możemy ponosić dalszego ryzyka” – wyjaśnił radnym. Kupcy "
        "ze starego miasta obawiają się pustych sklepów i żądają odszkodowania."
    ),
    "ru": (
        "Мэр заявил в понедельник, что мост останется закрытым до весны. «Мы "
        "не можем больше рисковать», — объяснил он депутатам. Торговцы старого "
        "города опасаются пустых магазинов и требуют компенсации."
    ),
    "uk": (
        "Мер заявив у понеділок, що міст залишиться закритим до весни. «Ми не "
        "можемо більше ризикувати», — пояснив він депутатам. Торговці старого "
        "міста побоюються порожніх крамниць і вимагають компенсації."
    ),
    "tr": (
        "Belediye başkanı pazartesi günü köprünün bahara kadar kapalı "
        "kalacağını söyledi. “Daha fazla risk alamayız” diye açıkladı. Eski "
        "şehirdeki esnaf boş dükkânlardan korkuyor ve tazminat istiyor."
    ),
    "ar": (
        "قال رئيس البلدية يوم الاثنين إن الجسر سيبقى مغلقا حتى الربيع. وأوضح "
        "أمام المجلس: «لا يمكننا تحمل مزيد من المخاطر». ويخشى تجار المدينة "
        "القديمة من خلو المتاجر ويطالبون بتعويض."
    ),
    "zh": (
        "市长星期一表示，大桥将关闭到春天。他在议会上解释说：“我们不能再冒险了。”"
        "老城区的商户担心店铺冷清，要求赔偿。"
    ),
    "id": (
        "Wali kota mengatakan pada hari Senin bahwa jembatan itu akan tetap "
        "ditutup sampai musim semi. “Kami tidak bisa mengambil risiko lagi,” "
        "jelasnya di depan dewan. Para pedagang di kota tua khawatir toko "
        "mereka kosong dan meminta ganti rugi."
    ),
    "hi": (
        "महापौर ने सोमवार को कहा कि पुल वसंत तक बंद रहेगा। “हम और जोखिम नहीं "
        "उठा सकते,” उन्होंने परिषद को बताया। पुराने शहर के व्यापारी खाली "
        "दुकानों से डरते हैं और मुआवज़ा माँग रहे हैं।"
    ),
    "da": (
        "Borgmesteren sagde mandag, at broen forbliver lukket til foråret. »Vi "
        "kan ikke løbe flere risici«, forklarede han byrådet. De handlende i "
        "den gamle bydel frygter tomme butikker og kræver erstatning."
    ),
}
ENGLISH = (
    "The mayor said on Monday that the bridge would stay closed until spring. “We can't take "
    "any more risks,” he told the council. Shopkeepers fear for their trade."
)


def articles() -> list[str]:
    labelled = [json.loads(p.read_text("utf-8"))["text"] for p in FIXTURES.glob("articles/*/*")]
    return labelled + [p.read_text("utf-8") for p in FIXTURES.glob("examples/*.txt")]


@pytest.mark.parametrize(("code", "text"), OTHERS.items(), ids=OTHERS)
def test_other_languages(code: str, text: str) -> None:
    assert language_of(text) == code
    assert language_of(text.upper()) == code


def test_no_article_is_taken_for_another_language() -> None:
    texts = articles()
    assert len(texts) > 60
    assert {language_of(text) for text in texts} == {"en"}
    # Paragraph by paragraph, datelines and signatures among them.
    paragraphs = [p for text in texts for p in text.splitlines()]
    assert [p for p in paragraphs if language_of(p) != "en"] == []


def test_no_short_statement_is_taken_for_another_language() -> None:
    files = [FIXTURES / "stance" / f"{split}.jsonl" for split in ("train", "dev", "test")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    texts = {json.loads(line)["text"] for line in lines}
    assert len(texts) > 6000
    assert [text for text in texts if language_of(text) != "en"] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "“”",
        "Oui.",
        "Nein, danke",
        "说",
        "🙂" * 50,
        "1 2 3 " * 40,
        "\ud800" * 99,
        "Kyiv Mariupol",
    ],
)
def test_what_is_too_short_to_tell_counts_as_english(text: str) -> None:
    assert language_of(text) == "en"


def test_a_mixed_text_is_what_most_of_it_is_in() -> None:
    assert language_of(f"{ENGLISH} {ENGLISH} {OTHERS['de']}") == "en"
    assert language_of(f"{OTHERS['de']} {OTHERS['de']} “No comment,” he said.") == "de"


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_has_a_language(text: str) -> None:
    assert language_of(text).isalpha()


def test_by_default_the_report_says_why_it_is_empty(caplog: pytest.LogCaptureFixture) -> None:
    pipeline = fake_pipeline(targets=["a bridge"])
    text = OTHERS["de"] + " Ann Roe said no."
    reports = list(pipeline.run_many([ENGLISH, text, ENGLISH], ids=["a", "b", "c"]))
    assert [r.document.language for r in reports] == ["en", "de", "en"]
    assert reports[1].statements == () and reports[1].speakers == ()
    (skipped,) = reports[1].skipped
    assert (skipped.start, skipped.end) == (0, len(text))
    assert skipped.reason == "not in English (language code de)"
    assert reports[1].to_dict()["document"]["language"] == "de"
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("b: not in English (language code de): skipped")


def test_on_request_it_is_analysed_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    text = OTHERS["de"] + " Ann Roe said no."
    for pipeline, wish in (
        (fake_pipeline(targets=["a bridge"], any_language=True), None),
        (fake_pipeline(targets=["a bridge"]), True),
    ):
        caplog.clear()
        report = pipeline.run(text, any_language=wish)
        assert report.statements and not report.skipped
        assert report.document.language == "de"
        assert len(caplog.records) == 1


def test_the_identifier_is_not_loaded_for_plain_english() -> None:
    code = (
        "import sys\nfrom stancekit.language import language_of\n"
        f"assert language_of({ENGLISH!r}) == 'en' and 'py3langid' not in sys.modules\n"
        f"assert language_of({OTHERS['fr']!r}) == 'fr' and 'py3langid' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
