"""The two towers in PyTorch. Parameter names are those that `clip_graph.py` reads at export."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from clip_graph import Convolution

from .tokenizer_file import CONTEXT_LENGTH

# Convolutions make the 7×7 patch tokens: from so few pictures they learn edges much sooner than one linear map of
# 32×32 patches does (Xiao et al., "Early Convolutions Help Transformers See Better").
STEM = (
    Convolution(5, 2, 2, relu=True),
    Convolution(3, 2, 1, relu=True),
    Convolution(3, 1, 1, relu=True, skip=True),
    Convolution(3, 2, 1, relu=True),
    Convolution(3, 1, 1, relu=True, skip=True),
    Convolution(3, 2, 1, relu=True),
)
STEM_CHANNELS = (24, 48, 48, 96, 96)
PATCHES = 49


@dataclass(frozen=True)
class Sizes:
    """Of the two towers."""

    vocabulary: int
    width: int = 96
    heads: int = 4
    image_layers: int = 2
    text_layers: int = 3
    embedding: int = 64


class Block(nn.Module):
    """A pre-norm transformer block with CLIP's QuickGELU."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.out(self._attend(self.norm1(x)))
        hidden = self.up(self.norm2(x))
        return x + self.down(hidden * torch.sigmoid(1.702 * hidden))

    def start_as_identity(self) -> None:
        """Passes tokens through at first, so that what comes before is trained from the first step on."""
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.down.weight)

    def _attend(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        split = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(split[0], split[1], split[2], is_causal=self.causal)
        return mixed.transpose(1, 2).reshape(batch, length, width)


class VisionTower(nn.Module):
    """Pictures of 112×112 to vectors: convolutional stem, transformer, maximum over the tokens, projection.

    The exported graph halves its 224×224 pictures first. The maximum finds a shape wherever it stands: with a class
    token instead, 10,000 pictures taught shapes to one in four, with the maximum to nine in ten.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        channels = (3, *STEM_CHANNELS, sizes.width)
        self.stem = nn.ModuleList(
            nn.Conv2d(channels[n], channels[n + 1], step.kernel, step.stride, step.padding)
            for n, step in enumerate(STEM)
        )
        self.stem_norms = nn.ModuleList(nn.BatchNorm2d(size) for size in channels[1:])
        self.positions = nn.Parameter(torch.randn(PATCHES, sizes.width) * 0.02)
        self.norm_pre = nn.LayerNorm(sizes.width)
        self.blocks = nn.ModuleList(Block(sizes.width, sizes.heads, False) for _ in range(sizes.image_layers))
        self.norm_post = nn.LayerNorm(sizes.width)
        self.projection = nn.Parameter(torch.randn(sizes.width, sizes.embedding) * sizes.width**-0.5)
        for conv in self.stem:
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        for block in self.blocks:
            block.start_as_identity()

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels
        for step, conv, norm in zip(STEM, self.stem, self.stem_norms, strict=True):
            y = functional.relu(norm(conv(x)))
            x = x + y if step.skip else y
        x = self.norm_pre(x.flatten(2).transpose(1, 2) + self.positions)
        for block in self.blocks:
            x = block(x)
        return self.norm_post(x.amax(dim=1)) @ self.projection


class TextTower(nn.Module):
    """Token ids to vectors: causal transformer, read at the first end marker (the highest id)."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.tokens = nn.Parameter(torch.randn(sizes.vocabulary, sizes.width) * 0.02)
        self.positions = nn.Parameter(torch.randn(CONTEXT_LENGTH, sizes.width) * 0.01)
        self.blocks = nn.ModuleList(Block(sizes.width, sizes.heads, True) for _ in range(sizes.text_layers))
        self.norm_post = nn.LayerNorm(sizes.width)
        self.projection = nn.Parameter(torch.randn(sizes.width, sizes.embedding) * sizes.width**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.tokens[ids] + self.positions[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        ends = ids.argmax(dim=1)
        return self.norm_post(x[torch.arange(len(ids)), ends]) @ self.projection


class TinyClip(nn.Module):
    """Both towers and the learnt temperature."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.vision = VisionTower(sizes)
        self.text = TextTower(sizes)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def logits(self, pixels: Tensor, ids: Tensor) -> Tensor:
        """Scaled cosines: one row a picture, one column a caption."""
        images = functional.normalize(self.vision(pixels), dim=1)
        texts = functional.normalize(self.text(ids), dim=1)
        # CLIP's own ceiling of 100 keeps the loss from being won by the temperature alone.
        return self.log_scale.clamp(max=math.log(100)).exp() * images @ texts.T
