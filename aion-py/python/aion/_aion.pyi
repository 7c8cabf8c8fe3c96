"""The native half of the package `aion`; import that instead."""

import datetime
import os
import pathlib
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from aion._usd import Usd

__all__ = [
    "Adapters",
    "Aion",
    "AionError",
    "Answer",
    "Audit",
    "Average",
    "Blocklist",
    "Budget",
    "BudgetStatus",
    "CancelToken",
    "CancelledError",
    "Candidate",
    "Chunk",
    "Confidence",
    "ConflictError",
    "Crawl",
    "CrawlStats",
    "DatasetReport",
    "DeadlineExceededError",
    "Decision",
    "Document",
    "EncodeReport",
    "EngineError",
    "Extracted",
    "ForkedError",
    "Grant",
    "HeldOut",
    "Hit",
    "HybridAnswer",
    "HybridDriver",
    "Ingested",
    "InternalError",
    "InvalidArgumentError",
    "InvalidInputError",
    "InvalidModelError",
    "InvalidStateError",
    "IoError",
    "Knowledge",
    "LimitExceededError",
    "Link",
    "LocalModel",
    "LoraTrainer",
    "MergeReport",
    "Miss",
    "NotConfiguredError",
    "NotFoundError",
    "OcrPage",
    "OcrResult",
    "OcrWord",
    "OpenAi",
    "Page",
    "PageImage",
    "ParsedImage",
    "PiiMatch",
    "PinnedVersion",
    "Preview",
    "Price",
    "Reason",
    "Robots",
    "Settlement",
    "StepReport",
    "StoredDocument",
    "StoredInteraction",
    "TrainProgress",
    "TrainReport",
    "UnavailableError",
    "UnsupportedError",
    "Verdict",
    "Version",
    "__version__",
    "_restore_answer",
    "_restore_audit",
    "_restore_average",
    "_restore_chunk",
    "_restore_confidence",
    "_restore_dataset",
    "_restore_document",
    "_restore_encoded",
    "_restore_extracted",
    "_restore_hit",
    "_restore_hybrid",
    "_restore_image",
    "_restore_ingested",
    "_restore_interaction",
    "_restore_link",
    "_restore_merge",
    "_restore_miss",
    "_restore_ocr",
    "_restore_page",
    "_restore_parsed",
    "_restore_preview",
    "_restore_progress",
    "_restore_reason",
    "_restore_settlement",
    "_restore_stats",
    "_restore_status",
    "_restore_step",
    "_restore_stored",
    "_restore_trained",
    "_restore_verdict",
    "_restore_version",
    "_restore_web_page",
    "_restore_word",
    "_test_panic",
    "build_sft_jsonl",
    "canonical_url",
    "check_policy",
    "ema_update",
    "ema_update_batch",
    "extract_text",
    "find_pii",
    "merge_adapter",
    "replay_decision",
    "scrub_pii",
]

__version__: str

_Path: TypeAlias = str | os.PathLike[str]
_ChatFormat: TypeAlias = Literal["platform", "template"]

class _Row(Protocol):
    """A row of a database, such as `sqlite3.Row`."""

    def keys(self) -> Iterable[str]: ...
    def __getitem__(self, key: str, /) -> Any: ...

class _Array(Protocol):
    """An array of NumPy or torch."""

    def tolist(self) -> Any: ...

class _Encoding(Protocol):
    """What a tokenizer gives."""

    @property
    def ids(self) -> Iterable[int]: ...

_Sequence: TypeAlias = Sequence[int] | Mapping[str, Any] | _Array | _Encoding
_Image: TypeAlias = bytes | bytearray | memoryview | os.PathLike[str] | NDArray[np.uint8]
_Document: TypeAlias = bytes | bytearray | memoryview | os.PathLike[str]
_Floats: TypeAlias = NDArray[np.floating[Any]] | Sequence[float] | Sequence[Sequence[float]]
_Amount: TypeAlias = Decimal | int | float | str
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

