"""Prints the counts of the corpora in `fixtures/` as Markdown tables.

The tables of `fixtures/README.md` are its output:

    python scripts/fixture_counts.py
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
STANCE_SPLITS = ("train", "dev", "test")
ARTICLE_SPLITS = ("dev", "test")
LABELS = ("favor", "against", "none")
DEFAULT_TOPICS = ("peace-ukraine", "territory-ukraine", "nato-ukraine")

GROUPS = {
    "Ukraine: peace, territory, NATO": " ".join(DEFAULT_TOPICS),
    "War and peace elsewhere": """
        amnesty-for-rebels arms-embargo arms-saudi colombia-amnesty congo-peacekeepers
        gaza-ceasefire guarantees-ukraine hostage-deal karabakh-treaty kashmir-dialogue
        korea-peace liberia-court myanmar-talks peacekeeping preconditions prisoner-exchange
        rebel-talks sudan-truce tigray-pretoria veterans-amnesty weapons-ukraine yemen-roadmap""",
    "Territory and borders": """
        a-new-independence-referendum breakaway-region ceding-northern-province chagos-handover
        cyprus-federation essequibo kosovo-recognition kosovo-swap orlan-secession
        reopening-border taiwan-status teshk-buffer western-sahara""",
    "Alliances and defence": """
        armed-drones conscription defence-pact defence-spending european-army foreign-troops
        military-exercises nato-base nato-finland nato-georgia nato-leaving neutrality-ireland
        nuclear-disarmament space-weapons submarine-pact turkey-veto women-in-combat""",
    "Foreign relations and trade": """
        chip-controls cuba-embargo embassy-kabul eu-ukraine fishing-rights foreign-aid-cut
        herero-reparations rejoin-eu sanctions-iran sanctions-russia tariffs-ev
        the-free-trade-agreement-with-the-andean trade-mercosur un-veto visa-ban-russians""",
    "State, elections and rights": """
        a-burqa-ban a-digital-identity-card abolishing-monarchy affirmative-action banned-books
        blasphemy-law child-marriage far-right-coalition foreign-agents-law gender-quotas-parliament
        gender-self-id hate-speech-law headscarf-judges impeachment minister-resignation
        mosque-permit party-ban proportional-representation protest-ban public-inquiry referendums
        same-sex-marriage term-limits the-public-broadcaster-s-licence-fee
        the-slave-trader-s-statue-should-be-remo the-voting-age-should-be-lowered-to-16
        whistleblower-pardon extradition-whistleblower""",
    "Migration": """
        accepting-refugees birthright-citizenship border-wall citizenship-test
        deporting-rejected-asylum-seekers migration-pact reception-centre-in-village
        skilled-migration work-permits-asylum-seekers""",
    "Courts, police and crime": """
        bail-reform buying-sex-ban cannabis-legalisation consumption-room death-penalty gun-control
        jury-trials life-sentences nobody-should-go-to-prison-for-possessin police-body-cameras
        police-use-of-facial-recognition prison-building stop-and-search
        street-surveillance-cameras""",
    "Economy, taxes and companies": """
        a-wealth-tax airline-takeover austerity bank-bailout bitcoin-legal-tender board-quotas
        car-plant-closure cash-payments ceo-pay-cap chip-subsidies debt-brake digital-euro
        food-vat fuel-duty grocery-price-caps inheritance-tax interest-rate-cut payday-loans
        postal-cuts privatising-the-railways shops-should-be-allowed-to-open-on-sunda
        steel-nationalisation the-merger-of-halvorsen-bank-and-norlund universal-basic-income
        water-privatisation""",
    "Work": """
        ai-hiring delivery-riders-should-be-classified-as doctors-strike fathers-leave minimum-wage
        nurses-strike pensions-triple-lock return-to-office tech-union the-dockers-strike
        the-retirement-age-should-be-raised-to-6 the-working-week-should-be-cut-to-four-d tipping
        zero-hours-contracts""",
    "Climate and energy": """
        arctic-drilling carbon-capture carbon-tax climate-reparations coal-phase-out data-centre
        flight-tax fracking heat-pumps managed-retreat nuclear-plant-deal nuclear-power power-line
        solar-on-farmland the-dam-on-the-river the-sale-of-new-petrol-cars-should-be-ba
        wind-farms-off-the-coast""",
    "Nature, farming and food": """
        animal-testing badger-cull beavers bottle-deposit bottom-trawling caged-hens deep-sea-mining
        desalination farm-subsidies fox-hunting-should-stay-banned genetically-modified-crops
        glyphosate incinerator lab-grown-meat land-reform lithium-mine meat-tax
        neonicotinoid-pesticides-should-be-banne old-growth-logging plastic-bag-ban
        the-reintroduction-of-wolves water-rationing whaling""",
    "Health and bioethics": """
        a-sugar-tax abortion-pills alcohol-price an-opt-out-system-for-organ-donation
        closing-small-hospitals drug-prices editing-the-genes-of-human-embryos
        face-masks-should-be-compulsory-on-train fluoride gene-drives gp-fee
        health-insurers-should-pay-for-alternati ivf-funding legalising-assisted-dying lockdowns
        nurse-ratios obesity-drugs psychedelics-therapy smoking-should-be-banned-in-public-parks
        surrogacy vaccination-mandate vaccine-patents vape-ban""",
    "Schools and universities": """
        bilingual-schooling free-school-lunches grade-repetition later-school-start phones-in-school
        primary-schools-should-stop-setting-home private-schools school-meals school-prayer
        school-uniforms sex-education single-sex-schools standardised-tests student-loans
        students-should-be-allowed-to-use-artifi university-tuition-fees""",
    "Technology and science": """
        a-crewed-mission-to-mars ads-to-children ai-made-art ai-pause app-ban big-tech-breakup
        data-brokers driverless-taxis encryption-backdoors hack-back right-to-repair
        social-media-age social-media-users-should-have-to-regist telescope-mountain""",
    "Towns, housing and transport": """
        a-ban-on-private-fireworks a-congestion-charge a-new-airport-runway casino cruise-ships
        cycle-lanes e-scooters evictions-moratorium free-transit green-belt market-hall
        merger-of-towns mortgage-relief night-flights rent-control second-home-tax
        short-term-holiday-lets-should-be-banned social-housing the-high-speed-rail-line
        thirty-limit tourist-tax tram-line""",
    "Sport and culture": """
        bullfighting coach-sacking daylight-saving hosting-the-olympic-games museum-fees
        museums-should-return-looted-treasures-t stadium-subsidy video-referees
        world-cup-boycott""",
}


def topic_groups() -> dict[str, str]:
    """Topic slug to the name of its group."""
    return {slug: name for name, slugs in GROUPS.items() for slug in slugs.split()}


def read_stance(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The records of every split of the stance corpus."""
    return {
        split: [
            json.loads(line)
            for line in (folder / "stance" / f"{split}.jsonl").read_text("utf-8").splitlines()
        ]
        for split in STANCE_SPLITS
    }


