"""Exports of CLIP in other layouts than the one that ships: one graph for both, other names, fixed shapes."""

from __future__ import annotations

import pathlib
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, compose, helper

import aion
from conftest import CLIP, IMAGES

PICTURES = [IMAGES / "poster.png", IMAGES / "captura.png", IMAGES / "recibo.jpg"]
TEXTS = ["a red circle", "uma captura de ecrã", "a photo of a receipt with many more words"]


@pytest.fixture(scope="module")
def split() -> aion.Aion:
    return aion.Aion(clip_model=CLIP)


def tower(name: str) -> onnx.ModelProto:
    return onnx.load(CLIP / f"{name}_model.onnx")


def save(model: onnx.ModelProto, directory: pathlib.Path, name: str = "model.onnx") -> pathlib.Path:
    directory.mkdir(exist_ok=True)
    onnx.save(model, directory / name)
    for file in ("tokenizer.json", "preprocessor_config.json"):
        shutil.copy(CLIP / file, directory)
    return directory


def rename(model: onnx.ModelProto, names: dict[str, str]) -> onnx.ModelProto:
    """Give inputs and outputs other names."""
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for port in [*model.graph.input, *model.graph.output]:
        port.name = names.get(port.name, port.name)
    return model


def fix(port: onnx.ValueInfoProto, *shape: int) -> None:
    for dimension, size in zip(port.type.tensor_type.shape.dim, shape, strict=True):
        dimension.dim_value = size


def assert_same(one: aion.Aion, other: aion.Aion) -> None:
    np.testing.assert_allclose(one.embed_clip(PICTURES), other.embed_clip(PICTURES), atol=1e-5)
    np.testing.assert_allclose(one.embed_clip_text(TEXTS), other.embed_clip_text(TEXTS), atol=1e-5)


def both_towers() -> onnx.ModelProto:
    model = compose.merge_models(tower("vision"), compose.add_prefix(tower("text"), "t_"), io_map=[])
    rename(model, {"t_input_ids": "input_ids", "t_text_embeds": "text_embeds"})
    # transformers' exports want a mask and put the logits first.
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "sequence"])
    logits = helper.make_tensor_value_info("logits_per_image", TensorProto.FLOAT, None)
    shape = helper.make_tensor_value_info("mask_shape", TensorProto.INT64, [2])
    model.graph.input.append(mask)
    model.graph.node.append(helper.make_node("Transpose", ["text_embeds"], ["turned"], perm=[1, 0]))
    model.graph.node.append(helper.make_node("MatMul", ["image_embeds", "turned"], ["logits_per_image"]))
    model.graph.node.append(helper.make_node("Shape", ["attention_mask"], ["mask_shape"]))
    model.graph.output.insert(0, logits)
    model.graph.output.append(shape)
    return model


@pytest.mark.parametrize("place", ["model.onnx", "onnx/model.onnx"])
def test_one_graph_for_both_towers(split: aion.Aion, tmp_path: pathlib.Path, place: str) -> None:
    directory = save(both_towers(), tmp_path)
    if place != "model.onnx":
        (directory / "onnx").mkdir()
        (directory / "model.onnx").rename(directory / place)
    assert_same(split, aion.Aion(clip_model=directory))
    if place == "model.onnx":
        assert_same(split, aion.Aion(clip_model=directory / place))


def test_an_image_tower_alone_by_the_names_of_the_prototype(split: aion.Aion, tmp_path: pathlib.Path) -> None:
    model = rename(tower("vision"), {"pixel_values": "image", "image_embeds": "emb"})
    handle = aion.Aion(clip_model=save(model, tmp_path) / "model.onnx")
    np.testing.assert_allclose(handle.embed_clip(PICTURES), split.embed_clip(PICTURES), atol=1e-5)
    with pytest.raises(aion.NotConfiguredError, match="text tower"):
        handle.embed_clip_text("a red circle")


def test_ports_of_unknown_names_are_found_by_their_shape(split: aion.Aion, tmp_path: pathlib.Path) -> None:
    directory = save(
        rename(tower("vision"), {"pixel_values": "x", "image_embeds": "y"}), tmp_path, "vision_model.onnx"
    )
    save(rename(tower("text"), {"input_ids": "a", "text_embeds": "b"}), tmp_path, "text_model.onnx")
    assert_same(split, aion.Aion(clip_model=directory))


def test_a_batch_of_one_and_a_length_of_77_that_the_graph_fixes(
    split: aion.Aion, tmp_path: pathlib.Path
) -> None:
    vision, text = tower("vision"), tower("text")
    fix(vision.graph.input[0], 1, 3, 224, 224)
    fix(text.graph.input[0], 1, 77)
    directory = save(vision, tmp_path, "vision_model.onnx")
    save(text, tmp_path, "text_model.onnx")
    assert_same(split, aion.Aion(clip_model=directory))


def test_a_preprocessor_that_does_not_fit_the_graph_is_refused(tmp_path: pathlib.Path) -> None:
    vision = tower("vision")
    fix(vision.graph.input[0], 1, 3, 224, 224)
    directory = save(vision, tmp_path, "vision_model.onnx")
    (directory / "preprocessor_config.json").write_text('{"size": 336, "crop_size": 336}')
    with pytest.raises(aion.InvalidModelError, match="336"):
        aion.Aion(clip_model=directory).embed_clip(PICTURES[0])
