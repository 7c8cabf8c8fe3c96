"""Writes a trained model as the directory that AION's CLIP room loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from clip_graph import text_model, vision_model

from .network import STEM, TinyClip, VisionTower
from .preprocess import processor_config


def write_directory(model: TinyClip, tokenizer: dict[str, Any], folder: Path) -> None:
    """`vision_model.onnx`, `text_model.onnx`, `tokenizer.json`, `preprocessor_config.json`."""
    heads = model.sizes.heads
    folder.mkdir(parents=True, exist_ok=True)
    vision = vision_model(_vision_weights(model.vision), STEM, heads, half=True, halve=True)
    text = text_model(_weights(model.text), heads, half=True)
    _write(folder / "vision_model.onnx", vision.SerializeToString(deterministic=True))
    _write(folder / "text_model.onnx", text.SerializeToString(deterministic=True))
    _write(folder / "tokenizer.json", _json(tokenizer, indent=0))
    _write(folder / "preprocessor_config.json", _json(processor_config(), indent=2))


def _vision_weights(tower: VisionTower) -> dict[str, np.ndarray]:
    """The tower's weights with each batch norm folded into the convolution before it."""
    fused = {
        f"stem.{index}": fuse_conv_bn_eval(conv, norm)
        for index, (conv, norm) in enumerate(zip(tower.stem, tower.stem_norms, strict=True))
    }
    weights = {name: values for name, values in _weights(tower).items() if not name.startswith("stem_norms")}
    for name, conv in fused.items():
        weights[f"{name}.weight"] = conv.weight.detach().numpy()
        weights[f"{name}.bias"] = conv.bias.detach().numpy()
    return weights


def _weights(tower: nn.Module) -> dict[str, np.ndarray]:
    linear = {f"{name}.weight" for name, module in tower.named_modules() if isinstance(module, nn.Linear)}
    state = {name: values.detach().numpy() for name, values in tower.state_dict().items()}
    # PyTorch keeps a linear layer as (out, in); the graph multiplies by (in, out).
    return {name: values.T if name in linear else values for name, values in state.items()}


def _json(value: dict[str, Any], indent: int) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    """In one step, so that a reader never sees half a file."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
