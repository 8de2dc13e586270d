"""The tagger joins its windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from stancekit.attribution.tagger import Tagger
from stancekit.attribution.tags import TAGS
from stancekit.text import read_document


class OneTagAWindow:
    """Says O for all of the first window it sees, and I-CUE for all of the next."""

    labels = TAGS

    def logits(self, batch: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        width = max(len(ids) for ids in batch)
        result = np.full((len(batch), width, len(TAGS)), -50.0, dtype=np.float32)
        for row, ids in enumerate(batch):
            # The first window begins with the word "one" (4).
            result[row, :, 0 if ids[1] == 4 else TAGS.index("I-CUE")] = 50.0
        return result


def tagger(max_length: int) -> Tagger:
    words = "<s> </s> <unk> . one two".split()
    made = Tokenizer(WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return Tagger(OneTagAWindow(), made, max_length=max_length, overlap=0.5)


def test_where_windows_overlap_the_one_with_more_context_weighs_more() -> None:
    # Three paragraphs of four tokens; a window holds two of them.
    document = read_document("one two two two\n\ntwo two two two\n\ntwo two two two")
    probabilities, offsets = tagger(10).probabilities(document)
    assert len(offsets) == 12
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(12))
    outside = probabilities[:, 0]
    assert outside[:4] == pytest.approx(1)
    assert outside[8:] == pytest.approx(0)
    # Tokens 4 to 7 are 3, 2, 1, 0 from the end of the first window, 0, 1, 2, 3 from the
    # beginning of the second.
    assert outside[4:8] == pytest.approx([4 / 5, 3 / 5, 2 / 5, 1 / 5])


def test_one_window_is_itself() -> None:
    probabilities, _ = tagger(40).probabilities(read_document("one two\n\ntwo two"))
    assert probabilities[:, 0] == pytest.approx(np.ones(4))
    assert tagger(40).probabilities(read_document(""))[0].shape == (0, len(TAGS))
