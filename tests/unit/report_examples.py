"""Reports about invented people, built by hand."""

from __future__ import annotations

from dataclasses import replace

from stancekit.text import read_document
from stancekit.types import (
    Kind,
    Modality,
    Report,
    Skipped,
    Span,
    Speaker,
    SpeakerSummary,
    StanceLabel,
    StanceScore,
    Statement,
    TargetRef,
)

HARBOUR = "\n\n".join(
    (
        "Harbour tunnel splits the council",
        "VELMORE — Mayor Ilse Brandt said on Monday that the city would build the harbour tunnel "
        '"whatever it costs". "We have waited for thirty years," she said. "We will not wait for '
        'thirty more."',
        "The Green Assembly rejected the plan. Its chairman, Tomas Rehák, told reporters that "
        "Brandt had promised residents that the old ferry would stay. He doubted the tunnel would "
        "ever open.",
        "Both leaders denied that talks about a carbon tax had failed, and asked the ministry for "
        "patience.",
        "“Nobody has asked the fishermen,” said Oddný Ferrari-Lindqvist, who speaks for the "
        "harbour's crews. According to a study, the tunnel would cut traffic by a fifth.\n",
    )
)

TARGETS = (
    TargetRef(
        "tunnel",
        "building the harbour tunnel",
        ("{speaker} wants the tunnel built.", "Unlike others, {speaker} would pay for it."),
        ("{speaker} is against the tunnel.",),
    ),
    TargetRef("ferry", "keeping the old ferry"),
    TargetRef("carbon-tax", "a carbon tax"),
)


def stance(score: float, none: float = 0.1) -> StanceScore:
    """A stance with this favor minus against."""
    rest = 1 - none
    favor, against = (rest + score) / 2, (rest - score) / 2
    label: StanceLabel = "favor" if score > 0 else "against"
    if none >= max(favor, against):
        label = "none"
    return StanceScore(label, favor, against, none)


NEUTRAL = StanceScore("none", 0.04, 0.03, 0.93)