_Octets: TypeAlias = bytes | bytearray | str
_Sites: TypeAlias = Blocklist | Iterable[str]
_Use: TypeAlias = Literal["ingest", "train"]
_PiiKind: TypeAlias = Literal["email", "phone", "card", "iban", "ip", "cpf", "cnpj"]
_Code: TypeAlias = Literal[
    "private_route",
    "too_short",
    "pii",
    "robots",
    "robots_unreachable",
    "http_status",
    "noindex",
    "nofollow",
    "noai",
    "noimageai",
    "noml",
    "tdm_reserved",
    "content_usage",
    "content_signal",
]
_Skip: TypeAlias = Literal[
    "blocklist",
    "content_type",
    "duplicate",
    "forbidden_address",
    "frontier_full",
    "http_status",
    "network",
    "not_modified",
    "off_host",
    "private_route",
    "robots",
    "robots_unreachable",
    "timed_out",
    "too_deep",
    "too_large",
    "too_many_redirects",
    "trap",
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
        crawl_max_pages: Most pages of a crawl that does not say otherwise.
        respect_robots: Whether crawls obey `robots.txt`.
        blocklist: Sites that no crawl asks for anything: a list such as `Blocklist` takes, or a `Blocklist`.
        user_agent: Who crawls introduce themselves as; give a contact. Without it, `AION/` and the version.

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
        crawl_max_pages: int = 50,
        respect_robots: bool = True,
        blocklist: _Sites | None = None,
        user_agent: str | None = None,
    ) -> Aion: ...
    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Aion:
        """Make a handle from the variables that hosts use.

        `AION_CLIP_MODEL_PATH`, `AION_CLIP_MAXLEN`, `AION_OCR_LANG`, `AION_TESSDATA`, `AION_THREADS`,
        `AION_MAX_IMAGE_PIXELS`, `AION_MAX_IMAGE_BYTES`, `AION_CRAWL_MAX_PAGES`, `AION_ALLOW_ROBOTS`,
        `AION_BLOCKLIST_DOMAINS`, `AION_USER_AGENT` and `ORT_DYLIB_PATH`; an empty value counts as absent. Nothing else
        reads the environment.

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
        whitelist: str | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> OcrResult:
        """Read the text of all pages of a picture: words with their places and confidence.

        Args:
            image: The picture.
            lang: Tesseract languages joined by `+`, the likeliest first. Without it, `ocr_lang`.
            page_mode: What the picture is expected to hold, such as `"single_line"`. Without it, `"auto"`.
            orient: Whether to turn a page upright, level its lines and darken light text before it is read.
            whitelist: The only characters that may be found, such as "0123456789". Without it, all.
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
    def extract_document(
        self,
        source: _Document,
        *,
        name: str | None = None,
        content_type: str | None = None,
        url: str | None = None,
        ocr: bool = False,
        lang: str | None = None,
        max_bytes: int = 67_108_864,
        max_unpacked_bytes: int = 268_435_456,
        max_text_bytes: int = 33_554_432,
        max_pages: int = 10_000,
        max_cells: int = 2_000_000,
        max_pictures: int = 1_000,
        max_picture_pixels: int = 64_000_000,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> Document:
        r"""Read a PDF, an office file, a table, a text or a page: its title, text, links and what else it says.

        Read are PDF, DOCX, PPTX, XLSX, ODT, ODS, ODP, CSV, Markdown, HTML and plain text. What a file is, its content
        tells first, then `content_type`, then the extension of its name. A damaged file gives what can be read of it,
        and `warnings` say what is missing; one beyond a limit raises, and is never a part passed for the whole.

        Args:
            source: The file: `bytes`, or a `pathlib.Path`. A `str` is refused: it could be either.
            name: The file's name, for its extension. Without it, that of the path.
            content_type: The `Content-Type` that the file came with, for its kind and its charset.
            url: The file's address, which relative links are resolved against.
            ocr: Whether to read scanned pages of a PDF and pictures of office files; the text is put in their place. A
                picture that can not be decoded costs a warning.
            lang: For `ocr`: Tesseract languages joined by `+`, the likeliest first. Without it, `ocr_lang`.
            max_bytes: Most bytes of the file.
            max_unpacked_bytes: Most bytes that all compressed parts of the file may unpack to.
            max_text_bytes: Most bytes of text, in UTF-8.
            max_pages: Most pages, slides or sheets.
            max_cells: Most table cells of a workbook or a CSV file.
            max_pictures: Most pictures that OCR is given.
            max_picture_pixels: Most pixels of one scanned page; one of more is drawn smaller.
            timeout: Most seconds to take.
            cancel: A token that stops the call.
            progress: Called as `progress("pages", done, total)`.

        Raises:
            LimitExceededError: The file is beyond a limit; the message names it.
            UnsupportedError: The file is of another kind, or needs a password.
            InvalidInputError: Nothing of the file can be read.
            NotFoundError: There is no such file, or the data of a language is missing.

        Examples:
            >>> import aion, pathlib
            >>> handle = aion.Aion()
            >>> note = handle.extract_document(b"# Tides\n\nHigh water is at *noon*.", name="tides.md")
            >>> note.kind, note.extracted.title, note.extracted.text
            ('markdown', 'Tides', 'Tides\nHigh water is at noon.')
            >>> paper = handle.extract_document(pathlib.Path("aion-core/tests/data/documents/paper.pdf"))
            >>> paper
            <Document of kind 'pdf': title='The bay', pages=3>
            >>> paper.extracted.published, paper.extracted.detected_language
            ('2024-03-09T08:00:00+01:00', 'en')
        """
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def crawl(
        self,
        seed: str,
        *,
        max_pages: int | None = None,
        max_depth: int | None = None,
        same_host: bool | None = None,
        hosts: Iterable[str] | None = None,
        blocklist: _Sites | None = None,
        respect_robots: bool | None = None,
        user_agent: str | None = None,
        delay: float | None = None,
        concurrency: int | None = None,
        connections_per_host: int | None = None,
        max_page_bytes: int | None = None,
        max_header_bytes: int | None = None,
        page_timeout: float | None = None,
        connect_timeout: float | None = None,
        max_redirects: int | None = None,
        retries: int | None = None,
        sitemaps: bool | None = None,
        documents: bool | None = None,
        allow_private_hosts: bool | None = None,
        state: _Path | None = None,
        ignore: Iterable[str] | None = None,
        min_text_chars: int | None = None,
        resolver: Callable[[str], Iterable[object]] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> Crawl:
        """Begin to crawl a site from `seed`, breadth first, and return at once; the pages are pulled from the answer.

        The defaults are polite, lawful and bounded. Every address is checked before it is asked for: the crawl goes
        nowhere but to the internet, to the hosts that it may visit, and where `robots.txt` lets it. A setting that is
        `None` is the handle's, or else the default. The time of `timeout`, and `cancel`, hold for the whole crawl.

        Args:
            seed: Where to begin: an `http` or `https` address.
            max_pages: Most pages that are handed out, over all runs with one `state` file. Default: the handle's
                `crawl_max_pages`, which is 50.
            max_depth: Most links between the seed and a page. Default: 32.
            same_host: Whether only the seed's host is crawled; one that the seed redirects to counts as the seed's.
                Default: True.
            hosts: More hosts that are crawled, such as `docs.example.com`. Default: none.
            blocklist: Sites that are never asked for anything, beside those of the handle: a list, or a `Blocklist`.
            respect_robots: Whether `robots.txt` is fetched and obeyed. Default: the handle's, which is True.
            user_agent: The `User-Agent` header; its first word is the name that `robots.txt` is searched for. Default:
                the handle's.
            delay: Seconds between two requests to one host; 0 is as fast as the connections allow, and a longer
                `Crawl-delay` wins. Default: adapted to how fast the host answers.
            concurrency: Most requests at once. Default: 32.
            connections_per_host: Most requests at once to one host. Default: 4 where the delay adapts, else
                `concurrency`.
            max_page_bytes: Most bytes of a page, decoded; a larger one is passed over. Default: 5 MiB.
            max_header_bytes: Most bytes of the headers of an answer. Default: 64 KiB.
            page_timeout: Most seconds from the request to the last byte. Default: 15.
            connect_timeout: Most seconds to connect. Default: 5.
            max_redirects: Most redirects of one link. Default: 10.
            retries: How often a request is made again after a failure that may pass. Default: 3.
            sitemaps: Whether sitemaps are read once the links are used up. Default: True.
            documents: Whether PDF, office files and tables are read as well; they count as pages, and their scans and
                pictures are not read. Default: False.
            allow_private_hosts: Whether the seed's own host and port may have a private address. Default: False.
            state: A file that keeps the state: an interrupted crawl goes on, a finished one is repeated and hands out
                only what changed. Default: none.
            ignore: Codes of policy signals that verdicts do not obey; see `Reason.code`. Default: none.
            min_text_chars: The least number of characters of text that a verdict wants. Default: 120.
            resolver: Called as `resolver(host)`, on a thread of the crawl, for the IP addresses of a name: a list of
                texts. What it answers is checked as well. Default: the system's.
            timeout: Most seconds that the crawl may take.
            cancel: A token that stops the crawl.
            progress: Called as `progress("pages", done, total)` by whoever comes for a page.

        Raises:
            InvalidArgumentError: A setting is out of its range, the seed is no HTTP address or a private one, or the state
                file is of another seed.
            UnavailableError: The state file is in use by another crawl.
            InvalidInputError: The state file is none.

        Examples:
            >>> import aion
            >>> handle = aion.Aion(blocklist=["facebook.com"])
            >>> try:
            ...     handle.crawl("http://127.0.0.1:8000/")
            ... except aion.InvalidArgumentError as error:
            ...     print("allow_private_hosts" in str(error))
            True
        """
    def preview(
        self,
        urls: Iterable[str | Page],
        *,
        max_pages: int | None = None,
        max_depth: int | None = None,
        same_host: bool | None = None,
        hosts: Iterable[str] | None = None,
        blocklist: _Sites | None = None,
        respect_robots: bool | None = None,
        user_agent: str | None = None,
        delay: float | None = None,
        concurrency: int | None = None,
        connections_per_host: int | None = None,
        max_page_bytes: int | None = None,
        max_header_bytes: int | None = None,
        page_timeout: float | None = None,
        connect_timeout: float | None = None,
        max_redirects: int | None = None,
        retries: int | None = None,
        sitemaps: bool | None = None,
        documents: bool | None = None,
        allow_private_hosts: bool | None = None,
        state: _Path | None = None,
        ignore: Iterable[str] | None = None,
        min_text_chars: int | None = None,
        resolver: Callable[[str], Iterable[object]] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> list[Preview]:
        """Look at pages before anything is kept of them: what they say and whether they may be ingested.

        A page that a crawl of this handle fetched within the last hour is not fetched again.

        Args:
            urls: Addresses, and pages of a crawl, which are not fetched again. The first 200 count.
            **settings: As for `crawl`. `allow_private_hosts` opens to each address its own host and port; what is about
                links, hosts, sitemaps and state means nothing here. `progress` is called as
                `progress("previews", done, total)`.

        Returns:
            One preview per item, in their order. What can not be had, or was left no time for, says so itself.

        Raises:
            InvalidArgumentError: A setting is out of its range, or `urls` is no list of addresses and pages.

        Examples:
            >>> import aion
            >>> [preview] = aion.Aion().preview(["http://127.0.0.1:8000/"])
            >>> preview.ok, preview.reason
            (False, 'forbidden_address')
        """

@final
class Audit:
    """Whether the books add up.

    Attributes:
        is_clean: Whether nothing is wrong.
        problems: What is wrong, each in a sentence.
        windows: Days that were looked at.
        entries: Lines of the journal that were read.
        live_grants: Grants that are under way.
    """

    @property
    def is_clean(self) -> bool: ...
    @property
    def problems(self) -> list[str]: ...
    @property
    def windows(self) -> int: ...
    @property
    def entries(self) -> int: ...
    @property
    def live_grants(self) -> int: ...

@final
class Budget:
    """The most that paid calls may cost, kept in a ledger that no thread, process, crash or clock can talk out of it.

    `decide()` sets the money aside before a paid call leaves, or says that the local model answers. Whatever goes
    wrong with the ledger, nothing is paid.

    A budget in memory is of this process; one in a file is shared by every process that opens it, on one machine. The
    file is an SQLite database, made if it does not exist and opened by the first call that needs it. A budget belongs
    to the process that made it: in a child after `os.fork()` it raises `ForkedError`; open the same file anew there.
    One of a file pickles as its arguments, one in memory does not pickle.

    Amounts may be `Decimal`, `int`, `float` or `str`; a float counts as the decimal that it prints as. They come back
    as `aion.Usd`. Every argument is an attribute too.

    Args:
        path: The ledger's file, on a disk of this machine. Without it, the ledger is in memory.
        enabled: Whether anything may be paid at all.
        daily_usd: Most that one local day may cost, rounded down to a micro-dollar; zero or less means never.
        max_fallbacks_per_hour: Most paid calls in any hour: 0 for none at all, `None` for no limit.
        confidence_threshold: A local answer of at least this confidence, 0 to 1, is good enough.
        max_tokens_per_reply: Most tokens of a paid reply, for your request and its `Price.upper_bound`.
        timezone: IANA zone whose days are counted.
        after_reboot: What is believed of the wall clock after the machine was started again: `"trust_wall"`, or
            `"strict"`, by which no new day opens until `confirm_clock()`.
        clock_tolerance: How many seconds the wall clock may be from the time that has passed.
        grace: How many seconds the call of a process that died may still be under way.
        patience: How many seconds a call waits for a ledger that others use, at most an hour.

    Raises:
        InvalidArgumentError: A setting is out of its range. What is wrong with the file is told by the calls that need
            it.

    Examples:
        >>> import aion
        >>> budget = aion.Budget(daily_usd=2, timezone="Europe/Lisbon")
        >>> budget
        Budget(daily_usd=Usd('2.00'), timezone='Europe/Lisbon')
        >>> decision = budget.decide(confidence=0.4, cost_usd="0.01")
        >>> decision.verdict, decision.grant.held_usd, budget.status().remaining_usd
        ('fallback', Usd('0.01'), Usd('1.99'))
    """

    def __new__(
        cls,
        path: _Path | None = None,
        *,
        enabled: bool = True,
        daily_usd: _Amount = 1.50,
        max_fallbacks_per_hour: int | None = 15,
        confidence_threshold: float = 0.62,
        max_tokens_per_reply: int = 400,
        timezone: str = "UTC",
        after_reboot: Literal["trust_wall", "strict"] = "trust_wall",
        clock_tolerance: float = 120.0,
        grace: float = 900.0,
        patience: float = 5.0,
    ) -> Budget: ...
    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, path: _Path | None = None) -> Budget:
        """Make a budget from the variables that hosts use.

        `USE_OPENAI`, `OPENAI_MAX_DAILY_USD`, `OPENAI_MAX_TOKENS_PER_REPLY`, `AION_CONFIDENCE_THRESHOLD`,
        `AION_MAX_FALLBACKS_PER_HOUR` and `AION_BUDGET_TIMEZONE`; an empty value counts as absent, and no other name is
        looked up. Paying is off unless `USE_OPENAI` turns it on; zero or less a day means never, and here 0 an hour
        means no hourly limit.

        Args:
            env: A mapping of names to values. Without it, `os.environ`, read once, now.
            path: The ledger's file. Without it, the ledger is in memory.

        Raises:
            InvalidArgumentError: The value of a variable can not be used; the message names it.

        Examples:
            >>> import aion
            >>> aion.Budget.from_env({"USE_OPENAI": "true", "OPENAI_MAX_DAILY_USD": "0.75"})
            Budget(daily_usd=Usd('0.75'))
        """
    def decide(self, *, confidence: float, cost_usd: _Amount | None, key: str | None = None) -> Decision:
        """Decide who answers, and set the money aside if it is the paid model.

        A ledger that is unavailable is no error: then the local model answers, and the reason says so. The same key
        with the same request gives the same decision for a week, also after a crash; its grant is then the one that was
        made before, in whatever state it is, and to delete that handle does not end it. A ledger in memory keeps the
        latest 100,000 keys.

        Args:
            confidence: How sure the local answer is, 0 to 1.
            cost_usd: The most that the paid call can cost, rounded up to a micro-dollar; `None` if nobody knows, and
                then nothing is paid. `Price.upper_bound` makes it from tokens.
            key: An idempotency key: asked again, the request gets the same answer.

        Raises:
            InvalidArgumentError: The confidence is not 0 to 1, or the amount is negative, not finite, or none at all.
            ConflictError: The key was used for another request.
            ForkedError: The budget was made before a fork.

        Examples:
            >>> import aion
            >>> budget = aion.Budget(daily_usd=0.05)
            >>> decision = budget.decide(confidence=0.3, cost_usd=0.04)
            >>> decision.verdict, budget.decide(confidence=0.3, cost_usd=0.04).reason
            ('fallback', 'daily_cap')
        """
    def grant(self, id: str) -> Grant:
        """A handle of the grant with this id, such as one that another process or an earlier run made.

        To delete the handle does not end the grant.

        Args:
            id: `Grant.id`.

        Raises:
            InvalidArgumentError: It is no id, or that of a grant of another ledger.
            InvalidStateError: The grant ended and is forgotten: at once in memory, after an hour in a file.
            UnavailableError: The ledger can not be read.

        Examples:
            >>> import aion
            >>> budget = aion.Budget()
            >>> decision = budget.decide(confidence=0.3, cost_usd=0.01)
            >>> budget.grant(decision.grant.id).dispatched()
            >>> decision.grant.state
            'dispatched'
        """
    def status(self) -> BudgetStatus:
        """The current day at a glance.

        Raises:
            UnavailableError: The ledger can not be read.
            ForkedError: The budget was made before a fork.

        Examples:
            >>> import aion
            >>> status = aion.Budget(daily_usd=0.25).status()
            >>> status.spent_usd, status.held_usd, status.remaining_usd, status.fallbacks_last_hour
            (Usd('0.00'), Usd('0.00'), Usd('0.25'), 0)
        """
    def sweep(self) -> int:
        """End the grants of processes that died.

        What they held is released; what they had dispatched is captured in full once `grace` has passed. Decisions do
        this by themselves, about once a minute and before a request is refused for want of money.

        Returns:
            How many were ended.

        Raises:
            UnavailableError: The ledger can not be written.
            ForkedError: The budget was made before a fork.

        Examples:
            >>> import aion
            >>> aion.Budget().sweep()
            0
        """
    def confirm_clock(self) -> None:
        """Vouch for the wall clock: the ledger goes on from what it says now.

        Days that have passed never come back, so a clock that is behind only stays where it is.

        Raises:
            UnavailableError: The ledger can not be written.
            ForkedError: The budget was made before a fork.

        Examples:
            >>> import aion
            >>> budget = aion.Budget()
            >>> budget.confirm_clock()
            >>> budget.journal()[0]["edge"]
            'clock_confirmed'
        """
    def audit(self) -> Audit:
        """Read the whole journal and check that it and the books agree.

        A ledger in memory keeps its last 10,000 lines and the sums of those before. What is wrong in the books is no
        error but in `Audit.problems`.

        Raises:
            UnavailableError: The ledger can not be read.
            ForkedError: The budget was made before a fork.

        Examples:
            >>> import aion
            >>> aion.Budget().audit().is_clean
            True
        """
    def journal(self, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
        """Lines of the journal, which is only ever added to: one for each step of a grant.

        Args:
            after: The number of the line to begin after; 0 for those from the beginning.
            limit: Most lines to give.

        Returns:
            Dicts that JSON can hold, oldest first: `line`, `at`, `edge`, `grant`, `window`, by how much the sums
            changed, in whole micro-dollars, `captured_micro_usd`, `dispatched_micro_usd`, `held_micro_usd` and
            `overrun_micro_usd`, and the `record` of the decision where money was set aside.

        Raises:
            UnavailableError: The ledger can not be read.
            ForkedError: The budget was made before a fork.

        Examples:
            >>> import aion
            >>> budget = aion.Budget()
            >>> budget.decide(confidence=0.3, cost_usd=0.01).grant.release()
            >>> [(line["edge"], line["held_micro_usd"]) for line in budget.journal()]
            [('held', 10000), ('released', -10000)]
        """
    @property
    def path(self) -> str | None: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def daily_usd(self) -> Usd: ...
    @property
    def max_fallbacks_per_hour(self) -> int | None: ...
    @property
    def confidence_threshold(self) -> float: ...
    @property
    def max_tokens_per_reply(self) -> int: ...
    @property
    def timezone(self) -> str: ...
    @property
    def after_reboot(self) -> Literal["trust_wall", "strict"]: ...
    @property
    def clock_tolerance(self) -> float: ...
    @property
    def grace(self) -> float: ...
    @property
    def patience(self) -> float: ...
    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]: ...

@final
class BudgetStatus:
    """A budget at one moment: `spent_usd + held_usd + remaining_usd` is the day's limit, unless an overrun passed it.

    Attributes:
        window: The local day that counts, as an ISO date.
        window_ends: When the next one begins, a `datetime.datetime` in UTC.
        daily_usd: The day's limit.
        spent_usd: Captured for good.
        held_usd: Set aside for calls that are under way or about to be.
        dispatched_usd: The part of `held_usd` whose calls may have left.
        remaining_usd: What is free.
        overrun_usd: The part of what was spent that providers billed above what was held.
        fallbacks_last_hour: Grants of the last hour that were not released.
        max_fallbacks_per_hour: How many there may be; `None` for no limit.
        clock: `"steady"`, `"ahead"` or `"behind"`: how the wall clock compares with the time that has passed.
        ledger: Where the books are: `"memory"` or `"sqlite"`.
    """

    @property
    def window(self) -> str: ...
    @property
    def window_ends(self) -> datetime.datetime: ...
    @property
    def daily_usd(self) -> Usd: ...
    @property
    def spent_usd(self) -> Usd: ...
    @property
    def held_usd(self) -> Usd: ...
    @property
    def dispatched_usd(self) -> Usd: ...
    @property
    def remaining_usd(self) -> Usd: ...
    @property
    def overrun_usd(self) -> Usd: ...
    @property
    def fallbacks_last_hour(self) -> int: ...
    @property
    def max_fallbacks_per_hour(self) -> int | None: ...
    @property
    def clock(self) -> Literal["steady", "ahead", "behind"]: ...
    @property
    def ledger(self) -> Literal["memory", "sqlite"]: ...

@final
class Decision:
    """Who answers, why, and the money if it is paid.

    It pickles as its record, without the grant.

    Attributes:
        verdict: `"local"` or `"fallback"`: the paid model may be asked only after `"fallback"`.
        reason: `"granted"`, `"confident"`, `"disabled"`, `"daily_cap"`, `"hourly_cap"`, `"unknown_price"`,
            `"ledger_unavailable"` or `"clock_suspect"`: the first rule that decided.
        explanation: Why, in a sentence or two for people.
        grant: The money for the paid call, or `None`. It lives as long as somebody holds the decision or the grant.
        record: Everything that the decision rests on, as JSON has it: numbers and the policy; no prompt, no key, no
            secret. `replay_decision` makes the decision again from it. Every access gives a new dict.

    Examples:
        >>> import aion
        >>> decision = aion.Budget().decide(confidence=0.9, cost_usd=0.01)
        >>> decision.verdict, decision.reason, decision.grant
        ('local', 'confident', None)
        >>> decision.explanation
        'The local answer is good enough: its confidence 0.9 is not below 0.62.'
    """

    @property
    def verdict(self) -> Literal["local", "fallback"]: ...
    @property
    def reason(
        self,
    ) -> Literal[
        "granted",
        "confident",
        "disabled",
        "daily_cap",
        "hourly_cap",
        "unknown_price",
        "ledger_unavailable",
        "clock_suspect",
    ]: ...
    @property
    def explanation(self) -> str: ...
    @property
    def grant(self) -> Grant | None: ...
    @property
    def record(self) -> dict[str, Any]: ...

@final
class Grant:
    """Money that is set aside for one paid call.

    Call `dispatched()` before the bytes of the call leave and `settle()` with what it cost; or `release()` when no
    call is made. A grant that is deleted is ended as `end()` does, and so is the grant of a process that died, by the
    others. Used in a `with` statement, it is ended when the block is left, however that comes about.

    It pickles as its budget, if that is of a file, and its id. The copy is a handle like that of `Budget.grant`: to
    delete it ends nothing, while the original still does.

    Attributes:
        id: Its name, unique in the world: another process can take it up by `Budget.grant`.
        held_usd: The most that the call may cost, which is set aside.
        state: `"held"`, `"dispatched"`, `"settled"` or `"released"`, as the ledger has it now. A ledger in memory
            forgets a grant that has ended, and then `InvalidStateError` is raised; a file does so after an hour.

    Examples:
        >>> import aion
        >>> budget = aion.Budget()
        >>> decision = budget.decide(confidence=0.3, cost_usd=0.01)
        >>> with decision.grant as grant:
        ...     grant.dispatched()
        ...     answer = "..."  # The paid call.
        ...     grant.settle(0.0042)
        Settlement(captured_usd=Usd('0.0042'), overrun_usd=Usd('0.00'))
        >>> budget.status().spent_usd
        Usd('0.0042')
    """

    @property
    def id(self) -> str: ...
    @property
    def held_usd(self) -> Usd: ...
    @property
    def state(self) -> Literal["held", "dispatched", "settled", "released"]: ...
    def dispatched(self) -> None:
        """Write down that the call leaves now. Only after this has returned may its bytes leave; if it raises, make no
        call.

        Raises:
            InvalidStateError: The grant is not held any more.
            UnavailableError: The ledger can not be written.
            ForkedError: The budget was opened before a fork.

        Examples:
            >>> import aion
            >>> grant = aion.Budget().decide(confidence=0.3, cost_usd=0.01).grant
            >>> grant.dispatched()
            >>> grant.state
            'dispatched'
        """
    def settle(self, actual_usd: _Amount) -> Settlement:
        """Capture what the call cost and give the rest back.

        More than was held is captured too and told as overrun: it is the only way past the limit.

        Args:
            actual_usd: What the provider billed; what is finer than a micro-dollar is rounded up.

        Raises:
            InvalidStateError: The grant is not dispatched, or was settled before.
            InvalidArgumentError: The amount is negative, not finite, or none at all.
            UnavailableError: The ledger can not be written: try again, or let the grant go, which captures all of it.

        Examples:
            >>> import aion
            >>> grant = aion.Budget().decide(confidence=0.3, cost_usd=0.01).grant
            >>> grant.dispatched()
            >>> grant.settle("0.012").overrun_usd
            Usd('0.002')
        """
    def release(self) -> None:
        """Give all of it back: no call was made and none will be.

        Raises:
            InvalidStateError: The grant is not held: it was dispatched, or has ended.
            UnavailableError: The ledger can not be written.

        Examples:
            >>> import aion
            >>> budget = aion.Budget()
            >>> decision = budget.decide(confidence=0.3, cost_usd=0.01)
            >>> decision.grant.release()
            >>> budget.status().held_usd
            Usd('0.00')
        """
    def end(self) -> None:
        """Do now what deleting the grant would do: release it if it is held, settle it in full if it is dispatched, and
        leave it alone if it has ended.

        Raises:
            UnavailableError: The ledger can not be written.
            ForkedError: The budget was opened before a fork.

        Examples:
            >>> import aion
            >>> budget = aion.Budget()
            >>> grant = budget.decide(confidence=0.3, cost_usd=0.01).grant
            >>> grant.dispatched()
            >>> grant.end()
            >>> budget.status().spent_usd
            Usd('0.01')
        """
    def __enter__(self) -> Grant: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

@final
class Price:
    """What a provider charges, as its price list says it: dollars for a million tokens, and for each call.

    Amounts may be `Decimal`, `int`, `float` or `str`; what is finer than a micro-dollar is rounded up.

    Args:
        input_per_million: Dollars for a million tokens of input.
        output_per_million: Dollars for a million tokens of output.
        per_call: Dollars for each call besides.

    Raises:
        InvalidArgumentError: An amount is negative, not finite, or none at all.

    Examples:
        >>> import aion
        >>> price = aion.Price(0.15, 0.60)
        >>> price.upper_bound(1_000, 400)
        Usd('0.00039')
    """

    def __new__(
        cls, input_per_million: _Amount, output_per_million: _Amount, per_call: _Amount = 0
    ) -> Price: ...
    def upper_bound(self, input_tokens: int, max_tokens: int | None) -> Usd | None:
        """The most that a call can cost: what `Budget.decide` is asked for.

        Args:
            input_tokens: An upper bound of the tokens of its input.
            max_tokens: What the provider is told as the longest answer. `None` if it is told nothing: then there is
                no bound.

        Returns:
            The amount, rounded up to a micro-dollar, or `None`.

        Raises:
            InvalidArgumentError: A number is negative, or the amount is above a billion dollars.

        Examples:
            >>> import aion
            >>> price = aion.Price("2.50", "10.00", per_call="0.001")
            >>> price.upper_bound(1_000, 400)
            Usd('0.0075')
            >>> price.upper_bound(1_000, None) is None
            True
        """
    def cost(self, input_tokens: int, output_tokens: int) -> Usd:
        """What a call has cost, by the tokens that the provider counted: what `Grant.settle` is told.

        Args:
            input_tokens: Tokens of input.
            output_tokens: Tokens of output.

        Returns:
            The amount, rounded up to a micro-dollar.

        Raises:
            InvalidArgumentError: A number is negative, or the amount is above a billion dollars.

        Examples:
            >>> import aion
            >>> aion.Price(0.15, 0.60).cost(1_000, 57)
            Usd('0.000185')
        """
    @property
    def input_per_million(self) -> Usd: ...
    @property
    def output_per_million(self) -> Usd: ...
    @property
    def per_call(self) -> Usd: ...
    def __getnewargs__(self) -> tuple[str, str, str]: ...

@final
class Settlement:
    """What a settled grant cost in the end.

    Attributes:
        captured_usd: What was taken from the day's money.
        overrun_usd: The part of it that the provider billed above what was held.
    """

    @property
    def captured_usd(self) -> Usd: ...
    @property
    def overrun_usd(self) -> Usd: ...

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

@final
class Blocklist:
    """A list of sites, matched on the borders of labels and of path segments.

    `example.com` means this host and everything below it, `*.example.com` only what is below it,
    `example.com/private` that path and what is below it, `example.com:8080` that port only, and an IP address
    itself. Empty entries are passed over. It serves as the `blocklist` of a crawl, as a plain list does too.

    Args:
        entries: The sites.

    Attributes:
        entries: The sites as they were given.

    Raises:
        InvalidArgumentError: An entry is no site: it would block nothing.

    Examples:
        >>> import aion
        >>> blocklist = aion.Blocklist(["facebook.com", "*.example.com"])
        >>> blocklist.blocks("https://www.Facebook.com./about"), blocklist.blocks("https://notfacebook.com/")
        (True, False)
    """

    def __new__(cls, entries: Iterable[str]) -> Blocklist: ...
    @property
    def entries(self) -> list[str]: ...
    def blocks(self, url: str) -> bool:
        """Whether `url` is on the list. What is no URL, or has no host, is on none.

        Examples:
            >>> import aion
            >>> aion.Blocklist(["example.com/private"]).blocks("http://example.com/privateer")
            False
        """
    def __getnewargs__(self) -> tuple[list[str]]: ...

@final
class Crawl:
    """The pages of a site as they come: `for page in crawl`, or `async for page in crawl` under asyncio.

    The crawl runs on one thread of its own, ahead of its caller by about 16 pages. Pages that were asked for nearest to
    the seed come first; one that answers quickly may overtake one that was asked for a moment before. Several threads or
    tasks may take pages; each page is handed out once. `progress` is called by whoever comes for a page, before it is
    taken; an exception of it ends the crawl and is raised. Ctrl-C ends the waiting, not the crawl: no page is lost.

    It ends with the last page, an error, `close()`, at the end of a `with` block, or when it is deleted; a `state` file
    keeps what is left. A crawl belongs to the process that began it: in a child after `os.fork()` it raises `ForkedError`.

    Attributes:
        stats: What it has done so far, a `CrawlStats`.
    """

    @property
    def stats(self) -> CrawlStats: ...
    def next(self, timeout: float | None = None) -> Page | None:
        """Wait for the next page.

        Args:
            timeout: Most seconds to wait. Without it, as long as the crawl takes.

        Returns:
            The page; `None` after the last, and after `close()`.

        Raises:
            DeadlineExceededError: No page came in time, and the crawl goes on; or its own time is over.
            CancelledError: The crawl's token was tripped.
            UnavailableError: The seed can not be fetched.
            InvalidArgumentError: The seed leads where nothing may be fetched.
            IoError: The state file can not be written.
        """
    def close(self) -> None:
        """End the crawl and its thread; pages that were not taken are dropped. Closing twice does nothing more."""
    def __iter__(self) -> Crawl: ...
    def __next__(self) -> Page: ...
    def __aiter__(self) -> Crawl: ...
    def __anext__(self) -> Coroutine[Any, Any, Page]: ...
    def __enter__(self) -> Crawl: ...
    def __exit__(self, *_exception: object) -> None: ...
    def _take(self) -> Page | None: ...
    def _wait(self) -> None: ...

@final
class CrawlStats:
    """What a crawl had done at one moment.

    Attributes:
        pages: Pages that were found; a few of them may not have been taken yet.
        requests: Requests of every kind, with those for `robots.txt`, sitemaps and repeats.
        robots: Fetches of `robots.txt`.
        sitemaps: Sitemap files that were read.
        redirects: Redirects that were met.
        retries: Requests that were made again.
        bytes: Bytes of pages, decoded.
        waiting: Addresses that wait.
        elapsed: Seconds since the crawl began; until its end.
        skipped: Addresses without a page, counted by `Miss.skip`: for links each time that one was met.
        misses: The first thousand addresses that were tried in vain, with the reason.
    """

    @property
    def pages(self) -> int: ...
    @property
    def requests(self) -> int: ...
    @property
    def robots(self) -> int: ...
    @property
    def sitemaps(self) -> int: ...
    @property
    def redirects(self) -> int: ...
    @property
    def retries(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def elapsed(self) -> float: ...
    @property
    def skipped(self) -> dict[_Skip, int]: ...
    @property
    def misses(self) -> list[Miss]: ...

@final
class Miss:
    """An address that was wanted and has no page.

    Attributes:
        url: The canonical address.
        skip: Why, for a program: `"blocklist"`, `"content_type"`, `"duplicate"`, `"forbidden_address"`,
            `"frontier_full"`, `"http_status"`, `"network"`, `"not_modified"`, `"off_host"`, `"private_route"`,
            `"robots"`, `"robots_unreachable"`, `"timed_out"`, `"too_deep"`, `"too_large"`, `"too_many_redirects"` or
            `"trap"`.
        message: Why, in a sentence for people.
    """

    @property
    def url(self) -> str: ...
    @property
    def skip(self) -> _Skip: ...
    @property
    def message(self) -> str: ...

@final
class Page:
    """A page that was fetched and read.

    Attributes:
        url: The canonical address that was asked for.
        final_url: The address that answered, after redirects.
        status: The HTTP status; always a 2xx.
        title: The title; empty without one.
        text: The main text.
        links: Addresses of all links, those too that are not followed.
        images: The images with their alternative texts.
        published: When it was published, as it says, or `None`.
        language: The language that the page says it is in, or `None`.
        detected_language: The language that its text looks to be written in, as an ISO 639 code, or `None`.
        meta: Contents of the meta elements, by name.
        content_type: The `Content-Type`; empty without one.
        depth: Links between the seed and this page; those that only a sitemap names have 1.
        html: The document as `bytes`, also where it is a PDF or another file, decoded from its content coding but not
            from its charset. Every access gives the same object.
        verdict: Whether it may be ingested and trained on, and why not.
        headers: The headers by their names in lower case. A name that came several times has its values joined by
            `", "`, but `set-cookie`, whose values may hold commas, by a line feed.
    """

    @property
    def url(self) -> str: ...
    @property
    def final_url(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def links(self) -> list[str]: ...
    @property
    def images(self) -> list[PageImage]: ...
    @property
    def published(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def detected_language(self) -> str | None: ...
    @property
    def meta(self) -> dict[str, str]: ...
    @property
    def content_type(self) -> str: ...
    @property
    def depth(self) -> int: ...
    @property
    def html(self) -> bytes: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def headers(self) -> dict[str, str]: ...

@final
class Preview:
    """What a page is about and whether it may be ingested.

    Attributes:
        url: The address as it was given.
        ok: Whether the page was fetched and may be ingested.
        reason: The code of what speaks against it, of the verdict or of why it was not fetched, or `None`.
        error: A sentence on what went wrong, if the page could not be had, or `None`.
        title: The title; empty without one.
        excerpt: The first 800 characters of the text, its white space made even.
        text: The main text.
        meta: Contents of the meta elements, and `final_url`, `content_type`, `status` and `language`.
        verdict: Whether the page may be ingested and trained on, and why not.
    """

    @property
    def url(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def reason(self) -> _Code | _Skip | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def title(self) -> str: ...
    @property
    def excerpt(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def meta(self) -> dict[str, str]: ...
    @property
    def verdict(self) -> Verdict: ...

@final
class Verdict:
    """Whether a page may be used, and why not.

    Attributes:
        ok: Whether it may be ingested: the same as `allows("ingest")`. Ask `allows("train")` before training.
        reasons: Every objection, in a fixed order of their codes.
        waived: The objections that were overlooked because the caller turned their signal off.
        ignored: The codes of all signals that the caller turned off, whether or not the page gave them.
        unknown: The codes of signals that the page gives in a form that can not be read: neither a yes nor a no.
        follow_links: Whether a crawler may follow the links of the page.
        pii: How many identifiers of people the text holds, by kind, also where they are too few to object to.
    """

    @property
    def ok(self) -> bool: ...
    @property
    def reasons(self) -> list[Reason]: ...
    @property
    def waived(self) -> list[Reason]: ...
    @property
    def ignored(self) -> frozenset[_Code]: ...
    @property
    def unknown(self) -> frozenset[_Code]: ...
    @property
    def follow_links(self) -> bool: ...
    @property
    def pii(self) -> dict[_PiiKind, int]: ...
    def allows(self, use: _Use) -> bool:
        """Whether no reason forbids `use`, which is `"ingest"` or `"train"`.

        Raises:
            InvalidArgumentError: There is no such use.

        Examples:
            >>> import aion
            >>> text = "A long article. " * 20
            >>> verdict = aion.check_policy("https://example.com/a", text, headers={"X-Robots-Tag": "noai"})
            >>> verdict.allows("ingest"), verdict.allows("train")
            (True, False)
        """

@final
class Reason:
    """One objection to one use of a page.

    Attributes:
        code: What a program branches on: `"private_route"`, `"too_short"`, `"pii"`, `"robots"`,
            `"robots_unreachable"`, `"http_status"`, `"noindex"`, `"noai"`, `"noimageai"`, `"noml"`,
            `"tdm_reserved"`, `"content_usage"` or `"content_signal"`.
        use: The use that it forbids: `"ingest"` or `"train"`. What forbids both is given as two reasons.
        message: A sentence for people, in English.
    """

    @property
    def code(self) -> _Code: ...
    @property
    def use(self) -> _Use: ...
    @property
    def message(self) -> str: ...
    def message_in(self, language: str) -> str:
        """The same sentence in `"en"` or `"pt"`; a region such as that of `"pt-BR"` is passed over.

        Raises:
            InvalidArgumentError: It is written in no such language.

        Examples:
            >>> import aion
            >>> reason = aion.check_policy("https://example.com/login", "x" * 200).reasons[0]
            >>> reason.message_in("pt")
            'rota privada: o endereço tem o segmento "login"'
        """

@final
class Robots:
    r"""A `robots.txt` (RFC 9309): parsed once, asked often.

    A user agent is a product token such as `AION`, or a whole header such as `AION/0.1 (+https://…)`. A URL is one
    as it is sent, or a path.

    Attributes:
        sitemaps: The sitemaps that the file names, as it writes them. They are not checked in any way.

    Examples:
        >>> import aion
        >>> robots = aion.Robots.parse("User-agent: *\nDisallow: /private/\nAllow: /private/open$")
        >>> robots.allowed("AION/0.1", "https://example.com/private/letter")
        False
        >>> robots.allowed("AION/0.1", "/private/open")
        True
    """

    @classmethod
    def parse(cls, body: _Octets) -> Robots:
        """Read the first 500 KiB of a file. There is no wrong `robots.txt`: what is not understood is passed over, so a
        page of HTML allows everything, as an empty file does.

        Examples:
            >>> import aion
            >>> aion.Robots.parse(b"<html>no such page</html>").allowed("AION", "/")
            True
        """
    @property
    def sitemaps(self) -> list[str]: ...
    def allowed(self, user_agent: str, url: str) -> bool:
        r"""Whether `user_agent` may fetch `url`. `/robots.txt` itself is always allowed, a URL of more than 64 KiB never.

        Examples:
            >>> import aion
            >>> robots = aion.Robots.parse("User-agent: BadBot\nDisallow: /")
            >>> robots.allowed("AION", "/a"), robots.allowed("BadBot/2.0", "/a")
            (True, False)
        """
    def crawl_delay(self, user_agent: str) -> float | None:
        r"""How many seconds `user_agent` is asked to wait between two requests, at most a day, or `None`.

        Examples:
            >>> import aion
            >>> aion.Robots.parse("User-agent: *\nCrawl-delay: 2.5").crawl_delay("AION")
            2.5
        """
    def content_usage(self, user_agent: str, url: str) -> dict[Literal["search", "train-ai"], bool | None]:
        r"""What the `Content-Usage` lines (IETF aipref drafts) say about `url`.

        Returns:
            `True` for yes, `False` for no and `None` for unknown, of `"search"` and `"train-ai"`.

        Examples:
            >>> import aion
            >>> robots = aion.Robots.parse("User-agent: *\nContent-Usage: /news train-ai=n")
            >>> robots.content_usage("AION", "/news/1")
            {'search': None, 'train-ai': False}
        """
    def content_signal(
        self, user_agent: str, url: str
    ) -> dict[Literal["search", "ai-input", "ai-train"], bool | None]:
        r"""What the `Content-Signal` lines (contentsignals.org) say about `url`.

        Returns:
            `True` for yes, `False` for no and `None` for unknown, of `"search"`, `"ai-input"` and `"ai-train"`.

        Examples:
            >>> import aion
            >>> robots = aion.Robots.parse("User-agent: *\nContent-Signal: search=yes, ai-train=no")
            >>> robots.content_signal("AION", "/")
            {'search': True, 'ai-input': None, 'ai-train': False}
        """

@final
class Extracted:
    """What a page or another document says.

    Attributes:
        title: The title; empty if the page has none.
        text: The main text, one line per paragraph, heading, list item or row.
        links: Each address that the page links to, once, in the order of the page.
        language: The declared language as a BCP 47 tag, such as `"pt-BR"`, or `None`.
        detected_language: The language that the text looks to be written in, as an ISO 639 code such as `"pt"`: a guess
            by the text alone. `None` for a short or a mixed text.
        canonical: The address that the page wants to be known by, or `None`.
        published: When the page was published, as it says: an ISO 8601 date or date and time, or `None`.
        images: The images of the page, in its order.
        meta: The page's `meta` elements by lower-case name or property.
        charset: The charset that the bytes were read with, by its name in the Encoding Standard.
        source: Where the text was found: `"article"`, `"prose"`, `"json_ld"`, `"plain"` or, for what is no page,
            `"document"`.
    """

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def links(self) -> list[Link]: ...
    @property
    def language(self) -> str | None: ...
    @property
    def detected_language(self) -> str | None: ...
    @property
    def canonical(self) -> str | None: ...
    @property
    def published(self) -> str | None: ...
    @property
    def images(self) -> list[PageImage]: ...
    @property
    def meta(self) -> dict[str, str]: ...
    @property
    def charset(self) -> str: ...
    @property
    def source(self) -> Literal["article", "prose", "json_ld", "plain", "document"]: ...

@final
class Document:
    """A file, read.

    Attributes:
        kind: What the file is: `"pdf"`, `"docx"`, `"pptx"`, `"xlsx"`, `"odt"`, `"ods"`, `"odp"`, `"csv"`,
            `"markdown"`, `"html"` or `"text"`.
        extracted: Title, text, links, images and what else the file says. Cells of a table row are separated by tabs,
            and images of office files are named by their place in the file. Every access gives the same object.
        pages: Pages of a PDF, slides of a presentation, sheets of a workbook; 1 for what has none.
        scanned: Pages of a PDF that show something and have no text layer, such as scans.
        recognized: Pictures that OCR was given and found text in.
        warnings: What of the file could not be read, a sentence each; empty for a sound file.
    """

    @property
    def kind(
        self,
    ) -> Literal["pdf", "docx", "pptx", "xlsx", "odt", "ods", "odp", "csv", "markdown", "html", "text"]: ...
    @property
    def extracted(self) -> Extracted: ...
    @property
    def pages(self) -> int: ...
    @property
    def scanned(self) -> int: ...
    @property
    def recognized(self) -> int: ...
    @property
    def warnings(self) -> list[str]: ...

@final
class Link:
    """A link of a page.

    Attributes:
        url: The address, without its fragment.
        text: The text of the link, its white space collapsed.
        nofollow: Whether the link asks robots not to follow it.
    """

    @property
    def url(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def nofollow(self) -> bool: ...

@final
class PageImage:
    """An image of a page.

    Attributes:
        url: The address.
        alt: The text that stands for the image; empty if there is none.
    """

    @property
    def url(self) -> str: ...
    @property
    def alt(self) -> str: ...

@final
class PiiMatch:
    """One identifier in a text.

    Attributes:
        kind: `"email"`, `"phone"`, `"card"`, `"iban"`, `"ip"`, `"cpf"` or `"cnpj"`.
        start: Where it begins in the text, in characters.
        end: Where it ends in the text, so that `text[start:end]` is the identifier.
        text: The identifier as it is written.
    """

    def __new__(cls, *, kind: _PiiKind, start: int, end: int, text: str) -> PiiMatch: ...
    @property
    def kind(self) -> _PiiKind: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def text(self) -> str: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...

@final
class Adapters:
    """The versions of one adapter under a root directory, and which of them is current.

    `root/aion-current` always opens as a whole PEFT adapter once something was promoted. A promotion is verified before
    it is visible, visible at one stroke, and can be taken back; a crash at any moment leaves the version of before or
    the new one. One promotion goes on at a time, in all processes of the machine. The root must be on a disk of this
    machine.

    Making one puts the root in order after a crash; it is made if it is missing, and a plain adapter directory at
    `aion-current` becomes the first version. A handle holds nothing open between calls: threads may share it, it may be
    used after `os.fork()`, and it pickles as its arguments.

    Args:
        root: The directory of the versions.
        keep: How many versions are kept, 2 or more: the current one with those it came from, and those that were
            current last. Versions that are being read are kept as well.
        patience: How many seconds a call waits for another promotion.
        timeout: Most seconds that putting in order may take.
        cancel: A token that stops it.

    Raises:
        InvalidArgumentError: An option is out of its range.
        InvalidStateError: Something that is no adapter is in the place of `aion-current`.
        IoError: The disk can not be read or written.

    Examples:
        >>> import aion, tempfile
        >>> adapters = aion.Adapters(tempfile.mkdtemp())
        >>> adapters.current() is None, adapters.history()
        (True, [])
        >>> version = adapters.promote("aion-core/tests/data/adapter/peft", metrics={"loss": 1.9})
        >>> adapters.current() == version, version.metrics
        (True, {'loss': 1.9})
        >>> (adapters.root / "aion-current" / "adapter_config.json").exists()
        True
    """

    def __new__(
        cls,
        root: _Path,
        *,
        keep: int = 5,
        patience: float = 60.0,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> Adapters: ...
    def promote(
        self,
        path: _Path,
        *,
        check: HeldOut | Callable[[Candidate], bool] | None = None,
        base: _Path | None = None,
        metrics: dict[str, float] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> Version:
        """Make a verified copy of an adapter the current version.

        Readers see the old version until the new one is whole, and the new one from then on. The candidate stays as it
        is. Whatever raises before that moment leaves everything as it was.

        Args:
            path: The directory of the candidate, a PEFT adapter.
            check: A `HeldOut`, on which the candidate must not be worse than what is current. Or a function, called as
                `check(candidate)` with a `Candidate` that is whole, on the calling thread: True lets it become current,
                False and an exception do not; the exception is raised. No other promotion goes on meanwhile, so it must
                not promote itself.
            base: The directory of the base, whose layers the candidate must fit; only its `config.json` is read.
            metrics: Numbers to be kept with the version, such as its loss: a dict of names and finite floats.
            timeout: Most seconds to take. It can not interrupt a function that checks.
            cancel: A token that stops the call.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such adapter.
            InvalidInputError: The candidate is damaged or not whole; the message names what is wrong.
            UnsupportedError: The candidate is more than plain LoRA, or the base is none that is known here.
            ConflictError: `check` returned False, or the candidate is worse; the message has both losses.
            UnavailableError: Another promotion takes longer than `patience`.
            IoError: The disk can not be read or written.

        Examples:
            >>> import aion, tempfile
            >>> adapters = aion.Adapters(tempfile.mkdtemp())
            >>> candidate = "aion-core/tests/data/adapter/peft"
            >>> adapters.promote(candidate, check=lambda candidate: candidate.rank <= 64).base
            'base'
            >>> try:
            ...     adapters.promote(candidate, check=lambda candidate: candidate.champion is None)
            ... except aion.ConflictError as error:
            ...     print("refused" in str(error), len(adapters.history()))
            True 1
        """
    def current(self) -> Version | None:
        """The current version; None if nothing was promoted yet.

        Raises:
            IoError: The disk can not be read.
        """
    def open_current(self) -> PinnedVersion | None:
        """The current version, held for reading; None if nothing was promoted yet.

        Raises:
            IoError: The disk can not be read.

        Examples:
            >>> import aion, json, tempfile
            >>> adapters = aion.Adapters(tempfile.mkdtemp())
            >>> version = adapters.promote("aion-core/tests/data/adapter/peft")
            >>> with adapters.open_current() as pinned:
            ...     print(pinned.version == version, json.loads(pinned.read("adapter_config.json"))["r"])
            True 4
        """
    def open_version(self, id: str) -> PinnedVersion:
        """The version of this id, held for reading.

        Raises:
            NotFoundError: It is not in the history.
            IoError: The disk can not be read.
        """
    def rollback(self, *, timeout: float | None = None, cancel: CancelToken | None = None) -> Version:
        """Go back to the version that was current before the current one was promoted, or if it is damaged or gone to the
        one before that. It is verified first.

        Args:
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Returns:
            The version that is current now.

        Raises:
            InvalidStateError: There is none to go back to.
            UnavailableError: A promotion takes longer than `patience`.
            IoError: The disk can not be read or written.

        Examples:
            >>> import aion, tempfile
            >>> adapters = aion.Adapters(tempfile.mkdtemp())
            >>> versions = [adapters.promote("aion-core/tests/data/adapter/peft") for _ in range(2)]
            >>> adapters.rollback() == versions[0] == adapters.current()
            True
        """
    def rollback_to(
        self, id: str, *, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> Version:
        """Make a version that has been current before current again. It is verified first.

        Args:
            id: Which one: `Version.id` of the history.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            NotFoundError: It is not in the history.
            InvalidInputError: Its files were changed.
            UnavailableError: A promotion takes longer than `patience`.
            IoError: The disk can not be read or written.
        """
    def history(self) -> list[Version]:
        """The versions that have been current and are still there, the newest first.

        Raises:
            IoError: The disk can not be read.
        """
    @property
    def root(self) -> pathlib.Path: ...
    @property
    def keep(self) -> int: ...
    @property
    def patience(self) -> float: ...
    def __getnewargs_ex__(self) -> tuple[tuple[pathlib.Path], dict[str, Any]]: ...

@final
class Candidate:
    """What the `check` of a promotion looks at: the copy that would become current, verified, and what is current now.

    It is a path of the copy as well: `open(os.path.join(candidate, "adapter_config.json"))` works.

    Attributes:
        path: The directory of the copy, a PEFT adapter. It is gone after the check.
        champion: The current version, which stays on the disk during the check, or None.
        base: The base that the adapter is for, as its settings name it, or None.
        rank: The rank of the adapter.
        alpha: The adapter's output is scaled by `alpha / rank`.
    """

    @property
    def path(self) -> pathlib.Path: ...
    @property
    def champion(self) -> Version | None: ...
    @property
    def base(self) -> str | None: ...
    @property
    def rank(self) -> int: ...
    @property
    def alpha(self) -> float: ...
    def __fspath__(self) -> str: ...

@final
class DatasetReport:
    """What became of the interactions that a training set was built of.

    Attributes:
        read: How many were read, damaged ones included.
        kept: How many are in the set.
        too_low: How many had too low a rating, or none where one was asked for.
        duplicates: How many said what an earlier one says.
        scrubbed: How many of those in the set had identifiers of people in them, which were replaced.
        damaged: How many could not be used.
        damaged_lines: The first hundred of them: `(line, reason)`, where the line is that of the file, or the place
            among the interactions, counted from 1.
        cut: Whether the set is full, so that the rest was not read.
    """

    @property
    def read(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def too_low(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    @property
    def scrubbed(self) -> int: ...
    @property
    def damaged(self) -> int: ...
    @property
    def damaged_lines(self) -> list[tuple[int, str]]: ...
    @property
    def cut(self) -> bool: ...

@final
class MergeReport:
    """What a merge did.

    Attributes:
        layers: The linear layers that were changed.
        files: The safetensors files that were written.
    """

    @property
    def layers(self) -> int: ...
    @property
    def files(self) -> int: ...

@final
class PinnedVersion:
    """A version that is held: it stays on the disk, and reading it gives the same bytes, whatever is promoted meanwhile.

    `Adapters.open_current()` and `Adapters.open_version()` give one. Use it in a `with` block, or `close()` it, to let
    go; deleting it does too. Threads may share it. It does not pickle: the hold is of this process, and of a child
    forked from it.

    Attributes:
        version: Which version it is.
        files: The names of its files.
    """

    @property
    def version(self) -> Version: ...
    @property
    def files(self) -> list[str]: ...
    def read(self, name: str, *, timeout: float | None = None, cancel: CancelToken | None = None) -> bytes:
        """Read one of its files, verified: its size and hash are those that were promoted.

        Args:
            name: The file's name, such as `"adapter_model.safetensors"`; `files` has them all.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            NotFoundError: The version has no such file.
            InvalidInputError: The file was changed since its promotion.
            InvalidStateError: The version was closed.
        """
    def close(self) -> None:
        """Let go of the version. Closing twice does nothing more."""
    def __enter__(self) -> PinnedVersion: ...
    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _exception: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None: ...

@final
class Version:
    """One promoted adapter. Its directory never changes, and stays as long as the version is kept; see `PinnedVersion`
    for how to keep it while it is read.

    Attributes:
        id: Its name, a UUID: ids are in the order of their promotion.
        path: Its directory, a PEFT adapter.
        base: The base that the adapter is for, as its settings name it, or None.
        created: When it was promoted, in RFC 3339, UTC.
        metrics: What was measured of it: a dict of names and numbers.
        parent: The id of the version that was current before, or None.
    """

    @property
    def id(self) -> str: ...
    @property
    def path(self) -> pathlib.Path: ...
    @property
    def base(self) -> str | None: ...
    @property
    def created(self) -> str: ...
    @property
    def metrics(self) -> dict[str, float]: ...
    @property
    def parent(self) -> str | None: ...

@final
class EncodeReport:
    """What became of the conversations of a training set.

    Attributes:
        read: How many were read, damaged ones included.
        sequences: How many became sequences.
        truncated: How many of those were cut at `max_length`.
        without_targets: How many were left out because their answer was cut off.
        damaged: How many could not be used.
        damaged_lines: The first hundred of them: `(line, reason)`.
        tokens: The tokens of all sequences.
        targets: Those of them that count in the loss.
    """

    @property
    def read(self) -> int: ...
    @property
    def sequences(self) -> int: ...
    @property
    def truncated(self) -> int: ...
    @property
    def without_targets(self) -> int: ...
    @property
    def damaged(self) -> int: ...
    @property
    def damaged_lines(self) -> list[tuple[int, str]]: ...
    @property
    def tokens(self) -> int: ...
    @property
    def targets(self) -> int: ...

@final
class HeldOut:
    """A set that nothing is trained on, to compare adapters of one base by their loss.

    As the `check` of `Adapters.promote()` it lets a candidate become current only if its loss is not above that of the
    current version by more than `epsilon`. Where nothing is current yet, or an adapter of another base, the base alone is
    the measure. The comparison runs with the interpreter released.

    It holds no threads between calls: threads may share it, and it may be used after `os.fork()`. It pickles as its
    arguments, and the copy reads the files again.

    Args:
        base: The Hugging Face directory of the base.
        dataset: The path of a set as `build_sft_jsonl` writes it, which needs the `tokenizer.json` of the base; or an
            iterable of sequences as `LoraTrainer.lora_step` takes them. It should have nothing of what is trained on.
        epsilon: How much above the other a candidate's loss may be, in nats.
        batch_tokens: Most tokens that are computed at once: memory grows with it.
        max_length: The longest sequence of a file, in tokens; longer ones are cut.
        assistant_only: Whether only the assistant's words of a file count.
        chat_format: How the conversations of a file are written: `"platform"`, or `"template"` for the base's own chat
            template.
        threads: Threads. Without it, one for each core that the process may use.
        timeout: Most seconds that opening may take.
        cancel: A token that stops it.

    Attributes:
        base: The directory of the base.
        epsilon: How much worse a candidate may be.
        sequences: How many sequences are compared on.

    Raises:
        InvalidArgumentError: A setting is out of its range, or a sequence can not be compared on.
        InvalidInputError: The set gives nothing to compare on.
        NotFoundError: There is no such base, set or tokenizer.
        InvalidModelError: The base or its tokenizer is damaged.
        UnsupportedError: The base is of another architecture.

    Examples:
        >>> import aion, pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, learning_rate=1e-2)
        >>> trainer.save(folder / "untrained")
        >>> _ = trainer.train([[1, 20, 30, 40], [1, 50, 60, 70]], epochs=8)
        >>> trainer.save(folder / "trained")
        >>> held_out = aion.HeldOut("models/llama-tiny", [[1, 20, 30, 40]])
        >>> held_out.loss(folder / "trained") < held_out.loss()
        True
        >>> adapters = aion.Adapters(folder / "adapters")
        >>> champion = adapters.promote(folder / "trained", check=held_out)
        >>> try:
        ...     adapters.promote(folder / "untrained", check=held_out)
        ... except aion.ConflictError as error:
        ...     print("that of the champion is" in str(error), adapters.current() == champion)
        True True
    """

    def __new__(
        cls,
        base: _Path,
        dataset: _Path | Iterable[_Sequence],
        *,
        epsilon: float = 0.01,
        batch_tokens: int = 4096,
        max_length: int = 2048,
        assistant_only: bool = False,
        chat_format: _ChatFormat = "platform",
        threads: int | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> HeldOut: ...
    def loss(
        self,
        adapter: _Path | PinnedVersion | None = None,
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> float:
        """The mean cross-entropy of the set's target tokens, in nats: with an adapter, or of the base alone.

        Args:
            adapter: The directory of a PEFT adapter, such as `aion-current` or a `Candidate`, or a `PinnedVersion`.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            NotFoundError: There is no such adapter.
            InvalidInputError: The adapter is damaged, or of another base.
            UnsupportedError: The adapter is more than plain LoRA.
        """
    @property
    def base(self) -> pathlib.Path: ...
    @property
    def epsilon(self) -> float: ...
    @property
    def sequences(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[pathlib.Path, Any], dict[str, Any]]: ...

@final
class LoraTrainer:
    """Trains a LoRA adapter on a frozen language model, on the CPU.

    `lora_step()` learns from one micro-batch of token ids, for a loop of your own; `train()` goes over a whole set. What
    comes out is a PEFT adapter. The same calls give the same bits for any number of threads, and after `resume()` too. A
    call that fails, or is stopped, leaves the trainer as it was; `train()` leaves it at the last whole update.

    A trainer belongs to the process that made it: in a child after `os.fork()` it raises `ForkedError`. It does not
    pickle; `checkpoint()` writes all of it down. Threads may share it, one call at a time.

    Args:
        base: The Hugging Face directory of the base: Llama, Mistral, Qwen2 or Qwen3 shapes in float32, float16 or
            bfloat16. Steps on token ids need no `tokenizer.json` in it.
        rank: The rank of the adapter's matrices, 1 to 1024.
        alpha: The adapter's output is scaled by `alpha / rank`.
        dropout: How much of the adapter's input is dropped in training, 0 to below 1.
        target_modules: The layers that get an adapter.
        learning_rate: The learning rate of AdamW, before the schedule.
        weight_decay: The decoupled weight decay of AdamW.
        schedule: How the learning rate goes on: `"constant"`, `"linear"` or `"cosine"`.
        total_steps: Updates in all, for the schedules that fall.
        warmup_steps: Updates over which the learning rate rises from 0.
        max_grad_norm: The norm that gradients are clipped to; 0 for none.
        max_length: The longest sequence, in tokens. Steps refuse a longer one, `train()` cuts those of a file.
        gradient_accumulation: Micro-batches of an update in `lora_step()`.
        assistant_only: Whether `train()` learns only the assistant's words of a file.
        chat_format: How `train()` writes the conversations of a file: `"platform"`, or `"template"` for the base's own
            chat template.
        recompute: Whether layers are computed again in the backward pass instead of kept: a quarter slower, in far less
            memory, to the same bits.
        adapter: The directory of a PEFT adapter to go on from. Its rank, alpha and target modules are the trainer's then,
            unless others are given, which is an error.
        seed: What a new adapter, the dropout and the order of a set are drawn from.
        threads: Threads. Without it, one for each core that the process may use.
        timeout: Most seconds that opening may take.
        cancel: A token that stops it.

    Raises:
        InvalidArgumentError: A setting is out of its range, or not the adapter's.
        NotFoundError: There is no such base or adapter.
        InvalidModelError: The base is damaged or incomplete.
        InvalidInputError: The adapter is damaged, or of another base.
        UnsupportedError: The base is of another architecture.

    Examples:
        >>> import aion
        >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, alpha=8, gradient_accumulation=1, learning_rate=1e-2)
        >>> first, *_, last = [trainer.lora_step([[1, 20, 30, 40, 50]]).loss for _ in range(8)]
        >>> last < first, trainer.step
        (True, 8)
    """

    def __new__(
        cls,
        base: _Path,
        *,
        rank: int | None = 16,
        alpha: float | None = 32,
        dropout: float = 0.05,
        target_modules: str | Iterable[str] | None = (
            "q_proj",
            "k_proj",
            "v_proj",
            "o_proj",
            "gate_proj",
            "up_proj",
            "down_proj",
        ),
        learning_rate: float = 2e-4,
        weight_decay: float = 0.0,
        schedule: Literal["constant", "linear", "cosine"] = "constant",
        total_steps: int | None = None,
        warmup_steps: int = 0,
        max_grad_norm: float = 1.0,
        max_length: int = 2048,
        gradient_accumulation: int = 16,
        assistant_only: bool = False,
        chat_format: _ChatFormat = "platform",
        recompute: bool = False,
        adapter: _Path | None = None,
        seed: int = 0,
        threads: int | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> LoraTrainer: ...
    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> LoraTrainer:
        """Make a trainer from the variables that hosts use.

        `AION_BASE_CKPT`, `AION_LORA_RANK`, `AION_LORA_ALPHA`, `AION_LORA_DROPOUT` and `AION_THREADS`; besides,
        `AION_SFT_JSONL` is the set that `train()` takes when it is given none, and `AION_LORA_OUT` the directory that
        `save()` does. An empty value counts as absent, and no other name is looked up.

        Args:
            env: A mapping of names to values. Without it, `os.environ`, read once, now.

        Raises:
            InvalidArgumentError: The value of a variable can not be used; the message names it.
            NotFoundError: There is no such base.

        Examples:
            >>> import aion
            >>> trainer = aion.LoraTrainer.from_env({"AION_BASE_CKPT": "models/llama-tiny", "AION_LORA_RANK": "4"})
            >>> trainer.rank, trainer.alpha, str(trainer.dataset)
            (4, 32.0, 'data/sft/aion_sft.jsonl')
        """
    @classmethod
    def resume(
        cls,
        path: _Path,
        *,
        base: _Path | None = None,
        assistant_only: bool = False,
        chat_format: _ChatFormat = "platform",
        threads: int | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> LoraTrainer:
        """Make the trainer that a checkpoint holds. Each step gives the same bits as it would have given then, and `train()`
        over the same set goes on where it was.

        Args:
            path: The file of the checkpoint.
            base: The directory of the base. Without it, where it was then.
            assistant_only: As it was.
            chat_format: As it was.
            threads: Threads. Without it, one for each core that the process may use.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            NotFoundError: There is no such file or base.
            InvalidInputError: The file is damaged or no checkpoint.
            InvalidArgumentError: It was made with another base.
            UnsupportedError: It is of another version.

        Examples:
            >>> import aion, pathlib, tempfile
            >>> path = pathlib.Path(tempfile.mkdtemp(), "trainer.safetensors")
            >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, gradient_accumulation=1)
            >>> step = trainer.lora_step([[1, 20, 30, 40]])
            >>> trainer.checkpoint(path, cursor=b"line 1")
            >>> twin = aion.LoraTrainer.resume(path)
            >>> twin.step, twin.rank, twin.cursor
            (1, 4, b'line 1')
            >>> twin.lora_step([[1, 20, 30, 40]]) == trainer.lora_step([[1, 20, 30, 40]])
            True
        """
    def lora_step(
        self, batch: Iterable[_Sequence], *, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> StepReport:
        """Learn from one micro-batch.

        Every `gradient_accumulation`-th call updates the adapter by the gradient of them all, divided by the number of
        their target tokens. Sequences are not padded, and none attends to another.

        Args:
            batch: Sequences of token ids: lists, or arrays of NumPy or torch. A dict, or another mapping or object, with
                `ids` or `input_ids` may say what is learnt, by a `mask` that is true for those tokens, or by `labels`
                that are -100 for the others; without either, all but the first token are.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            InvalidArgumentError: The batch has nothing to learn, an empty or too long sequence, padding, or a token that is
                not of the vocabulary.
            InvalidStateError: The loss or a gradient is NaN or infinite, or exactly zero where something should be learnt.
            LimitExceededError: There is not enough memory.
            ForkedError: The trainer was made before a fork.

        Examples:
            >>> import aion
            >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, gradient_accumulation=2)
            >>> report = trainer.lora_step([[1, 20, 30], {"ids": [1, 40, 50, 60], "mask": [0, 0, 1, 1]}])
            >>> report.tokens, report.updated, trainer.lora_step([[1, 20, 30]]).updated
            (4, False, True)
        """
    def update(self) -> float | None:
        """Update the adapter by what was gathered so far, such as at the end of the data.

        Returns:
            The gradient's norm; None when nothing was gathered since the last update.

        Raises:
            InvalidStateError: The gathered gradient is infinite.
        """
    def loss(
        self, batch: Iterable[_Sequence], *, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> float:
        """The mean cross-entropy of a batch's target tokens, in nats, without dropout and without learning.

        Args:
            batch: As for `lora_step`.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            InvalidArgumentError: As for `lora_step`.
        """
    def gradients(self) -> dict[str, NDArray[np.float32]]:
        """The gradients of the last micro-batch's mean loss: float32 arrays by PEFT's keys, `lora_A` of `(rank, inputs)` and
        `lora_B` of `(outputs, rank)`. Empty before the first step, and after one that failed.
        """
    def train(
        self,
        dataset: _Path | Iterable[_Sequence] | None = None,
        *,
        epochs: int = 1,
        batch_size: int | None = None,
        batch_tokens: int = 4096,
        held_out: float = 0.0,
        evaluate_every: int | None = None,
        checkpoint: _Path | None = None,
        checkpoint_every: int = 100,
        progress: Callable[[TrainProgress], object] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> TrainReport:
        """Learn from a whole set, in an order that the seed decides.

        A training that is stopped leaves the trainer at the last whole update, and the same call goes on from there, also
        after `resume()`, to the bits of an uninterrupted one. What `progress` raises stops it too, and is raised.

        Args:
            dataset: The path of a set as `build_sft_jsonl` writes it, which needs the `tokenizer.json` of the base; or an
                iterable of sequences as `lora_step` takes them. Without it, that of `AION_SFT_JSONL` for a trainer of
                `from_env()`.
            epochs: How often every sequence is learnt from.
            batch_size: Sequences of an update; two for each of the trainer's `gradient_accumulation` by default.
            batch_tokens: Most tokens that are computed at once: memory grows with it, and an update is made of as few
                micro-batches as its sequences fit into.
            held_out: The share of sequences that is not learnt from but evaluated on, 0 to 0.5.
            evaluate_every: Updates between evaluations; the end of each epoch has one in any case.
            checkpoint: The file that the trainer is written to; for `resume()`.
            checkpoint_every: Updates between two checkpoints; the end has one in any case.
            progress: Called as `progress(report)` with a `TrainProgress` after each micro-batch. It can not use the
                trainer.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            InvalidArgumentError: An option is out of its range, a sequence can not be learnt from, or an unfinished training
                was over another set; `forget_position()` ends that.
            InvalidInputError: The set gives nothing to train on.
            NotFoundError: There is no such set, or no tokenizer.
            InvalidStateError: `lora_step` left gradients that no update has used yet; or as for `lora_step`.
            IoError: A checkpoint can not be written.

        Examples:
            >>> import aion
            >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, learning_rate=1e-2)
            >>> report = trainer.train([[1, 20, 30, 40], [1, 50, 60, 70]], epochs=8)
            >>> report.updates, report.losses[-1] < report.losses[0]
            (8, True)
        """
    def evaluate(
        self,
        dataset: _Path | Iterable[_Sequence] | None = None,
        *,
        batch_tokens: int = 4096,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> float:
        """The mean cross-entropy of a whole set's target tokens, in nats, without dropout and without learning.

        `HeldOut` compares adapters on a set that stays the same.

        Args:
            dataset: As for `train()`; a file is written and cut as `train()` does.
            batch_tokens: Most tokens that are computed at once: memory grows with it.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            InvalidArgumentError: A sequence can not be evaluated on, or is longer than `batch_tokens`.
            InvalidInputError: The set gives nothing to evaluate on.
            NotFoundError: There is no such set, or no tokenizer.

        Examples:
            >>> import aion
            >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4, learning_rate=1e-2)
            >>> lessons = [[1, 20, 30, 40], [1, 50, 60, 70]]
            >>> before = trainer.evaluate(lessons)
            >>> _ = trainer.train(lessons, epochs=8)
            >>> trainer.evaluate(lessons) < before
            True
        """
    def forget_position(self) -> None:
        """Forget where an unfinished `train()` was in its data, so that another one can begin. The adapter stays as it is."""
    def save(self, path: _Path | None = None) -> None:
        """Write the adapter as a PEFT directory. It appears whole, in place of an adapter that is there.

        Args:
            path: The directory. Without it, that of `AION_LORA_OUT` for a trainer of `from_env()`.

        Raises:
            ConflictError: Something that is no adapter is there.
            IoError: The disk can not be written.

        Examples:
            >>> import aion, pathlib, tempfile
            >>> trainer = aion.LoraTrainer("models/llama-tiny", rank=4)
            >>> path = pathlib.Path(tempfile.mkdtemp(), "aion-lora")
            >>> trainer.save(path)
            >>> sorted(file.name for file in path.iterdir())
            ['adapter_config.json', 'adapter_model.safetensors']
        """
    def checkpoint(self, path: _Path, *, cursor: bytes | None = None) -> None:
        """Write all that the trainer is to a file: adapter, optimiser, gathered gradients, the state of dropout, and where
        `train()` is in its data. The file is the old one or the new one, whatever happens.

        Args:
            path: The file.
            cursor: Where a loop of your own is in its data; `resume()` gives it back.

        Raises:
            IoError: The disk can not be written.
        """
    def release_memory(self) -> None:
        """Give the memory of activations back to the system; the next step takes it again."""
    @property
    def base(self) -> pathlib.Path: ...
    @property
    def dataset(self) -> pathlib.Path | None: ...
    @property
    def output(self) -> pathlib.Path | None: ...
    @property
    def cursor(self) -> bytes: ...
    @property
    def step(self) -> int: ...
    @property
    def rank(self) -> int: ...
    @property
    def alpha(self) -> float: ...
    @property
    def dropout(self) -> float: ...
    @property
    def target_modules(self) -> list[str]: ...

@final
class StepReport:
    """What a step did.

    Attributes:
        loss: The mean cross-entropy of the micro-batch's target tokens, in nats.
        tokens: Target tokens of the micro-batch.
        grad_norm: The norm of the whole accumulated gradient before it was clipped, if the step updated the adapter, or
            None.
        step: Updates so far, this one included.
        updated: Whether the step updated the adapter: every `gradient_accumulation`-th does.
    """

    @property
    def loss(self) -> float: ...
    @property
    def tokens(self) -> int: ...
    @property
    def grad_norm(self) -> float | None: ...
    @property
    def step(self) -> int: ...
    @property
    def updated(self) -> bool: ...

@final
class TrainProgress:
    """How a training goes, told after each micro-batch.

    Attributes:
        epoch: The epoch that it is in, from 1.
        update: Updates so far.
        updates: Updates in all.
        loss: The mean cross-entropy of what this update has learnt from so far, in nats.
        grad_norm: The norm of the update's gradient before it was clipped, when the micro-batch was its last, or None.
        evaluation: The loss on the held-out sequences, told once after each time that it was measured, or None.
        tokens: Tokens so far.
        tokens_per_second: Tokens a second, over this call.
        remaining: The seconds that are left at that pace.
    """

    @property
    def epoch(self) -> int: ...
    @property
    def update(self) -> int: ...
    @property
    def updates(self) -> int: ...
    @property
    def loss(self) -> float: ...
    @property
    def grad_norm(self) -> float | None: ...
    @property
    def evaluation(self) -> float | None: ...
    @property
    def tokens(self) -> int: ...
    @property
    def tokens_per_second(self) -> float: ...
    @property
    def remaining(self) -> float: ...

@final
class TrainReport:
    """What a training did, with what was done before it was resumed.

    Attributes:
        updates: Updates of the adapter.
        tokens: Tokens that were learnt from, counted each time.
        losses: The mean cross-entropy of each update, in nats.
        evaluations: Losses on the held-out sequences: `(updates before it, loss)`.
        held_out: Sequences that were held out.
        duration: How many seconds it took.
        dataset: What became of the conversations of a set that was read from a file, or None.
    """

    @property
    def updates(self) -> int: ...
    @property
    def tokens(self) -> int: ...
    @property
    def losses(self) -> list[float]: ...
    @property
    def evaluations(self) -> list[tuple[int, float]]: ...
    @property
    def held_out(self) -> int: ...
    @property
    def duration(self) -> float: ...
    @property
    def dataset(self) -> EncodeReport | None: ...

@final
class HybridAnswer:
    """The answer to a conversation, who gave it, why, and what it cost.

    Attributes:
        text: The text.
        source: `"local"` or `"paid"`.
        confidence: How sure the local model was of its own answer, 0 to 1; 0 where it had none.
        decision: The budget's `Decision`, without its grant, which has ended; `None` if the budget could not be asked. After
            retries, that of the last call that was made.
        cost_usd: What was taken from the day's money for this answer, by all calls.
        reason: Why, by a stable name: that of the decision, `"no_external"`, `"no_decision"`, or what kept a paid model that
            was allowed from answering, such as `"unreachable"`, `"unauthorized"`, `"rate_limited"` or `"timed_out"`.
        explanation: Why, in a sentence or two for people.
        attempts: The paid calls, in their order, as dicts that JSON can hold: `external`, `grant`, `held_micro_usd`,
            `cost_micro_usd`, `failure`, which is `None` for the call that gave the answer, and `message`.
        notes: What else people should know, such as a reply that was cut, or a recorder that failed.

    Examples:
        >>> import aion
        >>> driver = aion.HybridDriver(lambda messages: ("Sim.", 0.9), aion.Budget())
        >>> answer = driver.answer("Sim ou não?")
        >>> answer.text, answer.source, answer.reason, answer.decision.verdict, answer.cost_usd
        ('Sim.', 'local', 'confident', 'local', Usd('0.00'))
    """

    @property
    def text(self) -> str: ...
    @property
    def source(self) -> Literal["local", "paid"]: ...
    @property
    def confidence(self) -> float: ...
    @property
    def decision(self) -> Decision | None: ...
    @property
    def cost_usd(self) -> Usd: ...
    @property
    def reason(self) -> str: ...
    @property
    def explanation(self) -> str: ...
    @property
    def attempts(self) -> list[dict[str, Any]]: ...
    @property
    def notes(self) -> list[str]: ...

class _Confident(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...

class _Paid(Protocol):
    def __call__(self, messages: list[dict[str, str]], /, *, max_tokens: int) -> str | tuple[str, int, int]: ...

_Local: TypeAlias = LocalModel | Callable[[list[dict[str, str]]], tuple[str, float] | _Confident]
_Recorder: TypeAlias = Knowledge | Callable[[HybridAnswer, list[dict[str, str]]], object]

@final
class HybridDriver:
    """Answers with a local model; with a paid one where the local one is unsure and the budget allows it.

    One decision of the budget, over confidence and money, stands before each paid call. Whatever goes wrong with that call
    costs the paid answer and never the local one, which is then given with the reason; and what may have been spent is in
    the ledger. Threads may share a driver. It pickles as its arguments, if those do.

    Args:
        local: A `LocalModel`, or a callable `local(messages)` that returns `(text, confidence)` or something with these
            attributes. `messages` are dicts with `role` and `content`.
        budget: What may be paid. Its `confidence_threshold` says how sure is sure enough, its `max_tokens_per_reply` how
            long a paid reply may be.
        external: An `OpenAi`; or a callable `external(messages, max_tokens=...)` that returns a text, or `(text,
            input_tokens, output_tokens)`, and whose attribute `price` is an `aion.Price`: without one it is never called.
            An exception in it is a failed call, and told in the answer. Without it, answers are local.
        recorder: A `Knowledge`, which keeps every answer as an interaction, or a callable `recorder(answer, messages)`. An
            exception in it is told in `answer.notes`.

    Attributes:
        local: As it was given.
        budget: As it was given.
        external: As it was given.

    Raises:
        InvalidArgumentError: An argument is none of these.

    Examples:
        >>> import aion
        >>> def paid(messages, max_tokens):
        ...     return "Brasília.", 20, 4
        >>> paid.price = aion.Price("0.15", "0.60")
        >>> driver = aion.HybridDriver(lambda messages: ("Não sei.", 0.3), aion.Budget(), paid)
        >>> answer = driver.answer("Qual é a capital do Brasil?")
        >>> answer.text, answer.source, answer.cost_usd
        ('Brasília.', 'paid', Usd('0.000006'))
    """

    def __new__(
        cls,
        local: _Local,
        budget: Budget,
        external: OpenAi | _Paid | None = None,
        *,
        recorder: _Recorder | None = None,
    ) -> HybridDriver: ...
    @classmethod
    def from_env(
        cls,
        local: _Local,
        env: Mapping[str, str] | None = None,
        *,
        path: _Path | None = None,
        recorder: _Recorder | None = None,
    ) -> HybridDriver:
        """Make a driver whose budget and paid model are those of the variables that hosts use: `Budget.from_env` and
        `OpenAi.from_env`. Without `OPENAI_API_KEY` and `OPENAI_BASE_URL` there is no paid model.

        Args:
            local: As for the driver.
            env: A mapping of names to values. Without it, `os.environ`, read once, now.
            path: The ledger's file. Without it, the ledger is in memory.
            recorder: As for the driver.

        Raises:
            InvalidArgumentError: The value of a variable can not be used; the message names it.

        Examples:
            >>> import aion
            >>> env = {"USE_OPENAI": "true", "OPENAI_API_KEY": "sk-..."}
            >>> driver = aion.HybridDriver.from_env(aion.LocalModel("models/llama-tiny"), env)
            >>> driver.external
            OpenAi(model='gpt-4o-mini', base_url='https://api.openai.com/v1')
        """

    def answer(
        self,
        messages: str | Iterable[Mapping[str, str]],
        *,
        max_tokens: int = 400,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        stop: str | Iterable[str] | None = (),
        max_retries: int = 2,
        max_pause: float = 10.0,
        on_text: Callable[[Literal["local", "paid"], str], object] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> HybridAnswer:
        """Answer a question, or a conversation as it is.

        Args:
            messages: A question, which the platform's system message goes before; or dicts with `role` (`"system"`,
                `"user"`, `"assistant"` or `"tool"`) and `content`.
            max_tokens: Most tokens of the local answer.
            temperature: As for `LocalModel.generate`; so are `top_p` and `stop`.
            seed: What is drawn is the same for the same seed: local tokens, and the jitter of pauses.
            max_retries: How often a paid call that failed for the moment is tried again, each time with a grant of its own.
            max_pause: The longest pause before a retry, in seconds. A provider that asks for a longer one is not asked again.
            on_text: Called as `on_text(source, piece)` while the answer comes, on the calling thread; a piece of another
                source than the one before begins the answer anew. False ends a paid answer there, and an exception ends the
                call and is raised.
            timeout: Most seconds to take. If they pass while the paid model is asked, the local answer is given.
            cancel: A token that stops the call.

        Raises:
            InvalidArgumentError: An option is out of its range, or `messages` are none.
            InvalidInputError: No answer can follow this conversation.
            CancelledError: The call was cancelled.
            DeadlineExceededError: The time was over before there was any answer.
            AionError: That of the local model, when it fails and the paid one does not answer either.

        Examples:
            >>> import aion
            >>> driver = aion.HybridDriver(aion.LocalModel("models/llama-tiny"), aion.Budget())
            >>> answer = driver.answer([{"role": "user", "content": "Mud?"}], max_tokens=8)
            >>> answer.source, answer.reason in ("confident", "no_external")
            ('local', True)
        """

    @property
    def local(self) -> _Local: ...
    @property
    def budget(self) -> Budget: ...
    @property
    def external(self) -> OpenAi | _Paid | None: ...
    def __getnewargs_ex__(self) -> tuple[tuple[Any, Budget, Any], dict[str, Any]]: ...

@final
class OpenAi:
    """A paid model behind OpenAI's chat completions, whoever serves it: OpenAI, a gateway, vLLM, llama.cpp, Ollama.

    It is asked by a `HybridDriver`, within a budget. Nothing is sent before that. The key is sent to the server and shown
    nowhere, so a client does not pickle. Redirects, proxies and packed replies are refused.

    Args:
        api_key: The key. Without it, none is sent. It goes over TLS, or over plain HTTP to this machine only.
        model: The model.
        base_url: The address before `/chat/completions`.
        project: The project that is billed, as OpenAI calls it.
        price: What the model charges. Without it, the list price for the default model at OpenAI's own address; anything
            else has no price then, and is never called.
        max_completion_tokens: Whether the limit of the reply is told by that name, which OpenAI's reasoning models ask for,
            instead of `max_tokens`, which all servers know.
        connect_timeout: Most seconds for a connection.
        first_byte_timeout: Most seconds from the request to the head of the reply.
        idle_timeout: Most seconds that a reply may pause.
        timeout: Most seconds of a call in all.

    Attributes:
        model: The model.
        base_url: The address before `/chat/completions`.
        price: What a call is billed by, or `None`.

    Raises:
        InvalidArgumentError: A setting is out of its range; the key is not quoted.

    Examples:
        >>> import aion
        >>> aion.OpenAi("sk-...", model="gpt-4o", price=aion.Price("2.50", "10.00"))
        OpenAi(model='gpt-4o', base_url='https://api.openai.com/v1')
    """

    def __new__(
        cls,
        api_key: str | None = None,
        *,
        model: str = "gpt-4o-mini",
        base_url: str = "https://api.openai.com/v1",
        project: str | None = None,
        price: Price | None = None,
        max_completion_tokens: bool = False,
        connect_timeout: float = 10.0,
        first_byte_timeout: float = 30.0,
        idle_timeout: float = 15.0,
        timeout: float = 60.0,
    ) -> OpenAi: ...
    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> OpenAi:
        """Make a client from the variables that hosts use.

        `OPENAI_API_KEY`, `OPENAI_PROJECT`, `OPENAI_BASE_URL`, `OPENAI_MODEL`, `OPENAI_INPUT_USD_PER_MILLION` and
        `OPENAI_OUTPUT_USD_PER_MILLION`; an empty value counts as absent, and no other name is looked up.

        Args:
            env: A mapping of names to values. Without it, `os.environ`, read once, now.

        Raises:
            InvalidArgumentError: The value of a variable can not be used; the message names it, and does not quote the key.

        Examples:
            >>> import aion
            >>> aion.OpenAi.from_env({"OPENAI_API_KEY": "sk-..."}).price
            Price(Usd('0.15'), Usd('0.60'))
        """

    @property
    def model(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def price(self) -> Price | None: ...

@final
class LocalModel:
    """A language model that answers in this process, with an adapter or without, and tells how sure it is.

    Threads may share it: each call has a conversation of its own. The same call gives the same answer, for any number of
    threads. A model belongs to the process that made it: in a child after `os.fork()` it raises `ForkedError`. It pickles
    as its arguments, and the copy reads the files again, unless its adapter is a `PinnedVersion`.

    Args:
        base: The Hugging Face directory of the base, with its `tokenizer.json`.
        adapter: The directory of a PEFT adapter, such as `aion-current`, or a `PinnedVersion`, whose files are verified.
            A calibration that lies beside it is used.
        chat_format: How conversations are written, as in training: `"platform"`, or `"template"` for the base's own chat
            template.
        max_length: Most tokens of a prompt and its answer; the model's own context where that is shorter.
        threads: Threads. Without it, one for each core that the process may use.
        timeout: Most seconds that opening may take.
        cancel: A token that stops it.

    Attributes:
        base: The directory of the base.
        calibrated: Whether there is a calibration, so that confidences are how likely an answer is good.

    Raises:
        NotFoundError: There is no such base or adapter.
        InvalidModelError: The base, its tokenizer or the calibration is damaged, or the calibration of another model.
        InvalidInputError: The adapter is damaged, or of another base.
        UnsupportedError: The base is of another architecture.

    Examples:
        >>> import aion
        >>> model = aion.LocalModel("models/llama-tiny")
        >>> answer = model.generate("Quem é você?", max_tokens=20)
        >>> 0 <= answer.confidence <= 1, len(answer.tokens) <= 20
        (True, True)
    """

    def __new__(
        cls,
        base: _Path,
        adapter: _Path | PinnedVersion | None = None,
        *,
        chat_format: _ChatFormat = "platform",
        max_length: int = 4096,
        threads: int | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> LocalModel: ...
    def generate(
        self,
        messages: str | Iterable[Mapping[str, str]],
        *,
        max_tokens: int = 400,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        stop: str | Iterable[str] | None = (),
        on_text: Callable[[str], object] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> Answer:
        """Answer a question, or a conversation as it is.

        Args:
            messages: A question, which the platform's system message goes before; or dicts with `role` (`"system"`,
                `"user"`, `"assistant"` or `"tool"`) and `content`.
            max_tokens: Most tokens of the answer.
            temperature: What logits are divided by before a token is drawn; 0 for the most probable one each time.
            top_p: Tokens are drawn among the most probable ones whose probabilities reach this sum; 1 for all.
            seed: What is drawn is the same for the same seed.
            stop: Texts that end the answer, and are not part of it.
            on_text: Called as `on_text(piece)` while the answer comes, on the calling thread; False ends the answer there,
                and an exception ends the call and is raised.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            InvalidArgumentError: An option is out of its range, or `messages` are none.
            InvalidInputError: No answer can follow this conversation, or the template refuses it.
            LimitExceededError: The conversation does not fit into the context.
            ForkedError: The model was made before a fork.

        Examples:
            >>> import aion
            >>> model, pieces = aion.LocalModel("models/llama-tiny"), []
            >>> asked = [{"role": "user", "content": "Who are you?"}]
            >>> answer = model.generate(asked, max_tokens=20, on_text=pieces.append)
            >>> "".join(pieces).strip() == answer.text
            True
        """
    def confidence_of(
        self,
        messages: str | Iterable[Mapping[str, str]],
        answer: str,
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> Confidence:
        """How sure the model is of an answer to a question, whoever gave it: the confidence that it would have had, had it
        said these words and then ended.

        Args:
            messages: As for `generate`.
            answer: The answer.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            InvalidInputError: The answer is empty; or as for `generate`.

        Examples:
            >>> import aion
            >>> model = aion.LocalModel("models/llama-tiny")
            >>> own = model.generate("Who are you?", max_tokens=40)
            >>> own.confidence > model.confidence_of("Who are you?", "Mud mud mud.").confidence
            True
        """
    def calibrate(
        self, samples: Sequence[tuple[float, bool]], *, directory: _Path | None = None
    ) -> pathlib.Path:
        """Fit a calibration to answers that people judged, and write it beside the adapter, or beside the base where there is
        no adapter; whoever opens the model from then on uses it.

        Judge answers that the model was not trained on: of those it is too sure.

        Args:
            samples: The `raw_confidence` of each answer, from `generate` or `confidence_of`, and whether it was good.
            directory: Another place for `aion_calibration.json`; needed for a model of a `PinnedVersion`.

        Returns:
            The path of the file.

        Raises:
            InvalidArgumentError: A confidence is not within 0 to 1, or a directory is needed.
            InvalidInputError: There are fewer than ten good or ten other answers, or the good ones are not those of more
                confidence.
            IoError: The file can not be written.
        """
    @property
    def base(self) -> pathlib.Path: ...
    @property
    def calibrated(self) -> bool: ...
    def __getnewargs_ex__(self) -> tuple[tuple[pathlib.Path, pathlib.Path | None], dict[str, Any]]: ...

@final
class Answer:
    """An answer, and how sure the model is of it.

    Attributes:
        text: The text, without white space at its ends, and without what ended it.
        confidence: How likely the answer is good, 0 to 1: `raw_confidence` as the calibration reads it, or as it is where
            there is no calibration.
        raw_confidence: The geometric mean of `probabilities`.
        tokens: Every token that the model chose, with the one that ended the answer.
        probabilities: The probability that the model gave each of them: float32.
        prompt_tokens: Tokens of the prompt.
        finish: Why there is no more: `"stop"`, `"stop_string"`, `"max_tokens"`, `"context_full"` or `"callback"`.
    """

    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def raw_confidence(self) -> float: ...
    @property
    def tokens(self) -> list[int]: ...
    @property
    def probabilities(self) -> NDArray[np.float32]: ...
    @property
    def prompt_tokens(self) -> int: ...
    @property
    def finish(self) -> Literal["stop", "stop_string", "max_tokens", "context_full", "callback"]: ...

@final
class Confidence:
    """How sure a model is of an answer that was given.

    Attributes:
        confidence: As `Answer.confidence`.
        raw_confidence: As `Answer.raw_confidence`.
        tokens: The tokens of the answer, with the one that ends it.
        probabilities: The probability that the model gave each of them: float32.
    """

    @property
    def confidence(self) -> float: ...
    @property
    def raw_confidence(self) -> float: ...
    @property
    def tokens(self) -> list[int]: ...
    @property
    def probabilities(self) -> NDArray[np.float32]: ...

@final
class Knowledge:
    """A store of knowledge in one SQLite file: documents, pictures, their vectors, and the answers that were given.

    Threads and processes may share the file, through one store or several. A store belongs to the process that opened
    it: in a child after `os.fork()` every call raises `ForkedError`.

    Args:
        path: The file, made if it does not exist. It must be on a disk of this machine.
        engine: An `Aion` that reads the words in pictures and, with a `clip_model`, makes vectors of texts and pictures.
            Without one there are words only, and pictures are refused.
        embed_texts: A function that takes a list of texts and gives a float32 array of as many rows, in the place of
            CLIP's text tower. It is called on another thread.
        space: The name of its model: vectors of the same name are compared. Needed with `embed_texts`.
        read_only: Whether nothing is ever written; the file must exist then.
        chunk_bytes: Most bytes of a chunk.
        max_text_bytes: Most bytes of a document's text.
        max_file_bytes: Most bytes of a file or a picture.
        threads: Threads that read documents and search vectors. Without it, one for each core.
        patience: Most seconds to wait for other writers.

    Raises:
        InvalidArgumentError: A setting is out of its range.
        UnavailableError: The file is damaged, of another program or of a later version, or can not be opened.

    Examples:
        >>> import aion, pathlib, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> knowledge = aion.Knowledge(pathlib.Path(folder.name) / "aion.db")
        >>> [result.change for result in knowledge.ingest([{"source": "mares", "text": "A maré alta é às dez."}])]
        ['added']
        >>> [hit.source for hit in knowledge.search_text("mare")]
        ['mares']
        >>> folder.cleanup()
    """

    def __new__(
        cls,
        path: _Path,
        *,
        engine: Aion | None = None,
        embed_texts: Callable[[list[str]], object] | None = None,
        space: str | None = None,
        read_only: bool = False,
        chunk_bytes: int = 400,
        max_text_bytes: int = 33_554_432,
        max_file_bytes: int = 134_217_728,
        threads: int | None = None,
        patience: float = 10.0,
    ) -> Knowledge: ...
    def ingest(
        self,
        items: Iterable[Mapping[str, Any] | os.PathLike[str] | Page],
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        progress: _Progress | None = None,
    ) -> list[Ingested | AionError]:
        """Read items and write them, each whole or not at all.

        An item is a dict, the `pathlib.Path` of a file, or a `Page` of a crawl. A dict has a `source` (an address, a
        path or a name: its identity) and one of `text`, `data` (the `bytes` of a file) and `path`; and it may have
        `title`, `language`, `parent` (the source of the page that a picture stands on), `etag`, `last_modified`,
        `fetched_at` (a `datetime` with a time zone) and `meta` (a dict). What the store has already is not read again,
        and a new version takes the place of the old one.

        Args:
            items: The items.
            timeout: Most seconds to take.
            cancel: A token that stops the call.
            progress: Called as `progress("items", done, total)`.

        Returns:
            One result per item, in their order: an `Ingested`, or the `AionError` that it failed with.
        """
    def search_text(
        self,
        query: str,
        k: int = 10,
        *,
        kind: Literal["text", "page", "file", "image"] | None = None,
        host: str | None = None,
        source_prefix: str | None = None,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        mode: Literal["hybrid", "words", "vectors"] = "hybrid",
        passages: bool = False,
        prefix: bool = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> list[Hit]:
        """Find the documents that fit a query best, the best first.

        Words are found whatever their case and accents; with vectors, texts and pictures are found by meaning too, and
        the rankings are fused. Nothing in a query is syntax.

        Args:
            query: What is searched for.
            k: Most hits.
            kind: Only `'text'`, `'page'`, `'file'` or `'image'`.
            host: Only web addresses of this host and of those below it.
            source_prefix: Only sources that begin so.
            since: Only what was fetched then or later, a `datetime` with a time zone.
            until: Only what was fetched before.
            mode: `'hybrid'`, `'words'` or `'vectors'`.
            passages: Whether every chunk is a hit of its own.
            prefix: Whether the last word may be the beginning of one.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            InvalidArgumentError: `k` is not 1 to 10,000, or an option is none that there is.
            NotConfiguredError: Vectors alone are asked for, and there is no model.
        """
    def search_image(
        self,
        image: _Image,
        k: int = 10,
        *,
        host: str | None = None,
        source_prefix: str | None = None,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> list[Hit]:
        """Find the pictures that are most like one, the most alike first.

        Args:
            image: The picture, as `Aion` takes it.
            k: Most hits.
            host: Only web addresses of this host and of those below it.
            source_prefix: Only sources that begin so.
            since: Only what was fetched then or later, a `datetime` with a time zone.
            until: Only what was fetched before.
            timeout: Most seconds to take.
            cancel: A token that stops the call.

        Raises:
            NotConfiguredError: The store has no engine with a `clip_model`.
        """
    def documents(
        self,
        *,
        kind: Literal["text", "page", "file", "image"] | None = None,
        host: str | None = None,
        source_prefix: str | None = None,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[StoredDocument]:
        """List the documents in the order of their numbers.

        Args:
            kind: Only `'text'`, `'page'`, `'file'` or `'image'`.
            host: Only web addresses of this host and of those below it.
            source_prefix: Only sources that begin so.
            since: Only what was fetched then or later, a `datetime` with a time zone.
            until: Only what was fetched before.
            after: Only those with a higher number.
            limit: Most documents; without it, all.
        """
    def document(self, document_id: int) -> StoredDocument:
        """The document of a number.

        Args:
            document_id: The number.

        Raises:
            NotFoundError: There is no such document.
        """
    def find(self, source: str) -> StoredDocument | None:
        """The document from a source, or `None`.

        Args:
            source: The source.
        """
    def text(self, document_id: int) -> str:
        """The text of a document.

        Args:
            document_id: Its number.

        Raises:
            NotFoundError: There is no such document.
        """
    def chunks(self, document_id: int) -> list[Chunk]:
        """The chunks of a document: one after the other they are its text.

        Args:
            document_id: Its number.

        Raises:
            NotFoundError: There is no such document.
        """
    def remove(self, document_id: int) -> bool:
        """Remove a document, and with a page its pictures.

        Args:
            document_id: Its number.

        Returns:
            Whether there was one.
        """
    def update_ema(self, document_id: int) -> Average:
        """Move the average of a document by the mean of its new vectors, and mark them as seen.

        Several processes at once lose no update and count no vector twice.

        Args:
            document_id: Its number.

        Raises:
            NotFoundError: There is no such document.
        """
    def average(self, document_id: int) -> Average:
        """The moving average of a document as it is.

        Args:
            document_id: Its number.

        Raises:
            NotFoundError: There is no such document.
        """
    def record(
        self,
        interaction: Mapping[str, Any] | _Row | str,
        *,
        source: Literal["local", "paid"] = "local",
        confidence: float | None = None,
        cost_usd: _Amount | None = None,
        decision: dict[str, Any] | None = None,
    ) -> int:
        """Record an answer.

        Args:
            interaction: A dict, a row with `keys()` or a line of JSON, as `build_sft_jsonl` takes them.
            source: `'local'` or `'paid'`.
            confidence: How sure the local model was, from 0 to 1.
            cost_usd: What it cost; rounded up to a micro-dollar.
            decision: The record of the decision between the two.

        Returns:
            Its number.

        Raises:
            InvalidInputError: It is no interaction.
        """
    def rate(self, interaction_id: int, rating: float | None) -> None:
        """Note how good people found an answer.

        Args:
            interaction_id: Its number.
            rating: The rating; `None` takes it back.

        Raises:
            NotFoundError: There is no such interaction.
        """
    def interactions(self, *, after: int = 0, limit: int | None = None) -> list[StoredInteraction]:
        """List the answers in the order of their numbers: what `build_sft_jsonl` takes.

        Args:
            after: Only those with a higher number.
            limit: Most answers; without it, all.
        """
    def counts(self) -> dict[str, int]:
        """How much the store has: a dict of `documents`, `chunks`, `vectors` and `interactions`."""
    def verify(self) -> list[str]:
        """Read the whole file and tell what is wrong with it; an empty list for a sound one."""

@final
class Ingested:
    """What became of an item.

    Attributes:
        document: The number of its document.
        change: `'added'`, `'replaced'`, or `'unchanged'` if the store had this very content already.
    """

    @property
    def document(self) -> int: ...
    @property
    def change(self) -> Literal["added", "replaced", "unchanged"]: ...

@final
class StoredDocument:
    """A document of a store.

    Attributes:
        id: Its number, which it keeps through all versions, and which no other document ever gets.
        source: Where it comes from.
        kind: `'text'`, `'page'`, `'file'` or `'image'`.
        title: Its title; empty for none.
        language: Its language, such as `'pt-BR'`, or `None`.
        version: Which version of its content this is, from 1 on.
        parent: The number of the page that a picture stands on, or `None`.
        etag: The `ETag` that it came with, or `None`.
        last_modified: The `Last-Modified` that it came with, or `None`.
        fetched_at: When it was fetched, a `datetime.datetime` in UTC.
        created_at: When its first version was written.
        updated_at: When this version was written.
        chunks: How many chunks it has.
        new_vectors: How many of its vectors its moving average has not seen yet.
        ema_updates: How many updates its moving average has had.
        meta: What else is known of it. Every access gives a new dict.
    """

    @property
    def id(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def kind(self) -> Literal["text", "page", "file", "image"]: ...
    @property
    def title(self) -> str: ...
    @property
    def language(self) -> str | None: ...
    @property
    def version(self) -> int: ...
    @property
    def parent(self) -> int | None: ...
    @property
    def etag(self) -> str | None: ...
    @property
    def last_modified(self) -> str | None: ...
    @property
    def fetched_at(self) -> datetime.datetime: ...
    @property
    def created_at(self) -> datetime.datetime: ...
    @property
    def updated_at(self) -> datetime.datetime: ...
    @property
    def chunks(self) -> int: ...
    @property
    def new_vectors(self) -> int: ...
    @property
    def ema_updates(self) -> int: ...
    @property
    def meta(self) -> dict[str, Any]: ...

@final
class Chunk:
    """A part of a document's text.

    Attributes:
        id: Its number.
        ordinal: Its place among the chunks of its document, from 0 on.
        start: Where it begins in the text, in bytes of UTF-8.
        end: Where it ends.
        text: `document_text.encode()[start:end].decode()`.
    """

    @property
    def id(self) -> int: ...
    @property
    def ordinal(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def text(self) -> str: ...

@final
class Hit:
    """What a search found.

    Attributes:
        document: The number of the document.
        source: Where it comes from.
        title: Its title; empty for none.
        kind: `'text'`, `'page'`, `'file'` or `'image'`.
        fetched_at: When it was fetched, a `datetime.datetime` in UTC.
        page: The number of the page that a picture stands on, or `None`.
        page_source: The address of that page, or `None`.
        page_title: The title of that page, or `None`.
        chunk: The number of the chunk that was found.
        start: Where the chunk begins in the text of the document, in bytes of UTF-8.
        end: Where it ends.
        excerpt: A part of the chunk, with words of the query if it has some.
        words: Where those words are in the excerpt: pairs of indices, `excerpt[start:end]`.
        score: What the hits are ranked by.
        words_score: BM25 of the words, the better the higher; `None` if none of them is there.
        vector_score: The cosine to the nearest vector; `None` if it was not near enough to be looked at.
    """

    @property
    def document(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def kind(self) -> Literal["text", "page", "file", "image"]: ...
    @property
    def fetched_at(self) -> datetime.datetime: ...
    @property
    def page(self) -> int | None: ...
    @property
    def page_source(self) -> str | None: ...
    @property
    def page_title(self) -> str | None: ...
    @property
    def chunk(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def excerpt(self) -> str: ...
    @property
    def words(self) -> list[tuple[int, int]]: ...
    @property
    def score(self) -> float: ...
    @property
    def words_score(self) -> float | None: ...
    @property
    def vector_score(self) -> float | None: ...

@final
class Average:
    """The moving average of a document's vectors.

    Attributes:
        vector: float32 `(D,)`, a new array at every access; `None` for a document that never had vectors.
        updates: How many updates it has had.
        used: How many new vectors the update used; 0 if there were none, and nothing changed.
    """

    @property
    def vector(self) -> NDArray[np.float32] | None: ...
    @property
    def updates(self) -> int: ...
    @property
    def used(self) -> int: ...

@final
class StoredInteraction:
    """An answer in a store. It is a row too, with `keys()` and `[...]`, as `build_sft_jsonl` takes it.

    Attributes:
        id: Its number.
        made_at: When it was recorded, a `datetime.datetime` in UTC.
        messages: The conversation: dicts with `role` and `content`.
        rating: How good people found the answer, or `None`.
        citations: What the answer rests on.
        source: `'local'` or `'paid'`.
        confidence: How sure the local model was, from 0 to 1, or `None`.
        cost_usd: What the answer cost, a `Usd`.
        decision: The record of the decision between the two, which `replay_decision` takes, or `None`.
    """

    def keys(self) -> list[str]:
        """The names that `[...]` takes."""
    def __getitem__(self, key: str, /) -> Any: ...
    @property
    def id(self) -> int: ...
    @property
    def made_at(self) -> datetime.datetime: ...
    @property
    def messages(self) -> list[dict[str, str]]: ...
    @property
    def rating(self) -> float | None: ...
    @property
    def citations(self) -> list[Any]: ...
    @property
    def source(self) -> Literal["local", "paid"]: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def cost_usd(self) -> Usd: ...
    @property
    def decision(self) -> dict[str, Any] | None: ...

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

class InvalidStateError(AionError):
    """The call is not allowed in the state that its object is in, such as settling a grant twice."""

class ConflictError(AionError):
    """The call contradicts an earlier one, such as an idempotency key that was used for another request."""

class UnavailableError(AionError):
    """A store can not be reached, or is locked, full or damaged."""

def build_sft_jsonl(
    interactions: _Path | Iterable[Mapping[str, Any] | _Row | str],
    path: _Path,
    *,
    system: str = "Você é a AION, IA autônoma da plataforma.",
    min_rating: float | None = None,
    limit: int = 50_000,
    scrub_pii: bool = True,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
    progress: _Progress | None = None,
) -> DatasetReport:
    """Write the training set of interactions: JSON lines of `{"messages": [...], "meta": {"rating", "citations"}}`.

    An interaction has a `question` and an `answer`, or `messages`, with `rating` and `citations` beside them or in
    `meta`; other fields are passed over. One that can not be used is counted and told in the report, and the rest
    goes on. The file appears whole, in place of one that was there, or not at all.

    Args:
        interactions: The path of a file of JSON lines, a `str` too; or an iterable of dicts, of rows with `keys()`, such
            as those of `sqlite3`, or of lines of JSON. Items are asked for one by one, on the calling thread, and no
            more than are needed; an exception of the iterator ends the call and is raised.
        path: Where the set is written.
        system: The system message of conversations that have none; empty for none.
        min_rating: Leave out answers with a lower rating, and those without one.
        limit: Keep as many interactions, the first ones.
        scrub_pii: Whether to replace identifiers of people by `[EMAIL]`, `[CPF]` and so on.
        timeout: Most seconds to take. It can not interrupt the iterator.
        cancel: A token that stops the call.
        progress: Called as `progress("interactions", done, 0)`.

    Returns:
        What became of the interactions.

    Raises:
        InvalidArgumentError: An option is out of its range, or an item is no interaction by its type.
        NotFoundError: There is no such file.
        IoError: The disk can not be read or written.

    Examples:
        >>> import aion, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "aion_sft.jsonl")
        >>> asked = [{"question": "Quem é você?", "answer": "A AION.", "rating": 5},
        ...          {"question": "Meu e-mail?", "answer": "ana@example.com", "rating": 4},
        ...          {"question": "Hm?", "answer": "?", "rating": 1}]
        >>> report = aion.build_sft_jsonl(asked, path, min_rating=4)
        >>> report.read, report.kept, report.too_low, report.scrubbed
        (3, 2, 1, 1)
        >>> path.read_text(encoding="utf-8").splitlines()[1][-59:]
        '"content":"[EMAIL]"}],"meta":{"rating":4.0,"citations":[]}}'
    """

def merge_adapter(
    base: _Path,
    adapter: _Path,
    output: _Path,
    *,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
) -> MergeReport:
    """Add an adapter to the weights of its base, for runners that know no adapters.

    The result is a directory of the same shape as the base. Each weight keeps its type: the sum is made in float64 and
    rounded once. Memory stays at a few MiB beside the adapter.

    Args:
        base: The directory of the base: safetensors of float64, float32, float16 or bfloat16, one file or many.
        adapter: The directory of a PEFT adapter.
        output: The directory to write, which must not exist. It appears whole or not at all.
        timeout: Most seconds to take.
        cancel: A token that stops the call.

    Raises:
        NotFoundError: A directory or a file is missing.
        InvalidInputError: The adapter does not fit, something is damaged, or a sum is more than its type can hold.
        UnsupportedError: The adapter is more than plain LoRA, or weights are of another type.
        ConflictError: `output` exists.
        IoError: The disk can not be read or written.

    Examples:
        >>> import aion, pathlib, tempfile
        >>> data = pathlib.Path("aion-core/tests/data/adapter")
        >>> output = pathlib.Path(tempfile.mkdtemp(), "merged")
        >>> aion.merge_adapter(data / "base", data / "peft", output)
        <MergeReport layers=14, files=1>
    """

def canonical_url(url: str, base: str | None = None) -> str:
    """The canonical spelling of a URL, so that addresses of one page are the same text.

    As the WHATWG URL standard reads it, then without fragment, and for `http` and `https` also without tracking and
    session parameters, with escapes in one form, and with parameters in the order of their names where that can not
    change their meaning. The answer is its own canonical spelling.

    Args:
        url: An absolute URL, or one that is relative to `base`.
        base: The address of the page that holds it.

    Raises:
        InvalidInputError: It is no URL, or a relative one without a base.
        LimitExceededError: It has more than 8 KiB.

    Examples:
        >>> import aion
        >>> aion.canonical_url("../b?z=1&utm_source=x&a=2#top", "https://Example.com:443/a/")
        'https://example.com/b?a=2&z=1'
    """

def check_policy(
    url: str,
    text: str,
    *,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    html: _Octets | None = None,
    status: int | None = None,
    robots: Robots | None = None,
    tdmrep: _Octets | None = None,
    user_agent: str = "aion",
    min_text_chars: int = 120,
    ignore: Iterable[str] | None = None,
) -> Verdict:
    r"""Say whether a page may be ingested and trained on, and why not. It opens no socket.

    Any objection wins, and what can not be read counts as unknown, never as a yes. Every signal is obeyed unless it
    is turned off, which the verdict records.

    Args:
        url: Its final address; any text is accepted.
        text: Its main text, as it would be ingested.
        headers: Its HTTP headers: a mapping, or pairs of name and value, which keep repeated ones apart.
        html: Its document, to be searched for meta elements.
        status: The HTTP status that it came with.
        robots: The `robots.txt` of its site.
        tdmrep: What its site serves at `/.well-known/tdmrep.json`.
        user_agent: Whose robot we are: directives that name another agent are not for us.
        min_text_chars: The least number of characters of text.
        ignore: Codes of signals that are not obeyed; see `Reason.code`.

    Raises:
        InvalidArgumentError: A code in `ignore` is none.

    Examples:
        >>> import aion
        >>> text = "A long article. " * 20
        >>> robots = aion.Robots.parse("User-agent: *\nContent-Signal: ai-train=no")
        >>> verdict = aion.check_policy("https://example.com/a", text, robots=robots)
        >>> verdict.ok, [(reason.code, reason.use) for reason in verdict.reasons]
        (True, [('content_signal', 'train')])
        >>> verdict = aion.check_policy("https://example.com/a", text, robots=robots, ignore=["content_signal"])
        >>> verdict.allows("train"), verdict.waived[0].code
        (True, 'content_signal')
    """

def extract_text(
    html: _Octets, url: str | None = None, *, content_type: str | None = None, max_bytes: int = 33_554_432
) -> Extracted:
    """Read an HTML page: its main text, its links, and what it says of itself.

    Damaged, deep or hostile markup gives the text that can be had, in bounded time.

    Args:
        html: The page: `bytes` in any charset, or a `str` that was decoded already.
        url: The page's address, which relative links are resolved against.
        content_type: The `Content-Type` header that `bytes` came with, for its charset.
        max_bytes: Most bytes that are read.

    Raises:
        LimitExceededError: The page is larger than `max_bytes`.

    Examples:
        >>> import aion
        >>> html = "<title>Rivers</title><p>A river flows. <a href='/sea'>To the sea</a> it goes.</p>"
        >>> page = aion.extract_text(html, "https://example.com/a")
        >>> page.title, page.text, page.links[0].url
        ('Rivers', 'A river flows. To the sea it goes.', 'https://example.com/sea')
    """

def find_pii(text: str) -> list[PiiMatch]:
    """Every identifier of people in a text, in order and without overlaps.

    Found are e-mail addresses, phone numbers (international and Brazilian), payment cards, IBANs, public IP addresses,
    CPF and CNPJ. Where an identifier has check digits they must be right, so order numbers are none.

    Examples:
        >>> import aion
        >>> text = "Pedido 12345678901 de maria@example.com, CPF 390.533.447-05"
        >>> [(hit.kind, text[hit.start:hit.end]) for hit in aion.find_pii(text)]
        [('email', 'maria@example.com'), ('cpf', '390.533.447-05')]
    """

def scrub_pii(text: str) -> str:
    """The same text with every identifier of people replaced, for what a model learns from.

    The places are `[EMAIL]`, `[PHONE]`, `[CARD]`, `[IBAN]`, `[IP]`, `[CPF]` and `[CNPJ]`.

    Examples:
        >>> import aion
        >>> aion.scrub_pii("Sou a Maria, CPF 390.533.447-05, maria@example.com.")
        'Sou a Maria, CPF [CPF], [EMAIL].'
    """

def replay_decision(record: dict[str, Any]) -> Decision:
    """Make a decision again from its record: the same facts give the same verdict, reason and explanation.

    It reads no ledger and no clock, and the decision has no grant.

    Args:
        record: `Decision.record`, also after a trip through JSON.

    Raises:
        InvalidInputError: It is no record, or its policy was changed.

    Examples:
        >>> import aion, json
        >>> decision = aion.Budget(enabled=False).decide(confidence=0.3, cost_usd=0.01)
        >>> kept = json.dumps(decision.record)
        >>> aion.replay_decision(json.loads(kept)).reason
        'disabled'
    """

def ema_update(
    current: NDArray[np.floating[Any]] | Sequence[float] | None,
    new: _Floats,
    *,
    updates: int,
    c: float = 0.5,
    normalize: bool = False,
) -> NDArray[np.float32]:
    """Move a vector towards what is new: an exponential moving average.

    It becomes `(1 - rate) * current + rate * mean(new)`, with `rate = min(1, c / (updates + 1))`. So each update
    moves it less than the one before, and it converges to the mean of what is new.

    Args:
        current: `(D,)`, or `None` for none yet: then the result is the mean of `new`, whatever `updates` says.
        new: One new vector `(D,)` or several `(K, D)`.
        updates: How many updates `current` has had.
        c: How much a new vector weighs, above 0; 1 gives the plain mean of all that was ever new.
        normalize: Whether to scale the result to length one.

    Returns:
        float32 `(D,)`, a new array. What was passed stays as it is.

    Raises:
        InvalidArgumentError: There are no new vectors, shapes differ, a value is NaN or infinite, `c` is not
            above 0, or a vector of length 0 was to be normalised.

    Examples:
        >>> import aion, numpy
        >>> vector = aion.ema_update(None, numpy.array([[1.0, 0.0], [0.0, 1.0]]), updates=0)
        >>> vector
        array([0.5, 0.5], dtype=float32)
        >>> aion.ema_update(vector, numpy.array([1.0, 0.0]), updates=1)
        array([0.625, 0.375], dtype=float32)
    """

def ema_update_batch(
    vectors: NDArray[np.float32],
    targets: _Floats,
    updates: NDArray[np.integer[Any]] | Sequence[int],
    *,
    c: float = 0.5,
    normalize: bool = False,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Move many vectors at once, in place: each row of `vectors` as `ema_update` would by its row of `targets`.

    All or nothing: when it raises, every bit of `vectors` is as it was. The interpreter is released meanwhile,
    so as with NumPy's own operations in place, no other thread may write to the arrays until it returns. It can
    not be interrupted; a gigabyte of vectors takes about a tenth of a second.

    Args:
        vectors: float32 `(N, D)`, C-contiguous and writeable: updated in place.
        targets: `(N, D)`. float32 that is C-contiguous is read where it is, anything else copied first. It must
            not share memory with `vectors`.
        updates: Integers `(N,)`: how many updates each row has had. They are not counted up here.
        c: How much a new vector weighs, above 0.
        normalize: Whether to scale every row to length one.
        threads: How many threads a large batch may use. Without it, one for each core that the process may use.
            The result is the same for every number.

    Returns:
        `vectors`.

    Raises:
        InvalidArgumentError: A shape or a type does not fit, `vectors` is read-only, a value is NaN or infinite,
            `c` is not above 0, or a vector of length 0 was to be normalised.

    Examples:
        >>> import aion, numpy
        >>> vectors = numpy.array([[1, 0], [0, 2]], numpy.float32)
        >>> targets = numpy.array([[0, 1], [0, 1]], numpy.float32)
        >>> aion.ema_update_batch(vectors, targets, numpy.array([0, 4])) is vectors
        True
        >>> vectors
        array([[0.5, 0.5],
               [0. , 1.9]], dtype=float32)
    """

def _restore_answer(state: str) -> Answer: ...
def _restore_audit(state: str) -> Audit: ...
def _restore_confidence(state: str) -> Confidence: ...
def _restore_dataset(state: str) -> DatasetReport: ...
def _restore_document(state: str) -> Document: ...
def _restore_extracted(state: str) -> Extracted: ...
def _restore_hybrid(state: str) -> HybridAnswer: ...
def _restore_image(state: str) -> PageImage: ...
def _restore_link(state: str) -> Link: ...
def _restore_encoded(state: str) -> EncodeReport: ...
def _restore_merge(state: str) -> MergeReport: ...
def _restore_miss(state: str) -> Miss: ...
def _restore_ocr(state: str) -> OcrResult: ...
def _restore_page(state: str) -> OcrPage: ...
def _restore_parsed(
    rgba: NDArray[np.uint8] | None,
    ocr_text: str,
    ocr: OcrResult | None,
    clip_vector: NDArray[np.float32] | None,
    meta: str,
) -> ParsedImage: ...
def _restore_preview(state: str) -> Preview: ...
def _restore_progress(state: str) -> TrainProgress: ...
def _restore_reason(state: str) -> Reason: ...
def _restore_settlement(state: str) -> Settlement: ...
def _restore_stats(state: str) -> CrawlStats: ...
def _restore_status(state: str) -> BudgetStatus: ...
def _restore_verdict(state: str) -> Verdict: ...
def _restore_step(state: str) -> StepReport: ...
def _restore_trained(state: str) -> TrainReport: ...
def _restore_version(state: str) -> Version: ...
def _restore_web_page(state: str, html: bytes) -> Page: ...
def _restore_word(state: str) -> OcrWord: ...
def _restore_average(state: str) -> Average: ...
def _restore_chunk(state: str) -> Chunk: ...
def _restore_hit(state: str) -> Hit: ...
def _restore_ingested(state: str) -> Ingested: ...
def _restore_interaction(state: str) -> StoredInteraction: ...
def _restore_stored(state: str) -> StoredDocument: ...
def _test_panic() -> None: ...
