"""The native half of the package `aion`; import that instead."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

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
    "_restore_ocr",
    "_restore_page",
    "_restore_parsed",
    "_restore_word",
    "_test_panic",
]

__version__: str

_Path: TypeAlias = str | os.PathLike[str]
_Image: TypeAlias = bytes | bytearray | memoryview | os.PathLike[str] | NDArray[np.uint8]
_Progress: TypeAlias = Callable[[str, int, int], object]
_PageMode: TypeAlias = Literal[
    "auto",
    "single_column",
    "single_block_vert_text",
    "single_block",
    "single_line",
    "single_word",
    "circle_word",
    "single_char",
    "sparse_text",
    "raw_line",
]

@final
class Aion:
    """The handle: make one, share it between threads, and call its verbs.

    Making one loads nothing; each engine is loaded by the first call that needs it. A handle belongs to the
    process that made it: in a child after `os.fork()` every call raises `ForkedError` at once. It pickles as
    its arguments, and the copy loads its own engines.

    An image is `bytes` of a JPEG, PNG, GIF, WebP, BMP, TIFF, PNM or AVIF file, the `pathlib.Path` of one, or a
    NumPy array of uint8 `(height, width, 3 or 4)`. A `str` is refused: it could be either. `bytes` are used as
    they are; arrays, `bytearray` and `memoryview` are copied first, since another thread could write to them.

    Calls that can take long take three more arguments. `timeout` is in seconds; past it the call raises
    `DeadlineExceededError`. `cancel` is a `CancelToken`; tripped, the call raises `CancelledError`. `progress`
    is called on the calling thread as `progress(stage, done, total)`; an exception in it stops the call and is
    raised. The interpreter is released meanwhile, and Ctrl-C works.

    Args:
        clip_model: An ONNX file or a directory of them, with `tokenizer.json` for texts. Without one, ask for
            no CLIP.
        clip_max_length: Longest text that CLIP is given, in tokens with start and end.
        ocr_lang: Tesseract languages joined by `+`.
        tessdata: Directory of `*.traineddata`. Without it, the system's.
        onnxruntime: The ONNX Runtime library. Without it, that of the installed `onnxruntime` package.
        threads: Threads that the handle may use. Without it, one for each core that the process may use.
        max_image_pixels: Most pixels of one image or page.
        max_image_bytes: Most bytes of one encoded image.

    Raises:
        InvalidArgumentError: A setting is out of its range.

    Examples:
        >>> import aion
        >>> aion.Aion(ocr_lang="eng", threads=2)
        Aion(ocr_lang='eng', threads=2)
    """

    def __new__(
        cls,
        *,
        clip_model: _Path | None = None,
        clip_max_length: int = 77,
        ocr_lang: str = "eng+por",
        tessdata: _Path | None = None,
        onnxruntime: _Path | None = None,
        threads: int | None = None,
        max_image_pixels: int = 100_000_000,
        max_image_bytes: int = 67_108_864,
    ) -> Aion: ...
    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Aion:
        """Make a handle from the variables that hosts use.

        `AION_CLIP_MODEL_PATH`, `AION_CLIP_MAXLEN`, `AION_OCR_LANG`, `AION_TESSDATA`, `AION_THREADS`,
        `AION_MAX_IMAGE_PIXELS`, `AION_MAX_IMAGE_BYTES` and `ORT_DYLIB_PATH`; an empty value counts as absent.
        Nothing else reads the environment.

        Args:
            env: A mapping of names to values. Without it, `os.environ`, read once, now.

        Raises:
            InvalidArgumentError: The value of a variable can not be used; the message names it.

        Examples:
            >>> import aion
            >>> aion.Aion.from_env({"AION_OCR_LANG": "por", "AION_THREADS": "2"})
            Aion(ocr_lang='por', threads=2)
        """
    def parse_image(
        self,
        image: _Image,
        *,
        ocr: bool = True,
        clip: bool = True,
        rgba: bool = True,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> ParsedImage:
        """Read a picture whole: upright pixels, CLIP vector and text.

        It is decoded once. Text is read from all pages of a TIFF, the rest is of the first page.

        Args:
            image: The picture.
            ocr: Whether to read its text.
            clip: Whether to make its vector, which needs `clip_model`.
            rgba: Whether to keep its pixels.
            timeout: Most seconds to take.
            cancel: A token that stops the call.
            progress: Called as `progress(stage, done, total)`.

        Raises:
            NotConfiguredError: `clip` without a `clip_model`.
            InvalidInputError: The picture is damaged.
            UnsupportedError: The picture is of a format that is not read.
            LimitExceededError: The picture is larger than the limits allow.

        Examples:
            >>> import aion, numpy
            >>> red = numpy.full((2, 3, 3), (255, 0, 0), numpy.uint8)
            >>> image = aion.Aion().parse_image(red, ocr=False, clip=False)
            >>> image.width, image.height, image.rgba[0, 0].tolist()
            (3, 2, [255, 0, 0, 255])
            >>> image.meta
            {'type': 'image', 'w': 3, 'h': 2, 'sourceRank': 0.6, 'pages': 1}
        """
    def parse_images(
        self,
        images: Iterable[_Image],
        *,
        ocr: bool = True,
        clip: bool = True,
        rgba: bool = True,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> list[ParsedImage | AionError]:
        """Read many pictures on the threads of this handle.

        Args:
            images: A list, or another iterable, of pictures.
            ocr: Whether to read their text.
            clip: Whether to make their vectors, which needs `clip_model`.
            rgba: Whether to keep their pixels.
            timeout: Most seconds to take.
            cancel: A token that stops the call.
            progress: Called as `progress("images", done, total)`.

        Returns:
            One item per picture, in their order: a `ParsedImage`, or the `AionError` that it failed with.
            Pictures that a cancel or a deadline kept from being read have that error.

        Raises:
            InvalidArgumentError: `images` is one picture and no list of them.

        Examples:
            >>> import aion, pathlib
            >>> images = [pathlib.Path("examples/images/poster.png"), b"no picture"]
            >>> poster, failed = aion.Aion().parse_images(images, ocr=False, clip=False)
            >>> type(poster).__name__, failed.kind
            ('ParsedImage', 'unsupported')
        """
    def embed_clip(
        self,
        images: _Image | Iterable[_Image],
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> NDArray[np.float32]:
        """Embed pictures with CLIP's image tower.

        Args:
            images: One picture, or a list or another iterable of them.
            timeout: Most seconds to take.
            cancel: A token that stops the call.
            progress: Called as `progress("images", done, total)`.

        Returns:
            float32 `(D,)` for one picture, `(N, D)` for a list, `(0, 0)` for an empty one; every vector has
            length one.

        Raises:
            NotConfiguredError: There is no `clip_model`.
            AionError: A picture can not be embedded; the message says which, counted from 0.

        Examples:
            >>> import aion, pathlib
            >>> handle = aion.Aion(clip_model="models/clip-tiny")
            >>> poster = handle.embed_clip(pathlib.Path("examples/images/poster.png"))
            >>> captions = handle.embed_clip_text(["a poster", "a receipt"])
            >>> int((captions @ poster).argmax())
            0
        """
    def embed_clip_text(
        self,
        texts: str | Iterable[str],
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> NDArray[np.float32]:
        """Embed texts with CLIP's text tower, into the space of the pictures.

        A text of more tokens than `clip_max_length` is cut.

        Args:
            texts: One text, or a list or another iterable of them.
            timeout: Most seconds to take.
            cancel: A token that stops the call.
            progress: Called as `progress("texts", done, total)`.

        Returns:
            float32 `(D,)` for one text, `(N, D)` for a list, `(0, 0)` for an empty one; every vector has length
            one.

        Raises:
            NotConfiguredError: There is no `clip_model`, or it has no text tower.

        Examples:
            >>> import aion
            >>> handle = aion.Aion(clip_model="models/clip-tiny")
            >>> vector = handle.embed_clip_text("a red circle")
            >>> vector.dtype, round(float(vector @ vector), 3)
            (dtype('float32'), 1.0)
        """
    def clip_tokenize(self, text: str) -> list[int]:
        """The ids that CLIP is fed for a text: start and end included, at most `clip_max_length`, not padded.

        It needs only the `tokenizer.json` of `clip_model`.

        Examples:
            >>> import aion
            >>> ids = aion.Aion(clip_model="models/clip-tiny").clip_tokenize("a red circle")
            >>> len(ids) >= 5
            True
        """
    def clip_preprocess(self, image: _Image) -> NDArray[np.float32]:
        """What CLIP sees of a picture. It needs no model; one that is configured may say another size.

        Returns:
            float32 `(3, 224, 224)`, normalised.

        Examples:
            >>> import aion, numpy
            >>> aion.Aion().clip_preprocess(numpy.zeros((300, 400, 3), numpy.uint8)).shape
            (3, 224, 224)
        """
    def ocr(
        self,
        image: _Image,
        *,
        lang: str | None = None,
        page_mode: _PageMode | None = None,
        orient: bool = True,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> OcrResult:
        """Read the text of all pages of a picture: words with their places and confidence.

        Args:
            image: The picture.
            lang: Tesseract languages joined by `+`, the likeliest first. Without it, `ocr_lang`.
            page_mode: What the picture is expected to hold, such as `"single_line"`. Without it, `"auto"`.
            orient: Whether to turn a page upright before it is read. It has no effect yet.
            timeout: Most seconds to take.
            cancel: A token that stops the call.
            progress: Called as `progress("pages", done, total)`.

        Raises:
            InvalidArgumentError: There is no such page mode.
            NotFoundError: The data of a language is missing.

        Examples:
            >>> import aion, pathlib
            >>> handle = aion.Aion(ocr_lang="eng")
            >>> result = handle.ocr(pathlib.Path("examples/images/poster.png"))
            >>> " ".join(word.text for word in result.words[:2])
            'SUMMER FAIR'
        """
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...

@final
class CancelToken:
    """A switch that stops the calls that hold it. Any thread may trip it, once; a call takes it as `cancel=`
    and then raises `CancelledError`.

    Examples:
        >>> import aion, numpy
        >>> token = aion.CancelToken()
        >>> token.cancel()
        >>> try:
        ...     aion.Aion().ocr(numpy.zeros((8, 8, 3), numpy.uint8), cancel=token)
        ... except aion.CancelledError as error:
        ...     print(error.kind)
        cancelled
    """

    def __new__(cls) -> CancelToken: ...
    def cancel(self) -> None:
        """Ask every call that holds this token to stop. Cancelling twice does nothing more."""
    @property
    def cancelled(self) -> bool:
        """Whether `cancel()` was called."""

@final
class ParsedImage:
    """A picture read whole.

    The arrays are the result's own and can not be written to; take `image.rgba.copy()` for one that can.

    Attributes:
        width: Pixels of the upright picture, from left to right.
        height: Pixels of the upright picture, from top to bottom.
        rgba: uint8 `(height, width, 4)`, straight alpha; `None` if it was not asked for.
        ocr_text: The text of all pages with every run of white space made one space; empty without OCR.
        ocr: Words with their places and confidence; `None` if it was not asked for.
        clip_vector: float32 `(D,)` of length one; `None` if it was not asked for.
        meta: What an index keeps of the picture: `type`, `w`, `h`, `sourceRank` and `pages`. Every access
            gives a new dict.
    """

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def rgba(self) -> NDArray[np.uint8] | None: ...
    @property
    def ocr_text(self) -> str: ...
    @property
    def ocr(self) -> OcrResult | None: ...
    @property
    def clip_vector(self) -> NDArray[np.float32] | None: ...
    @property
    def meta(self) -> dict[str, Any]: ...

@final
class OcrResult:
    """Everything that was read from one picture or document.

    Attributes:
        text: The texts of the pages that have any, with an empty line between them.
        confidence: The mean confidence of all words, from 0 to 1, weighted by their characters; 0 without words.
        pages: The pages in their order.
        words: The words of all pages, in reading order.

    Examples:
        >>> import aion, pathlib
        >>> result = aion.Aion(ocr_lang="eng").ocr(pathlib.Path("examples/images/poster.png"))
        >>> result.text.splitlines()[0]
        'SUMMER FAIR'
        >>> result.words[0].text, result.pages[0].words[0] == result.words[0]
        ('SUMMER', True)
    """

    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def pages(self) -> list[OcrPage]: ...
    @property
    def words(self) -> list[OcrWord]: ...
    def to_hocr(self) -> str:
        """The result as hOCR, an XHTML page with the places as titles."""
    def to_alto(self) -> str:
        """The result as ALTO 4, in pixels."""
    def to_tsv(self) -> str:
        """The result as tab separated values, in the columns of Tesseract's own."""

