"""The shipped tiny CLIP, run by ONNX Runtime as a host runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")
Image = pytest.importorskip("PIL.Image")
ImageDraw = pytest.importorskip("PIL.ImageDraw")

from clip_tiny.preprocess import crop  # noqa: E402 (needs Pillow, whose absence skips this file)
from evaluate_clip import KINDS, Clip, read  # noqa: E402

FOLDER = Path(__file__).parent / "clip-tiny"
PICTURES = Path(__file__).parents[1] / "examples" / "images"
SHIPPED = ("letter.jpg", "captura.png", "poster.png", "recibo.jpg")


@pytest.fixture(scope="module")
def clip() -> Clip:
    return Clip(FOLDER)


@pytest.mark.parametrize("language", KINDS)
def test_shipped_pictures_find_their_kind(clip: Clip, language: str) -> None:
    crops = np.stack([read(PICTURES / name) for name in SHIPPED])
    scores = clip.images(crops) @ clip.texts(KINDS[language]).T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert scores.argmax(axis=0).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("captions", [("red circle", "blue square"), ("círculo vermelho", "quadrado azul")])
def test_bare_words_find_shapes(clip: Clip, captions: tuple[str, str]) -> None:
    circle = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(circle).ellipse((130, 80, 270, 220), (216, 34, 38))
    square = Image.new("RGB", (300, 500), (235, 235, 235))
    square.paste((36, 84, 206), (80, 180, 220, 320))
    scores = clip.images(np.stack([crop(circle), crop(square)])) @ clip.texts(captions).T
    assert scores.argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize("filling", ["end", "zero"])
def test_padding_changes_nothing(clip: Clip, filling: str) -> None:
    ids = clip.tokenizer.encode("um cartaz com um quadrado azul").ids
    padding = ids[-1] if filling == "end" else 0
    padded = np.array([ids + [padding] * (77 - len(ids))])
    alone, beside = (clip.text.run(None, {"input_ids": row})[0] for row in (np.array([ids]), padded))
    np.testing.assert_allclose(alone, beside, atol=1e-5)


def test_markers_are_the_last_ids(clip: Clip) -> None:
    size = clip.tokenizer.get_vocab_size()
    ids = clip.tokenizer.encode("Red  CIRCLE").ids
    assert (ids[0], ids[-1]) == (size - 2, size - 1)
    assert ids == clip.tokenizer.encode("red circle").ids


def test_any_text_has_ids(clip: Clip) -> None:
    ids = clip.tokenizer.encode("日本 🐱 42 don't").ids
    assert clip.tokenizer.token_to_id("<|endoftext|>") not in ids[:-1]


@pytest.mark.parametrize("name", ["vision_model.onnx", "text_model.onnx"])
def test_old_runtimes_can_read_the_graphs(name: str) -> None:
    model = onnx.load(FOLDER / name)
    assert (model.ir_version, [entry.version for entry in model.opset_import]) == (8, [17])


def test_preprocessing_is_clips() -> None:
    config = json.loads((FOLDER / "preprocessor_config.json").read_text())
    assert (config["size"], config["resample"]) == ({"shortest_edge": 224}, 3)
    assert config["crop_size"] == {"height": 224, "width": 224}
