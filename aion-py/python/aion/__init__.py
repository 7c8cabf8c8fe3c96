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
    Audit,
    Budget,
    BudgetStatus,
    CancelledError,
    CancelToken,
    ConflictError,
    DeadlineExceededError,
    Decision,
    EngineError,
    ForkedError,
    Grant,
    InternalError,
    InvalidArgumentError,
    InvalidInputError,
    InvalidModelError,
    InvalidStateError,
    IoError,
    LimitExceededError,
    NotConfiguredError,
    NotFoundError,
    OcrPage,
    OcrResult,
    OcrWord,
    ParsedImage,
    Price,
    Settlement,
    UnavailableError,
    UnsupportedError,
    __version__,
    ema_update,
    ema_update_batch,
    replay_decision,
)
from aion._usd import Usd

__all__ = [
    "Aion",
    "AionError",
    "Audit",
    "Budget",
    "BudgetStatus",
    "CancelToken",
    "CancelledError",
    "ConflictError",
    "DeadlineExceededError",
    "Decision",
    "EngineError",
    "ForkedError",
    "Grant",
    "InternalError",
    "InvalidArgumentError",
    "InvalidInputError",
    "InvalidModelError",
    "InvalidStateError",
    "IoError",
    "LimitExceededError",
    "NotConfiguredError",
    "NotFoundError",
    "OcrPage",
    "OcrResult",
    "OcrWord",
    "ParsedImage",
    "Price",
    "Settlement",
    "UnavailableError",
    "UnsupportedError",
    "Usd",
    "__version__",
    "ema_update",
    "ema_update_batch",
    "replay_decision",
]
