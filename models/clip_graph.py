"""Writes CLIP towers as ONNX graphs from named weights, without an exporter.

One graph serves the tiny model and the full-size ViT-B/32: sizes come from the weights' shapes. Opset 17 and IR
version 8, so that runtimes from 2022 on read the files. Weights may be stored as float16; the graph casts them to
float32 at load, and inputs, outputs and arithmetic are float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
EPSILON = 1e-5

Weights = Mapping[str, np.ndarray]


class Convolution(NamedTuple):
    """One step of the stem that makes patch tokens; `skip` adds its input to its result."""

    kernel: int
    stride: int
    padding: int
    relu: bool = False
    skip: bool = False


def vision_model(
    weights: Weights, stem: Sequence[Convolution], heads: int, *, half: bool = False, halve: bool = False
) -> onnx.ModelProto:
    """`pixel_values` (batch, 3, 224, 224) → `image_embeds` (batch, D).

    The vector is read from the class token where the weights have one, else from the maximum over all tokens.
    `halve` averages the pixels two by two first; `half` stores float16.
    """
    graph = Graph(weights, half)
    x = "pixel_values"
    if halve:
        x = graph.node("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
    for index, step in enumerate(stem):
        x = graph.convolution(x, f"stem.{index}", step)
    x = graph.reshape(x, (0, weights["positions"].shape[1], -1))
    x = graph.node("Transpose", [x], perm=[0, 2, 1])
    if "class_token" in weights:
        x = _put_class_token(graph, x)
    x = graph.node("Add", [x, graph.weight("positions")])
    x = graph.layer_norm(x, "norm_pre")
    for index in range(count_blocks(weights)):
        x = graph.block(x, f"blocks.{index}", heads)
    if "class_token" in weights:
        x = graph.node("Gather", [x, graph.integers(0)], axis=1)
    else:
        x = graph.node("ReduceMax", [x], axes=[1], keepdims=0)
    x = graph.layer_norm(x, "norm_post")
    graph.node("MatMul", [x, graph.weight("projection")], output="image_embeds")
    pixels = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, 224, 224])
    return graph.model("clip_vision", pixels, _embeds("image_embeds", weights))


def text_model(weights: Weights, heads: int, *, half: bool = False) -> onnx.ModelProto:
    """`input_ids` (batch, sequence ≤ context) → `text_embeds` (batch, D).

    The vector is read at the first end marker, which has the highest id, and attention looks back only: what stands
    behind the marker, such as padding, cannot change it.
    """
    graph = Graph(weights, half)
    context = len(weights["positions"])
    length = graph.node("Shape", ["input_ids"], start=1, end=2)
    zero, one = graph.integers((0,)), graph.integers((1,))
    x = graph.node("Gather", [graph.weight("tokens"), "input_ids"], axis=0)
    x = graph.node("Add", [x, graph.node("Slice", [graph.weight("positions"), zero, length, zero])])
    ahead = graph.constant(np.triu(np.full((context, context), -1e9, np.float32), 1), exact=True)
    ends = graph.node("Concat", [length, length], axis=0)
    mask = graph.node("Slice", [ahead, graph.integers((0, 0)), ends, graph.integers((0, 1))])
    for index in range(count_blocks(weights)):
        x = graph.block(x, f"blocks.{index}", heads, mask)
    x = graph.layer_norm(x, "norm_post")
    # Older runtimes have no ArgMax of int64.
    narrow = graph.node("Cast", ["input_ids"], to=TensorProto.INT32)
    end = graph.node("ArgMax", [narrow], axis=1, keepdims=1)
    place = graph.node("Unsqueeze", [end, graph.integers((2,))])
    batch = graph.node("Shape", ["input_ids"], start=0, end=1)
    width = graph.integers((weights["positions"].shape[1],))
    place = graph.node("Expand", [place, graph.node("Concat", [batch, one, width], axis=0)])
    x = graph.node("Squeeze", [graph.node("GatherElements", [x, place], axis=1), one])
    graph.node("MatMul", [x, graph.weight("projection")], output="text_embeds")
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "sequence"])
    return graph.model("clip_text", ids, _embeds("text_embeds", weights))


def count_blocks(weights: Weights) -> int:
    """How many transformer blocks the weights hold."""
    return sum(name.endswith(".norm1.weight") for name in weights)


class Graph:
    """Collects nodes and initialisers; every method returns the name of its result."""

    def __init__(self, weights: Weights, half: bool) -> None:
        self.weights = weights
        self.half = half
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: dict[str, onnx.TensorProto] = {}

    def node(self, operator: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], f"{output}_node", **attributes))
        return output

    def weight(self, name: str) -> str:
        """A named weight, stored once; as a matrix product reads it, so linear layers store theirs transposed."""
        return self.constant(self.weights[name], name)

    def constant(self, values: np.ndarray, name: str = "", *, exact: bool = False) -> str:
        name = name or f"constant_{len(self.initialisers)}"
        if name in self.initialisers:
            return name
        if not self.half or exact or values.dtype != np.float32:
            self.initialisers[name] = numpy_helper.from_array(np.array(values, order="C"), name)
            return name
        stored = f"{name}.half"
        self.initialisers[stored] = numpy_helper.from_array(np.array(values, np.float16, order="C"), stored)
        return self.node("Cast", [stored], output=name, to=TensorProto.FLOAT)

    def integers(self, values: int | Sequence[int]) -> str:
        array = np.array(values, dtype=np.int64)
        label = "_".join(str(value) for value in np.atleast_1d(array))
        return self.constant(array, f"int{array.ndim}_{label}")

    def reshape(self, x: str, shape: Sequence[int]) -> str:
        return self.node("Reshape", [x, self.integers(shape)])

    def layer_norm(self, x: str, name: str) -> str:
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", [x, scale, shift], axis=-1, epsilon=EPSILON)

    def convolution(self, x: str, name: str, step: Convolution) -> str:
        inputs = [x, self.weight(f"{name}.weight")]
        if f"{name}.bias" in self.weights:
            inputs.append(self.weight(f"{name}.bias"))
        shape = {"kernel_shape": [step.kernel] * 2, "strides": [step.stride] * 2, "pads": [step.padding] * 4}
        y = self.node("Conv", inputs, **shape)
        if step.relu:
            y = self.node("Relu", [y])
        return self.node("Add", [x, y]) if step.skip else y

    def linear(self, x: str, name: str) -> str:
        product = self.node("MatMul", [x, self.weight(f"{name}.weight")])
        return self.node("Add", [product, self.weight(f"{name}.bias")])

    def block(self, x: str, name: str, heads: int, mask: str = "") -> str:
        """A pre-norm transformer block: attention, then a QuickGELU layer four times as wide."""
        mixed = self._attend(self.layer_norm(x, f"{name}.norm1"), name, heads, mask)
        x = self.node("Add", [x, self.linear(mixed, f"{name}.out")])
        hidden = self.linear(self.layer_norm(x, f"{name}.norm2"), f"{name}.up")
        slope = self.constant(np.array(1.702, np.float32), "quick_gelu_slope", exact=True)
        gate = self.node("Sigmoid", [self.node("Mul", [hidden, slope])])
        hidden = self.node("Mul", [hidden, gate])
        return self.node("Add", [x, self.linear(hidden, f"{name}.down")])

    def model(self, name: str, source: onnx.ValueInfoProto, result: onnx.ValueInfoProto) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, name, [source], [result], list(self.initialisers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="aion")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model

    def _attend(self, x: str, name: str, heads: int, mask: str) -> str:
        width = self.weights[f"{name}.norm1.weight"].shape[0]
        joint = self.linear(x, f"{name}.qkv")
        split = self.reshape(joint, (0, 0, 3, heads, width // heads))
        queries, keys, values = (
            self.node("Gather", [self.node("Transpose", [split], perm=perm), self.integers(part)], axis=0)
            for part, perm in enumerate(([2, 0, 3, 1, 4], [2, 0, 3, 4, 1], [2, 0, 3, 1, 4]))
        )
        scale = self.constant(np.array((width // heads) ** -0.5, np.float32), "attention_scale", exact=True)
        scores = self.node("MatMul", [self.node("Mul", [queries, scale]), keys])
        if mask:
            scores = self.node("Add", [scores, mask])
        mixed = self.node("MatMul", [self.node("Softmax", [scores], axis=-1), values])
        return self.reshape(self.node("Transpose", [mixed], perm=[0, 2, 1, 3]), (0, 0, width))


def _put_class_token(graph: Graph, x: str) -> str:
    """The class token before the patches of each picture."""
    width = graph.weights["positions"].shape[1]
    batch = graph.node("Shape", [x], start=0, end=1)
    shape = graph.node("Concat", [batch, graph.integers((1, width))], axis=0)
    return graph.node("Concat", [graph.node("Expand", [graph.weight("class_token"), shape]), x], axis=1)


def _embeds(name: str, weights: Weights) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", weights["projection"].shape[1]])
