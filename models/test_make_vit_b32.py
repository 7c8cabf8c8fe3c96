"""The random ViT-B/32, with one layer instead of twelve to be quick."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
pytest.importorskip("PIL.Image")
tokenizers = pytest.importorskip("tokenizers")

import make_vit_b32  # noqa: E402 (needs onnx, whose absence skips this file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("vit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_vit_b32, "LAYERS", 1)
        patch.setattr(sys, "argv", ["make_vit_b32.py", str(out)])
        make_vit_b32.main()
    return out


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Of each pair of different rows."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return (unit @ unit.T)[np.triu_indices(len(unit), 1)]


def test_pictures_get_different_vectors(folder: Path) -> None:
    pixels = np.random.default_rng(1).standard_normal((3, 3, 224, 224), dtype=np.float32)
    session = onnxruntime.InferenceSession(folder / "vision_model.onnx")
    vectors = session.run(["image_embeds"], {"pixel_values": pixels})[0]
    assert vectors.shape == (3, 512)
    assert cosines(vectors).max() < 0.99


def test_texts_get_different_vectors_and_clips_ids(folder: Path) -> None:
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.get_vocab_size() == 49408
    tokenizer.enable_padding(pad_id=49407)
    ids = np.array([row.ids for row in tokenizer.encode_batch(["a red circle", "uma carta", "hello"])])
    assert set(ids[:, 0]) == {49406}
    session = onnxruntime.InferenceSession(folder / "text_model.onnx")
    vectors = session.run(["text_embeds"], {"input_ids": ids})[0]
    assert vectors.shape == (3, 512)
    assert cosines(vectors).max() < 0.99


def test_preprocessing_is_written(folder: Path) -> None:
    assert json.loads((folder / "preprocessor_config.json").read_text())["size"] == {"shortest_edge": 224}