@final
class OcrPage:
    """One page as it was read.

    Attributes:
        text: Lines end with a line feed and an empty line stands between blocks.
        confidence: The mean confidence of the words, from 0 to 1, weighted by their characters; 0 without words.
        rotation: The clockwise turn that made the page upright: 0, 90, 180 or 270 degrees.
        skew: The clockwise slope of the lines that was straightened, in degrees.
        width: Pixels from left to right.
        height: Pixels from top to bottom.
        words: The words in reading order.
    """

    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def rotation(self) -> int: ...
    @property
    def skew(self) -> float: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def words(self) -> list[OcrWord]: ...

@final
class OcrWord:
    """One word and where it stands.

    Attributes:
        text: The word, without white space at its ends and never empty.
        confidence: How sure the recognizer is, from 0 to 1.
        box: `(x, y, width, height)` in pixels of the picture, from its top left.
        page: Which page of the result it is on, from 0.
        line: Which line of its page it belongs to, from 0 in reading order.
        block: Which block of its page it belongs to, from 0 in reading order.
    """

    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def box(self) -> tuple[int, int, int, int]: ...
    @property
    def page(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def block(self) -> int: ...

class AionError(Exception):
    """What every failing call of AION raises: a program branches on its class or its `kind`.

    Attributes:
        kind: The stable name of the kind, such as `"invalid_input"`.
        code: The stable number of the kind, as in C.
        retryable: Whether the same call may succeed later without a change to its input.
    """

    kind: ClassVar[str]
    code: ClassVar[int]
    retryable: ClassVar[bool]

class InvalidArgumentError(AionError):
    """An argument or a setting is out of its range or of the wrong shape."""

class InvalidInputError(AionError):
    """Bytes from outside are damaged or are not what they claim to be."""

class UnsupportedError(AionError):
    """The input is valid but of a format or a shape that this build does not read."""

class LimitExceededError(AionError):
    """The input would take more bytes, pixels, pages or memory than the limits allow."""

class NotConfiguredError(AionError):
    """The call needs something that was not configured, such as a model."""

class NotFoundError(AionError):
    """A file that was named does not exist."""

class IoError(AionError):
    """The operating system refused to read or write."""

class InvalidModelError(AionError):
    """A model, tokenizer or language file exists but can not be used."""

class EngineError(AionError):
    """A native engine failed while it worked."""

class CancelledError(AionError):
    """The caller cancelled the call."""

class DeadlineExceededError(AionError, TimeoutError):
    """The deadline passed before the work was done."""

class ForkedError(AionError):
    """The handle was made before a `fork` and is used in the child process."""

class InternalError(AionError):
    """A bug of this library: a panic that was caught at the border."""

def _restore_ocr(state: str) -> OcrResult: ...
def _restore_page(state: str) -> OcrPage: ...
def _restore_parsed(
    rgba: NDArray[np.uint8] | None,
    ocr_text: str,
    ocr: OcrResult | None,
    clip_vector: NDArray[np.float32] | None,
    meta: str,
) -> ParsedImage: ...
def _restore_word(state: str) -> OcrWord: ...
def _test_panic() -> None: ...
