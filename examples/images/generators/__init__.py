"""Makers of synthetic pictures: one function per kind of picture.

Each takes a `random.Random` or a `numpy.random.Generator` and returns an upright
`PIL.Image.Image`. The text that was drawn lies in `image.info["text"]`, in reading order.

>>> import random
>>> picture = poster(random.Random(7), shapes=[("red", "circle")], words=["OPEN DAY", "Free entry"])
>>> picture.info["text"]
'OPEN DAY\\nFree entry'
"""

from .letter import letter
from .poster import COLOURS, SHAPES, poster
from .receipt import receipt
from .screenshot import screenshot

__all__ = ["COLOURS", "SHAPES", "letter", "poster", "receipt", "screenshot"]
