"""AION: the eyes and reading of an autonomous assistant, in your own process and offline.

Make an `Aion`, share it between threads, and call its verbs. Importing this package and making an `Aion` load
nothing; each engine is loaded by the first call that needs it.

Examples:
    >>> import aion, pathlib
    >>> image = aion.Aion(ocr_lang="eng").parse_image(pathlib.Path("examples/images/poster.png"), clip=False)
    >>> image.ocr_text[:11]
    'SUMMER FAIR'
"""

from aion._aion import (
    Aion,
    AionError,
    CancelledError,
    CancelToken,
    DeadlineExceededError,
    EngineError,
    ForkedError,
    InternalError,
    InvalidArgumentError,
    InvalidInputError,
    InvalidModelError,
    IoError,
    LimitExceededError,
    NotConfiguredError,
    NotFoundError,
    OcrPage,
    OcrResult,
    OcrWord,
    ParsedImage,
    UnsupportedError,
    __version__,
)

__all__ = [
    "Aion",
    "AionError",
    "CancelToken",
    "CancelledError",
    "DeadlineExceededError",
    "EngineError",
    "ForkedError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidInputError",
    "InvalidModelError",
    "IoError",
    "LimitExceededError",
    "NotConfiguredError",
    "NotFoundError",
    "OcrPage",
    "OcrResult",
    "OcrWord",
    "ParsedImage",
    "UnsupportedError",
    "__version__",
]
