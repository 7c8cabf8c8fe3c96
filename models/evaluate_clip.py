"""Judges an exported CLIP directory on pictures that training never saw, through ONNX Runtime.

    python models/evaluate_clip.py models/clip-tiny --pictures examples/images

Prints Markdown tables. Needs numpy, pillow, tokenizers, onnxruntime.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from tokenizers import Tokenizer

from clip_tiny.captions import DOCUMENTS, THEMES, Pair, without_accents
from clip_tiny.corpus import Corpus, draw_corpus
from clip_tiny.preprocess import crop, pixel_values
from clip_tiny.words import (
    ALL_PAIRS,
    SEEN_PAIRS,
    UNSEEN_PAIRS,
    WORDS,
    english_article,
    english_pair,
    portuguese_article,
    portuguese_pair,
)

TEST_SEED = 20_011
BATCH = 32

FORMS: dict[str, Callable[[Pair], str]] = {
    "a red circle": lambda pair: english_article(english_pair(*pair)),
    "red circle": lambda pair: english_pair(*pair),
    "um círculo vermelho": lambda pair: f"{portuguese_article(pair[1])} {portuguese_pair(*pair)}",
    "círculo vermelho": lambda pair: portuguese_pair(*pair),
    "circulo vermelho": lambda pair: without_accents(portuguese_pair(*pair)),
}
KINDS = {
    "English": ("a scanned letter", "a screenshot", "a poster", "a photo of a receipt"),
    "Portuguese": ("uma carta digitalizada", "uma captura de tela", "um cartaz", "foto de um recibo"),
}
THEME_CAPTIONS = {
    "English": ("a dark screenshot", "a light screenshot"),
    "Portuguese": ("uma captura de tela escura", "uma captura de tela clara"),
}
WORD_CAPTIONS = {"English": 'the word "{}"', "Portuguese": 'a palavra "{}"'}
POSTER_CAPTIONS = {
    "English": lambda pair: f"a poster with {english_article(english_pair(*pair))}",
    "Portuguese": lambda pair: f"um cartaz com {portuguese_article(pair[1])} {portuguese_pair(*pair)}",
}
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif"}


class Clip:
    """The exported towers as a host runs them."""

    def __init__(self, folder: Path) -> None:
        self.vision = onnxruntime.InferenceSession(folder / "vision_model.onnx")
        self.text = onnxruntime.InferenceSession(folder / "text_model.onnx")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def images(self, crops: np.ndarray) -> np.ndarray:
        """Unit vectors of cropped pictures."""
        parts = [crops[start : start + BATCH] for start in range(0, len(crops), BATCH)]
        return _unit(np.concatenate([self.vision.run(None, {"pixel_values": pixel_values(p)})[0] for p in parts]))

    def texts(self, captions: Sequence[str]) -> np.ndarray:
        """Unit vectors of captions, one by one: no padding is involved."""
        rows = [np.array([self.tokenizer.encode(caption).ids]) for caption in captions]
        return _unit(np.concatenate([self.text.run(None, {"input_ids": row})[0] for row in rows]))


def read(path: Path) -> np.ndarray:
    """The crop of a picture file, upright as its camera noted."""
    with Image.open(path) as picture:
        return crop(ImageOps.exif_transpose(picture))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--pictures", type=Path, help="a folder of pictures to caption as well")
    options = parser.parse_args()
    clip = Clip(options.model)
    report_pairs(clip)
    report_documents(clip)
    if options.pictures:
        report_files(clip, options.pictures)


def report_pairs(clip: Clip) -> None:
    """Shape and colour: picture → caption among all 72, and caption → picture among all test pictures."""
    seen = draw_corpus(TEST_SEED, {"shape": 620}, SEEN_PAIRS)
    unseen = draw_corpus(TEST_SEED + 1, {"shape": 300}, tuple(sorted(UNSEEN_PAIRS)))
    vectors = clip.images(np.concatenate([seen.crops, unseen.crops]))
    truth = [scene.pairs[0] for scene in seen.scenes + unseen.scenes]
    known = np.array([pair in SEEN_PAIRS for pair in truth])
    print(f"| wording | picture → caption, seen pairs ({known.sum()}) | unseen pairs ({(~known).sum()}) |", end="")
    print(" caption → picture, seen pairs (62) | unseen pairs (10) |\n|---|---|---|---|---|")
    asked = np.array([pair in SEEN_PAIRS for pair in ALL_PAIRS])
    for name, form in FORMS.items():
        scores = vectors @ clip.texts([form(pair) for pair in ALL_PAIRS]).T
        right = np.array([ALL_PAIRS[best] == pair for best, pair in zip(scores.argmax(1), truth, strict=True)])
        found = np.array([truth[best] == pair for best, pair in zip(scores.argmax(0), ALL_PAIRS, strict=True)])
        cells = (right[known], right[~known], found[asked], found[~asked])
        print(f"| {name} | " + " | ".join(_percent(cell) for cell in cells) + " |")


def report_documents(clip: Clip) -> None:
    """Kinds of document, themes of screenshots, shapes on posters, words on signs."""
    counts = {"letter": 60, "screenshot": 100, "poster": 100, "receipt": 60, "sign": 300}
    corpus = draw_corpus(TEST_SEED, counts, SEEN_PAIRS)
    new = draw_corpus(TEST_SEED + 1, {"poster": 100}, tuple(sorted(UNSEEN_PAIRS)))
    vectors, kinds = clip.images(corpus.crops), np.array([scene.kind for scene in corpus.scenes])
    documents, screens, signs = np.isin(kinds, DOCUMENTS), kinds == "screenshot", kinds == "sign"
    print("\n| picture → caption | English | Portuguese |\n|---|---|---|")
    _print_choice(clip, "kind of document", vectors[documents], [DOCUMENTS.index(k) for k in kinds[documents]], KINDS)
    themes = [THEMES.index(scene.theme) for scene in corpus.scenes if scene.kind == "screenshot"]
    _print_choice(clip, "dark or light screenshot", vectors[screens], themes, THEME_CAPTIONS)
    words = [WORDS.index(scene.words[0]) for scene in corpus.scenes if scene.kind == "sign"]
    captions = {language: [form.format(word) for word in WORDS] for language, form in WORD_CAPTIONS.items()}
    _print_choice(clip, f"which of {len(WORDS)} words", vectors[signs], words, captions)
    _print_bindings(clip, draw_corpus(TEST_SEED, {"shapes": 300}, SEEN_PAIRS))
    _print_posters(clip, "caption → poster, seen pairs", corpus)
    _print_posters(clip, "caption → poster, unseen pairs", new)


def report_files(clip: Clip, folder: Path) -> None:
    """The captions that win on pictures from a folder, of all kinds, pairs and words."""
    captions = [caption for language in ("English", "Portuguese") for caption in KINDS[language]]
    for forms in (FORMS["a red circle"], FORMS["um círculo vermelho"], *POSTER_CAPTIONS.values()):
        captions += map(forms, ALL_PAIRS)
    captions += [form.format(word) for form in WORD_CAPTIONS.values() for word in WORDS]
    texts = clip.texts(captions)
    print(f"\n| file | the best of {len(captions)} captions |\n|---|---|")
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES):
        scores = texts @ clip.images(read(path)[None])[0]
        best = [f"{captions[index]} ({scores[index]:.2f})" for index in scores.argsort()[::-1][:4]]
        print(f"| {path.name} | {', '.join(best)} |")


def _print_choice(
    clip: Clip, name: str, vectors: np.ndarray, truth: Sequence[int], captions: dict[str, Sequence[str]]
) -> None:
    cells = []
    for choices in captions.values():
        picked = (vectors @ clip.texts(choices).T).argmax(1)
        cells.append(_percent(picked == np.array(truth)))
    print(f"| {name} ({len(truth)}) | {' | '.join(cells)} |")


def _print_bindings(clip: Clip, corpus: Corpus) -> None:
    """Whether each of two shapes keeps its own colour: the true pairs together against the exchanged ones."""
    two = [(scene.pairs, vector) for scene, vector in zip(corpus.scenes, clip.images(corpus.crops), strict=True)]
    two = [((a, b), vector) for (a, b), vector in two if a[0] != b[0] and a[1] != b[1]]
    cells = []
    for form in (FORMS["a red circle"], FORMS["um círculo vermelho"]):
        texts = dict(zip(ALL_PAIRS, clip.texts([form(pair) for pair in ALL_PAIRS]), strict=True))
        margins = [vector @ (texts[a] + texts[b] - texts[a[0], b[1]] - texts[b[0], a[1]]) for (a, b), vector in two]
        cells.append(_percent(np.array(margins) > 0))
    print(f"| which of two shapes has which colour ({len(two)}) | {' | '.join(cells)} |")


def _print_posters(clip: Clip, name: str, corpus: Corpus) -> None:
    """Whether the best poster for each pair that is on one does show it."""
    index = [number for number, scene in enumerate(corpus.scenes) if scene.kind == "poster"]
    vectors = clip.images(corpus.crops[index])
    shown = [corpus.scenes[number].pairs for number in index]
    asked = sorted({pair for pairs in shown for pair in pairs})
    cells = []
    for form in POSTER_CAPTIONS.values():
        best = (vectors @ clip.texts([form(pair) for pair in asked]).T).argmax(0)
        cells.append(_percent(np.array([pair in shown[number] for pair, number in zip(asked, best, strict=True)])))
    print(f"| {name} ({len(asked)}) | {' | '.join(cells)} |")


def _percent(hits: np.ndarray) -> str:
    return f"{100 * hits.mean():.1f} %"


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