def contrast_row(folder: Path, name: str) -> list[object]:
    """The counts of one of the sets with several targets a text."""
    lines = (folder / "stance" / f"{name}.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    labels = Counter(r["label"] for r in records)
    texts = by(records, lambda r: (r["text"], r.get("context")))
    twins = by(records, lambda r: (r["topic"], target_of(r)))
    return [
        name,
        len(records),
        *(labels[label] for label in LABELS),
        len(texts),
        len({target_of(r) for r in records}),
        len({r["topic"] for r in records}),
        sum("claim" in r for r in records),
        *(
            sum(len({r["label"] for r in of_one}) > 1 for of_one in groups.values())
            for groups in (texts, twins)
        ),
    ]


def contrast_tables(folder: Path) -> list[str]:
    """The table of the sets with several targets a text."""
    varied = ["texts with two labels", "targets with two labels"]
    head = ["set", "records", *LABELS, "texts", "targets", "topics", "claims", *varied]
    names = ("contrast", "pairs", "readings", "remarks", "disputes", "disputes-dev", "posts")
    rows = [contrast_row(folder, name) for name in names]
    return ["### Contrast set, pairs, readings, remarks, disputes and posts", table(head, rows)]


def read_articles(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The articles of every split, as parsed JSON."""
    return {
        split: [
            json.loads(path.read_text("utf-8"))
            for path in sorted((folder / "articles" / split).glob("*.json"))
        ]
        for split in ARTICLE_SPLITS
    }


def target_of(record: Mapping[str, Any]) -> str:
    """The noun phrase or the claim of a record."""
    return str(record.get("target") or record["claim"])


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, numbers to the right."""
    cells = [[f"{c:,}" if isinstance(c, int) else str(c) for c in row] for row in rows]
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join([" --- "] + [" ---: "] * (len(head) - 1)) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join(lines)


def label_rows(groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterable[list[object]]:
    """A row for every group: its name, its size, its labels."""
    for name, records in groups.items():
        labels = Counter(r["label"] for r in records)
        yield [name, len(records), *(labels[label] for label in LABELS)]


def by(records: Iterable[Mapping[str, Any]], key: Any) -> dict[str, list[Mapping[str, Any]]]:
    """Records under the value of ``key``, the largest group first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return dict(sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])))


def stance_tables(stance: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> list[str]:
    """The tables of the stance corpus."""
    every = [r for records in stance.values() for r in records]
    group_of = topic_groups()
    unknown = sorted({r["topic"] for r in every} - set(group_of))
    if unknown:
        raise SystemExit(f"topics without a group: {', '.join(unknown)}")

    splits = []
    for name, records in [*stance.items(), ("all", every)]:
        labels = Counter(r["label"] for r in records)
        splits.append(
            [
                name,
                len(records),
                *(labels[label] for label in LABELS),
                len({target_of(r) for r in records}),
                len({r["topic"] for r in records}),
                len({r["speaker"] for r in records}),
                sum("context" in r for r in records),
                sum("claim" in r for r in records),
            ]
        )
    lengths = sorted(len(r["text"].split()) for r in every)
    n = len(lengths)
    quartiles = ", ".join(str(lengths[n * k // 4]) for k in (1, 2, 3))
    wordings = tomllib.loads((folder / "stance" / "wordings.toml").read_text("utf-8"))["target"]
    labels_by_phenomenon = by(every, lambda r: r["phenomenon"])
    defaults = {
        f"{topic}, {split}": [r for r in stance[split] if r["topic"] == topic]
        for topic in DEFAULT_TOPICS
        for split in STANCE_SPLITS
    }
    grouped = by(every, lambda r: group_of[r["topic"]])
    group_rows = [
        [
            name,
            len({r["topic"] for r in records}),
            *(sum(group_of[r["topic"]] == name for r in stance[s]) for s in STANCE_SPLITS),
            len(records),
        ]
        for name, records in ((name, grouped[name]) for name in GROUPS)
    ]
    return [
        "### Stance corpus: splits",
        table(
            ["split", "records", *LABELS, "targets", "topics", "speakers", "context", "claims"],
            splits,
        ),
        f"Words of a text: {lengths[0]} to {lengths[-1]}, quartiles {quartiles}; "
        f"{sum(k < 10 for k in lengths) / n:.0%} under 10 words, "
        f"{sum(k > 30 for k in lengths) / n:.0%} over 30. "
        f"`wordings.toml` holds {len(wordings):,} targets.",
        "### Stance corpus: phenomena",
        table(["phenomenon", "records", *LABELS], label_rows(labels_by_phenomenon)),
        "### Stance corpus: topic groups",
        table(["group", "topics", *STANCE_SPLITS, "records"], group_rows),
        "### Stance corpus: the three default targets",
        table(["topic, split", "records", *LABELS], label_rows(defaults)),
    ]


def article_tables(articles: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """The tables of the article corpus."""
    every = [a for split in articles.values() for a in split]
    splits = []
    for name, some in [*articles.items(), ("all", every)]:
        words = sorted(len(a["text"].split()) for a in some)
        splits.append(
            [
                name,
                len(some),
                sum(words),
                f"{words[0]}–{words[-1]}",
                sum(len(a["statements"]) for a in some),
                sum(len(a["speakers"]) for a in some),
                sum(len(a["targets"]) for a in some),
            ]
        )

    def counted(key: str) -> str:
        columns = [*ARTICLE_SPLITS, "all"]
        counts = {
            split: Counter(s[key] for a in some for s in a["statements"])
            for split, some in [*articles.items(), ("all", every)]
        }
        rows = [[k, *(counts[c][k] for c in columns)] for k, _ in counts["all"].most_common()]
        return table([key, *columns], rows)

    stances: dict[str, Counter[str]] = {
        "a speaker, whole article": Counter(
            label for a in every for s in a["speakers"] for label in s.get("stances", {}).values()
        ),
        "a statement alone": Counter(
            s["stances"].get(t["id"], "none")
            for a in every
            for s in a["statements"]
            for t in a["targets"]
        ),
    }
    shown = Counter(
        number
        for a in every
        for number in {
            *a["constructions"],
            *(c for s in a["statements"] for c in s["constructions"]),
        }
    )
    per_line = 10
    numbers = [
        [f"**{n}** {shown[n]}" for n in range(first, min(first + per_line, 63))]
        for first in range(1, 63, per_line)
    ]
    construction_table = "\n".join(
        [
            "|" + "   |" * per_line,
            "|" + " --- |" * per_line,
            *("| " + " | ".join(row + [""] * (per_line - len(row))) + " |" for row in numbers),
        ]
    )
    return [
        "### Article corpus: splits",
        table(
            ["split", "articles", "words", "words each", "statements", "speakers", "targets"],
            splits,
        ),
        "### Article corpus: kinds",
        counted("kind"),
        "### Article corpus: modalities",
        counted("modality"),
        "### Article corpus: stances",
        table(["stance of", *LABELS], ([k, *(c[x] for x in LABELS)] for k, c in stances.items())),
        "### Article corpus: constructions",
        "Number of the construction and how many articles show it:",
        construction_table,
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, help="the folder (%(default)s)")
    folder = parser.parse_args(argv).fixtures
    blocks = [
        *stance_tables(read_stance(folder), folder),
        *contrast_tables(folder),
        *article_tables(read_articles(folder)),
    ]
    sys.stdout.write("\n\n".join(blocks) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
