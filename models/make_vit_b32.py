"""Makes a CLIP ViT-B/32 directory of full size with seeded random weights, for benches and tests.

    python models/make_vit_b32.py target/models/vit-b32-random [--int8] [--tokenizer tokenizer.json]

Layers, widths and names are those of the real model, so time and memory are as well; the vectors mean nothing, but
differ from input to input. Needs numpy and onnx; --int8 needs onnxruntime.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from itertools import count, islice, product
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import onnx

from clip_graph import Convolution, text_model, vision_model
from clip_tiny.preprocess import processor_config
from clip_tiny.tokenizer_file import CONTEXT_LENGTH, WORD_END, Merge, tokenizer_json

PATCH = 32
TOKENS = 50  # 7 × 7 patches and the class token
EMBEDDING = 512
LAYERS = 12
VISION_WIDTH, VISION_HEADS = 768, 12
TEXT_WIDTH, TEXT_HEADS = 512, 8
VOCABULARY = 49408
MEAN_REMOVED = np.float32(0.95)

Weights = dict[str, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--int8", action="store_true", help="also write *_int8.onnx (dynamic, per channel)")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer.json to copy; else one of the same size is made")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    vision = vision_model(vision_weights(rng), [Convolution(PATCH, PATCH, 0)], VISION_HEADS)
    _save(vision, options.out / "vision_model.onnx", options.int8)
    _save(text_model(text_weights(rng), TEXT_HEADS), options.out / "text_model.onnx", options.int8)
    _write_json(options.out / "preprocessor_config.json", processor_config())
    if options.tokenizer:
        shutil.copyfile(options.tokenizer, options.out / "tokenizer.json")
    else:
        _write_json(options.out / "tokenizer.json", tokenizer_json(filler_merges()))


def vision_weights(rng: np.random.Generator) -> Weights:
    """The vision tower: one 32×32 patch convolution without bias, 12 blocks, projection."""
    patches = _normal(rng, (VISION_WIDTH, 3, PATCH, PATCH), 3 * PATCH * PATCH)
    # Filters that mostly answer to contrast, as trained ones do: else all bright pages get nearly one vector.
    patches -= MEAN_REMOVED * patches.mean(axis=(2, 3), keepdims=True)
    weights = {
        "stem.0.weight": patches,
        "class_token": _normal(rng, (VISION_WIDTH,), VISION_WIDTH),
        "positions": _normal(rng, (TOKENS, VISION_WIDTH), VISION_WIDTH),
        **_norm("norm_pre", VISION_WIDTH),
    }
    return weights | _blocks(rng, VISION_WIDTH)


def text_weights(rng: np.random.Generator) -> Weights:
    """The text tower: 49408 tokens, 77 positions, 12 blocks, projection."""
    weights = {
        "tokens": _normal(rng, (VOCABULARY, TEXT_WIDTH), TEXT_WIDTH),
        "positions": _normal(rng, (CONTEXT_LENGTH, TEXT_WIDTH), TEXT_WIDTH),
    }
    return weights | _blocks(rng, TEXT_WIDTH)


def filler_merges() -> list[Merge]:
    """As many merges as CLIP has, of letters: every word gets some ids, and the end markers get CLIP's own."""
    return list(islice(_letter_merges(), VOCABULARY - 2 * 256 - 2))


def _letter_merges() -> Iterator[Merge]:
    """All pieces of two letters, then all of three, and so on, each inside a word and at its end."""
    lasts = [*ascii_lowercase, *(letter + WORD_END for letter in ascii_lowercase)]
    for length in count(1):
        for letters in product(ascii_lowercase, repeat=length):
            yield from (("".join(letters), last) for last in lasts)


def _blocks(rng: np.random.Generator, width: int) -> Weights:
    weights: Weights = {}
    for layer in range(LAYERS):
        name = f"blocks.{layer}"
        weights |= _norm(f"{name}.norm1", width) | _norm(f"{name}.norm2", width)
        for part, inputs, outputs in (("qkv", 1, 3), ("out", 1, 1), ("up", 1, 4), ("down", 4, 1)):
            # One over the square root of the inputs keeps the signal alive through all layers: with the smaller
            # scale that training starts from, the class token hears little of the patches and all vectors agree.
            weights[f"{name}.{part}.weight"] = _normal(rng, (inputs * width, outputs * width), inputs * width)
            weights[f"{name}.{part}.bias"] = np.zeros(outputs * width, np.float32)
    return weights | _norm("norm_post", width) | {"projection": _normal(rng, (width, EMBEDDING), width)}


def _norm(name: str, width: int) -> Weights:
    return {f"{name}.weight": np.ones(width, np.float32), f"{name}.bias": np.zeros(width, np.float32)}


def _normal(rng: np.random.Generator, shape: tuple[int, ...], inputs: int) -> np.ndarray:
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(inputs**-0.5)


def _save(model: onnx.ModelProto, path: Path, int8: bool) -> None:
    onnx.save(model, path)
    if int8:
        from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 (needed for this option only)

        target = path.with_name(f"{path.stem}_int8.onnx")
        quantize_dynamic(path, target, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
