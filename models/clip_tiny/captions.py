"""What a picture shows, what a caption claims, and the English and Portuguese templates that say it."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from .words import (
    COLOURS,
    SEEN_PAIRS,
    SHAPES,
    WORDS,
    english_article,
    english_pair,
    portuguese_article,
    portuguese_pair,
)

Pair = tuple[str, str]
Fact = tuple[str, ...]
LANGUAGES = ("en", "pt")
DOCUMENTS = ("letter", "screenshot", "poster", "receipt")
THEMES = ("dark", "light")

# People leave accents out of search words; some training captions do as well.
SHARE_WITHOUT_ACCENTS = 0.12

# {np}: bare noun phrase, {a}: the same with its article, {b}: a second one with its article, {w}: a drawn word.
_KINDS = {
    "en": {
        "letter": (
            "a scanned letter", "a letter", "letter", "scanned letter", "a scan of a letter",
            "a typed letter", "a scanned document", "a page of text",
        ),
        "screenshot": (
            "a screenshot", "screenshot", "a screenshot of a program", "a picture of a computer screen",
            "a screenshot of an application window", "an app on a screen",
        ),
        "dark screenshot": ("a dark screenshot", "a screenshot in dark mode", "a screenshot with a dark theme"),
        "light screenshot": ("a light screenshot", "a screenshot in light mode", "a screenshot with a light theme"),
        "poster": (
            "a poster", "poster", "a colourful poster", "a poster with shapes and words", "a picture of a poster",
        ),
        "receipt": (
            "a photo of a receipt", "a receipt", "receipt", "a shop receipt", "a photograph of a receipt",
            "photo of a receipt", "a till receipt",
        ),
    },
    "pt": {
        "letter": (
            "uma carta digitalizada", "uma carta", "carta", "carta digitalizada", "uma carta escaneada",
            "um documento digitalizado", "uma página de texto", "a digitalização de uma carta",
        ),
        "screenshot": (
            "uma captura de tela", "captura de tela", "captura de ecrã", "um print de tela", "a tela de um computador",
            "uma captura da tela de um programa", "uma captura de ecrã",
        ),
        "dark screenshot": ("uma captura de tela escura", "captura de tela em modo escuro", "tela com tema escuro"),
        "light screenshot": ("uma captura de tela clara", "captura de tela em modo claro", "tela com tema claro"),
        "poster": ("um cartaz", "cartaz", "um pôster", "um cartaz colorido", "um cartaz com formas e palavras"),
        "receipt": (
            "foto de um recibo", "um recibo", "recibo", "a foto de um recibo", "uma foto de um recibo",
            "um cupom fiscal", "o recibo de uma loja",
        ),
    },
}  # fmt: skip

_CONTENT = {
    "en": {
        "pair": (
            "{np}", "{np}", "{a}", "{a}", "the {np}", "a picture of {a}", "a drawing of {a}", "an image of {a}",
            "a photo of {a}", "there is {a}", "a picture with {a}",
        ),
        "two pairs": ("{a} and {b}", "a picture of {a} and {b}", "{a} next to {b}", "{a}, {b}"),
        "colour": ("{np}", "something {np}", "a {np} shape", "the colour {np}"),
        "shape": ("{np}", "{a}", "a drawing of {a}", "the shape of {a}"),
        "word": (
            'the word "{w}"', "the word {w}", '"{w}"', "{w}", "a sign that says {w}", 'a sign with the word "{w}"',
            "text that reads {w}",
        ),
        "poster pair": ("a poster with {a}", "poster with {a}", "a poster showing {a}", "{a} on a poster"),
    },
    "pt": {
        "pair": (
            "{np}", "{np}", "{a}", "{a}", "a imagem de {a}", "o desenho de {a}", "um desenho de {a}",
            "uma foto de {a}", "há {a}", "uma imagem com {a}", "a figura de {a}",
        ),
        "two pairs": ("{a} e {b}", "uma imagem de {a} e {b}", "{a} ao lado de {b}", "{a}, {b}"),
        "colour": ("{np}", "algo {np}", "a cor {np}", "uma figura da cor {np}"),
        "shape": ("{np}", "{a}", "o desenho de {a}", "a forma de {a}"),
        "word": (
            'a palavra "{w}"', "a palavra {w}", '"{w}"', "{w}", "uma placa que diz {w}",
            'uma placa com a palavra "{w}"', "um texto que diz {w}",
        ),
        "poster pair": ("um cartaz com {a}", "cartaz com {a}", "um pôster com {a}", "{a} em um cartaz"),
    },
}  # fmt: skip

TEMPLATES = {language: _KINDS[language] | _CONTENT[language] for language in LANGUAGES}


@dataclass(frozen=True)
class Scene:
    """What was drawn. `kind` is shape, shapes, sign or one of DOCUMENTS."""

    kind: str
    pairs: tuple[Pair, ...] = ()
    words: tuple[str, ...] = ()
    theme: str = ""

    def facts(self) -> frozenset[Fact]:
        """All that a true caption may claim."""
        facts: set[Fact] = {("kind", self.kind), ("theme", self.theme)}
        facts |= {("word", word) for word in self.words}
        for colour, shape in self.pairs:
            facts |= {("pair", colour, shape), ("colour", colour), ("shape", shape)}
        return frozenset(facts)


class Claim(NamedTuple):
    """What one caption says: a topic of the template tables and the things that fill it."""

    topic: str
    pairs: tuple[Pair, ...] = ()
    word: str = ""

    def facts(self) -> frozenset[Fact]:
        """What must be in a picture for the caption to be true of it."""
        topic = self.topic.split()
        facts: set[Fact] = {("kind", part) for part in topic if part in DOCUMENTS}
        facts |= {("theme", part) for part in topic if part in THEMES}
        if self.word:
            facts.add(("word", self.word))
        if self.topic == "colour":
            facts.add(("colour", self.pairs[0][0]))
        elif self.topic == "shape":
            facts.add(("shape", self.pairs[0][1]))
        else:
            facts |= {("pair", *pair) for pair in self.pairs}
        return frozenset(facts)


class Caption(NamedTuple):
    text: str
    facts: frozenset[Fact]


def caption_for(scene: Scene, rng: random.Random) -> Caption:
    """One true caption of the scene, in a random language and wording."""
    claim = _pick_claim(scene, rng)
    language = rng.choice(LANGUAGES)
    text = wording(claim, language, rng.choice(TEMPLATES[language][claim.topic]))
    if language == "pt" and rng.random() < SHARE_WITHOUT_ACCENTS:
        text = without_accents(text)
    return Caption(text, claim.facts())


def wording(claim: Claim, language: str, template: str) -> str:
    """The template filled with the claim's nouns."""
    nouns = [_noun(claim.topic, pair, language) for pair in claim.pairs]
    (bare, one), (_, two) = (*nouns, ("", ""), ("", ""))[:2]
    return template.format(np=bare, a=one, b=two, w=claim.word)