def span(text: str, words: str, nth: int = 0) -> Span:
    """The nth place where these words stand."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return Span(start, start + len(words), words)


def statement(
    text: str,
    id: str,
    contents: list[str | Span],
    *,
    source: str | Span | None = None,
    cue: str | Span | None = None,
    kind: Kind = "indirect",
    modality: Modality = "asserted",
    confidence: float = 0.9,
    speaker: Speaker | None = None,
    stances: dict[str, StanceScore] | None = None,
) -> Statement:
    """A statement whose spans are named by their words."""

    def find(words: str | Span | None) -> Span | None:
        return span(text, words) if isinstance(words, str) else words

    found = [find(words) for words in contents]
    return Statement(
        id=id,
        contents=tuple(s for s in found if s is not None),
        source=find(source),
        cue=find(cue),
        kind=kind,
        modality=modality,
        confidence=confidence,
        speaker=speaker,
        stances=stances or {},
    )


def harbour() -> Report:
    """All kinds, a joint speaker, nested and overlapping statements, one without a speaker."""
    text = HARBOUR
    brandt = Speaker("brandt", "Ilse Brandt", "person", (span(text, "Mayor Ilse Brandt"),))
    rehak = Speaker("rehak", "Tomas Rehák", "person", (span(text, "Tomas Rehák"),))
    greens = Speaker("greens", "Green Assembly", "organization", (span(text, "Green Assembly"),))
    both = Speaker(
        "both", "Both leaders", "group", (span(text, "Both leaders"),), ("brandt", "rehak")
    )
    crews = Speaker("oddny", "Oddný Ferrari-Lindqvist", "person")
    first = 'the city would build the harbour tunnel "whatever it costs"'
    brandt_again = text.index("Brandt had")
    promised = "residents that the old ferry would stay"
    statements = (
        statement(
            text,
            "s1",
            [first],
            source="Mayor Ilse Brandt",
            cue="said",
            kind="mixed",
            confidence=0.97,
            speaker=brandt,
            stances={"tunnel": stance(0.88, 0.04), "ferry": NEUTRAL, "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s2",
            ['"We have waited for thirty years,"', '"We will not wait for thirty more."'],
            source="she",
            cue=span(text, "said", 1),
            kind="direct",
            confidence=0.95,
            speaker=brandt,
            stances={"tunnel": stance(0.61, 0.2), "ferry": NEUTRAL, "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s3",
            ["the plan"],
            source="The Green Assembly",
            cue="rejected",
            modality="refused",
            confidence=0.71,
            speaker=greens,
            stances={"tunnel": stance(-0.93, 0.02), "ferry": NEUTRAL, "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s4",
            [f"Brandt had promised {promised}"],
            source="Its chairman, Tomas Rehák",
            cue="told",
            confidence=0.88,
            speaker=rehak,
            stances={"tunnel": NEUTRAL, "ferry": stance(0.42, 0.3), "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s5",
            [promised],
            source=Span(brandt_again, brandt_again + 6, "Brandt"),
            cue="promised",
            modality="wanted",
            confidence=0.64,
            speaker=brandt,
            stances={"tunnel": NEUTRAL, "ferry": stance(0.79, 0.1), "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s6",
            ["the tunnel would ever open"],
            source="He",
            cue="doubted",
            modality="doubted",
            confidence=0.83,
            speaker=rehak,
            stances={"tunnel": stance(-0.55, 0.2), "ferry": NEUTRAL, "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s7",
            ["talks about a carbon tax had failed"],
            source="Both leaders",
            cue="denied",
            modality="denied",
            confidence=0.9,
            speaker=both,
            stances={"tunnel": NEUTRAL, "ferry": NEUTRAL, "carbon-tax": stance(0.33, 0.3)},
        ),
        statement(
            text,
            "s8",
            ["the ministry for patience"],
            source="Both leaders",
            cue="asked",
            modality="asked",
            confidence=0.58,
            speaker=both,
            stances={"tunnel": NEUTRAL, "ferry": NEUTRAL, "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s9",
            ["“Nobody has asked the fishermen,”"],
            source="Oddný Ferrari-Lindqvist, who speaks for the harbour's crews",
            cue=span(text, "said", 2),
            kind="direct",
            confidence=0.99,
            speaker=crews,
            stances={"tunnel": NEUTRAL, "ferry": NEUTRAL, "carbon-tax": NEUTRAL},
        ),
        statement(
            text,
            "s10",
            ["the tunnel would cut traffic by a fifth"],
            cue="According to",
            confidence=0.77,
            stances={"tunnel": stance(0.5, 0.3), "ferry": NEUTRAL, "carbon-tax": NEUTRAL},
        ),
    )
    summaries = (
        SpeakerSummary("brandt", "tunnel", "favor", 0.745, 0.52, 0.93, ("s1", "s2")),
        SpeakerSummary("brandt", "ferry", "favor", 0.79, 0.31, 0.98, ("s5",)),
        SpeakerSummary("brandt", "carbon-tax", "favor", 0.33, -0.12, 0.7, ("s7",)),
        SpeakerSummary("greens", "tunnel", "against", -0.93, -1.0, -0.66, ("s3",)),
        SpeakerSummary("rehak", "tunnel", "against", -0.55, -0.86, -0.08, ("s6",)),
        SpeakerSummary("rehak", "ferry", "favor", 0.42, -0.1, 0.8, ("s4",)),
        SpeakerSummary("rehak", "carbon-tax", "none", 0.004, -0.4, 0.41, ("s7",)),
    )
    return Report(
        document=read_document(text, id="harbour.txt"),
        targets=TARGETS,
        statements=statements,
        speakers=(brandt, greens, rehak, both, crews),
        summaries=summaries,
        models={"attribution": "bundled", "stance": "bundled"},
        version="0.1.0",
    )


def empty(text: str = "Nothing was said here.") -> Report:
    """An article without statements."""
    return Report(read_document(text, id="quiet.txt"), TARGETS, (), (), (), version="0.1.0")


HOSTILE = (
    "<script>alert('x')</script> said <b>Mr & Mrs \"Quote\"</b>\r\n\r\n"
    '=HYPERLINK("http://evil.example") said {{ 7 * 7 }} ]]> <!-- \x1b[31mred\x00 \u202eabc'
    " \ud800 </article></div>\r\n\r\n  indented\ttab\n\n\n\nend\r\n"
)


def hostile() -> Report:
    """Markup, formulas and control characters wherever a text can be."""
    text = HOSTILE
    evil = Speaker("<i>", "</span><script>alert(1)</script>", "unknown", (span(text, "Mr & Mrs"),))
    target = TargetRef(
        '"><img src=x onerror=alert(1)>',
        "<img src=x onerror='alert(2)'>",
        ("</script><script>alert(3)</script>{speaker}<img src=x onerror=alert(4)>",),
        ("{speaker} <b>{speaker}</b> {{ 7 * 7 }}",),
    )
    made = statement(
        text,
        "s<1>",
        ["<script>alert('x')</script>", '=HYPERLINK("http://evil.example")'],
        source='<b>Mr & Mrs "Quote"</b>',
        cue="said",
        speaker=evil,
        stances={target.id: stance(0.9, 0.05)},
    )
    formula = statement(
        text, "s2", ['=HYPERLINK("http://evil.example")'], cue=span(text, "said", 1)
    )
    return Report(
        document=replace(read_document(text), id="=cmd|' /C calc'!A0<script>"),
        targets=(target,),
        statements=(made, formula),
        speakers=(evil,),
        summaries=(SpeakerSummary(evil.id, target.id, "favor", 0.9, 0.8, 1.0, (made.id,)),),
        skipped=(Skipped(len(text) - 6, len(text), "<script>"),),
        models={"stance": "<script>"},
        version="0.1.0",
    )


def crossing() -> Report:
    """Spans that overlap without nesting, share a source, and cross paragraphs."""
    text = "Ann and Bo said yes it is so.\n\nIt is so, they added, and more so.\r\nEnd."
    ann, bo = Speaker("a", "Ann"), Speaker("b", "Bo")

    def at(start: int, end: int) -> Span:
        return Span(start, end, text[start:end])

    statements = (
        Statement("s1", (at(16, 40),), source=at(0, 10), cue=at(11, 15), speaker=ann),
        Statement("s2", (at(20, 24), at(33, 60)), source=at(0, 10), speaker=bo, kind="direct"),
        Statement("s3", (at(16, 40),), source=at(4, 15), cue=at(11, 15), kind="mixed"),
        Statement("s4", (at(len(text) - 8, len(text) + 50),), speaker=bo),
    )
    return Report(read_document(text, id="x"), (), statements, (ann, bo), (), version="0.1.0")