def without_accents(text: str) -> str:
    """`circulo` for `círculo`."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


def training_texts() -> Iterator[str]:
    """Every wording of every claim about seen pairs: what the tokenizer learns from."""
    for language in LANGUAGES:
        for claim in _all_claims():
            for template in TEMPLATES[language][claim.topic]:
                text = wording(claim, language, template)
                yield text
                if language == "pt":
                    yield without_accents(text)


def _pick_claim(scene: Scene, rng: random.Random) -> Claim:
    if scene.kind == "shape":
        topics = rng.choices(("pair", "colour", "shape"), (7, 1, 1.5))
        return Claim(topics[0], scene.pairs)
    if scene.kind == "shapes":
        pairs = tuple(rng.sample(scene.pairs, 2))
        return Claim("two pairs", pairs) if rng.random() < 0.5 else Claim("pair", pairs[:1])
    if scene.kind == "sign":
        return Claim("word", word=scene.words[0])
    if scene.kind == "poster":
        return _pick_poster_claim(scene, rng)
    if scene.theme and rng.random() < 0.35:
        return Claim(f"{scene.theme} {scene.kind}")
    return Claim(scene.kind)


def _pick_poster_claim(scene: Scene, rng: random.Random) -> Claim:
    """Titles are no topic: CLIP's centre crop cuts most of them off."""
    pair = (rng.choice(scene.pairs),)
    topic = rng.choices(("poster", "poster pair", "pair"), (2, 2, 1))[0]
    return Claim(topic, () if topic == "poster" else pair)


def _all_claims() -> Iterator[Claim]:
    for topic in _KINDS["en"]:
        yield Claim(topic)
    for topic in ("pair", "poster pair"):
        yield from (Claim(topic, (pair,)) for pair in SEEN_PAIRS)
    yield from (Claim("colour", ((colour, "circle"),)) for colour in COLOURS)
    yield from (Claim("shape", (("red", shape),)) for shape in SHAPES)
    yield from (Claim("word", word=word) for word in WORDS)
    # Enough to see the templates; all combinations would drown the rest.
    yield from (Claim("two pairs", two) for two in pairwise(SEEN_PAIRS))


def _noun(topic: str, pair: Pair, language: str) -> tuple[str, str]:
    """The noun phrase without and with its article."""
    colour, shape = pair
    if topic == "colour":
        name = colour if language == "en" else COLOURS[colour].masculine
        return name, name
    if language == "en":
        bare = shape if topic == "shape" else english_pair(colour, shape)
        return bare, english_article(bare)
    bare = SHAPES[shape].portuguese if topic == "shape" else portuguese_pair(colour, shape)
    return bare, f"{portuguese_article(shape)} {bare}"
