/*
 * AION in C: pictures in; upright pixels, CLIP vectors and text with its places out; PDF, office files and tables as
 * text; pages of the web, read within their rules; training sets and adapters of a language model. In the process of
 * the host, and offline but for crawls and paid calls.
 *
 *     aion_engine_t *engine = NULL;
 *     aion_image_t *image = NULL;
 *     aion_error_t *error = NULL;
 *     aion_parse_options_t options = aion_parse_options_default();
 *     options.clip = false;
 *     if (aion_engine_new(NULL, &engine, &error) == AION_OK &&
 *         aion_parse_image(engine, aion_source_path("a.png", 5), &options, NULL, &image, &error) == AION_OK) {
 *       printf("%s\n", aion_image_ocr_text(image, NULL));
 *     } else {
 *       fprintf(stderr, "%s\n", aion_error_message(error, NULL));
 *     }
 *     aion_image_free(image);
 *     aion_engine_free(engine);
 *     aion_error_free(error);
 *
 * Ownership. A handle that a function returns, or writes to a place such as `aion_image_t **out`, belongs to the
 * caller, who frees it once with the function of its name that ends in `_free`; for NULL that does nothing.
 * What is called borrowed belongs to its handle, lives as long as it, and is never freed by itself. What goes
 * into a call stays the caller's, and must stay as it is until the call has returned. Vectors are copied into
 * buffers of the caller. Nothing is ever to be freed with free().
 *
 * Errors. A function that can fail returns AION_OK or a number that says what kind of failure it is, and writes
 * an object with the details to its last argument, unless that is NULL. It is written every
 * time: NULL after a success, so free an earlier error first. After a failure `*out` is NULL. There is no last
 * error that one thread could take from another. A pointer that is NULL where it must not be, a length
 * that can not be, a text that is not UTF-8 and a number that means nothing are AION_ERROR_INVALID_ARGUMENT.
 * A function without a status takes NULL for a handle too and answers 0, false or NULL.
 *
 * Text is UTF-8 with a length in bytes. Into a call it needs no NUL at its end, and NULL with length 0 is the
 * empty text. Out of a call a NUL follows it that the length does not count. Paths are text too.
 *
 * Threads. A `const` handle may be used by several threads at once; one that is not `const` by one thread at a
 * time, and by none while it is freed. Every call runs on the thread that makes it and returns when it is done,
 * though engines have threads of their own.
 *
 * Cancel. A call that can take long takes an `aion_control_t`, or NULL. Any thread may cancel it; it may also
 * have a timeout and a function that is told about progress. The one that a crawl begins with holds until its end.
 *
 * Web. aion_crawl_start begins to read a site on a thread of its own, and aion_crawl_next pulls its pages one by one:
 *
 *     while (aion_crawl_next(crawl, 1000, &page, &error) == AION_OK &&
 *            (page != NULL || !aion_crawl_has_ended(crawl))) {
 *       if (page != NULL) printf("%s: %s\n", aion_page_url(page, NULL), aion_page_title(page, NULL));
 *       aion_page_free(page);
 *     }
 *
 * It obeys robots.txt, keeps to the host of its seed, and talks to no private address, unless its options say
 * otherwise. Every page has an aion_verdict_t: whether it may be ingested and trained on, and why not, in English and
 * Portuguese. aion_preview looks at single addresses; aion_extract_text, aion_check_policy, aion_robots_parse and
 * aion_canonical_url do the same for pages that the host fetched itself.
 *
 * Documents. aion_extract_document reads a PDF, an office file, a table or a text into the same shape as
 * aion_extract_text a page, with aion_ocr for scans if it is asked to:
 *
 *     aion_document_t *document = NULL;
 *     if (aion_extract_document(engine, aion_source_path("a.pdf", 5), NULL, NULL, NULL, &document, &error) == AION_OK) {
 *       printf("%s\n", aion_extracted_text(aion_document_extracted(document), NULL));
 *     }
 *     aion_document_free(document);
 *
 * Budget. A paid model is asked only with money that was set aside before: aion_budget_decide says who answers,
 * the local model or the paid one, and why, and in the second case gives an aion_grant_t for one call. Tell it
 * aion_grant_dispatched before the bytes of the call leave, and aion_grant_settle what the call cost. A call that
 * was dispatched and never settled, because of a crash or because it was forgotten, costs all that was held. Money
 * is an int64_t of micro-US-dollars, which are millionths.
 *
 * Knowledge. aion_knowledge_open opens a store of documents and pictures in one file, which threads and processes share.
 * aion_knowledge_ingest reads items, each whole or not at all, and aion_knowledge_search_text finds them:
 *
 *     aion_knowledge_t *knowledge = NULL;
 *     aion_hits_t *hits = NULL;
 *     if (aion_knowledge_open("aion.db", 7, NULL, engine, &knowledge, &error) == AION_OK &&
 *         aion_knowledge_search_text(knowledge, "high tide", 9, 10, NULL, NULL, &hits, &error) == AION_OK) {
 *       for (size_t i = 0; i < aion_hits_count(hits); i++) printf("%s\n", aion_hits_source(hits, i, NULL));
 *     }
 *     aion_hits_free(hits);
 *     aion_knowledge_free(knowledge);
 *
 * Learning. aion_sft_build makes a training set of interactions. aion_lora_train learns a LoRA adapter from it, on a
 * frozen language model, aion_lora_step from token ids, and aion_lora_save writes the adapter. aion_adapter_promote
 * makes an adapter the current version under a root, whose aion-current always opens as a whole PEFT adapter, if it is
 * not worse on an aion_held_out_t than the one that is there; aion_adapters_rollback takes it back. aion_model_generate
 * answers with the base and the adapter, and tells how sure it is:
 *
 *     aion_adapters_t *adapters = NULL;
 *     if (aion_adapters_open("adapters", 8, NULL, NULL, &adapters, &error) == AION_OK &&
 *         aion_adapter_promote(adapters, "aion-lora", 9, NULL, NULL, NULL, &error) != AION_OK) {
 *       fprintf(stderr, "%s\n", aion_error_message(error, NULL));
 *     }
 *     aion_adapters_free(adapters);
 *
 * aion_hybrid_answer joins the model, a budget and a paid model behind OpenAI's interface: the local answer, or the paid one
 * where the local one is unsure and the budget allows it. What goes wrong with a paid call costs the paid answer only:
 *
 *     aion_hybrid_t *driver = NULL;
 *     aion_hybrid_answer_t *answer = NULL;
 *     if (aion_hybrid_open(model, budget, openai, &driver, &error) == AION_OK &&
 *         aion_hybrid_answer(driver, messages, 1, NULL, NULL, &answer, &error) == AION_OK) {
 *       printf("%s (%s)\n", aion_hybrid_answer_text(answer, NULL), aion_hybrid_answer_reason(answer, NULL));
 *     }
 *     aion_hybrid_answer_free(answer);
 *     aion_hybrid_free(driver);
 *
 * Fork. An engine, a crawl, a budget, a store of knowledge, a trainer and a model belong to the process that made them.
 * In a child of it, every call that needs them answers AION_ERROR_FORKED at once; make new ones there.
 *
 * The host. Nothing here reads or sets the environment (but aion_config_from_env, aion_budget_policy_from_env and
 * aion_openai_from_env, which read it), writes a file (but the ledger of a budget, a store of knowledge, the state of a
 * crawl, training sets, adapters and checkpoints), opens a socket (but aion_crawl_start, aion_preview and a paid call),
 * installs a handler or writes to a stream of the host; only a bug of the library itself, which is caught and comes back
 * as AION_ERROR_INTERNAL, leaves its trace on stderr.
 * Structs may grow when AION_ABI_VERSION does: make them with their functions, or begin with zeros.
 */


#ifndef AION_H
#define AION_H

/* Generated from aion-capi/src by cbindgen 0.29.4: change it there, then run
 * `AION_BLESS=1 cargo test --release -p aion-capi --test header`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The ABI that the header describes. It goes up with every change that breaks a compiled caller.
#define AION_ABI_VERSION 1

/// A timeout that never passes.
#define AION_NO_TIMEOUT UINT64_MAX

/// A file in memory: JPEG, PNG, GIF, WebP, BMP, TIFF, PNM or AVIF where a picture is read.
#define AION_SOURCE_BYTES 1

/// The path of such a file.
#define AION_SOURCE_PATH 2

/// Decoded pixels, row by row from the top left; no document.
#define AION_SOURCE_PIXELS 3

/// No delay is asked for.
#define AION_NO_CRAWL_DELAY UINT64_MAX

/// To be stored, embedded and retrieved as a source of answers.
#define AION_USE_INGEST 1

/// To become part of what a model is fine-tuned on.
#define AION_USE_TRAIN 2

/// English.
#define AION_LANGUAGE_ENGLISH 1

/// Portuguese of Brazil.
#define AION_LANGUAGE_PORTUGUESE 2

/// A delay that adapts to how fast a host answers.
#define AION_ADAPTIVE_DELAY UINT64_MAX

/// The most addresses of one aion_preview that count.
#define AION_MAX_PREVIEWS 200

/// The cost of a call when nobody knows the most that it can cost. Such a call is never paid.
#define AION_COST_UNKNOWN -1

/// No limit of paid calls an hour.
#define AION_NO_HOURLY_LIMIT UINT32_MAX

/// The money is set aside; the call has not begun.
#define AION_GRANT_HELD 1

/// The bytes of the call may have left.
#define AION_GRANT_DISPATCHED 2

/// What the call cost is captured.
#define AION_GRANT_SETTLED 3

/// The call was not made.
#define AION_GRANT_RELEASED 4

/// Words and vectors, their rankings fused; words alone without a model.
#define AION_SEARCH_HYBRID 0

/// Words alone.
#define AION_SEARCH_WORDS 1

/// Vectors alone.
#define AION_SEARCH_VECTORS 2

/// The item could not be ingested; its error tells why.
#define AION_INGEST_FAILED 0

/// Its source was not known.
#define AION_INGEST_ADDED 1

/// Its source had another content.
#define AION_INGEST_REPLACED 2

/// Its source had the same content already.
#define AION_INGEST_UNCHANGED 3

/// The learning rate stays.
#define AION_SCHEDULE_CONSTANT 0

/// The learning rate falls to 0 in a straight line.
#define AION_SCHEDULE_LINEAR 1

/// The learning rate falls to 0 as half a wave of a cosine.
#define AION_SCHEDULE_COSINE 2

/// What a check looks at: a copy of the adapter that would become current, verified. Lent to the check while it runs.
typedef struct aion_adapter_candidate_t aion_adapter_candidate_t;

/// Versions, the newest first. Freed by aion_adapter_history_free.
typedef struct aion_adapter_history_t aion_adapter_history_t;

/// A version that is held: its directory stays on the disk and does not change, whatever is promoted meanwhile. Threads
/// may share it. Freed by aion_adapter_pin_free, which lets go.
typedef struct aion_adapter_pin_t aion_adapter_pin_t;

/// One promoted adapter, whose directory never changes. It stays as long as the version is kept, see
/// aion_adapter_pin_t. Threads may share it. Freed by aion_adapter_version_free.
typedef struct aion_adapter_version_t aion_adapter_version_t;

/// The versions of one adapter under a root directory. It holds nothing open between calls: threads may share it, and
/// it may be used after a fork. Freed by aion_adapters_free.
typedef struct aion_adapters_t aion_adapters_t;

/// The answer of a resolver, lent to it while it runs.
typedef struct aion_addresses_t aion_addresses_t;

/// An answer, and how sure the model is of it. It never changes, so threads may share it. Freed by aion_answer_free.
typedef struct aion_answer_t aion_answer_t;

/// The most that paid calls may cost, in books that no thread, process, crash or clock can talk out of it. Threads
/// may share it. Freed by aion_budget_free; its decisions and grants may outlive it.
typedef struct aion_budget_t aion_budget_t;

/// When a paid model may be asked, and how much it may cost. One thread at a time may change it. Freed by
/// aion_budget_policy_free.
typedef struct aion_budget_policy_t aion_budget_policy_t;

/// Settings for an engine. One thread at a time may change them. Freed by aion_config_free.
typedef struct aion_config_t aion_config_t;

/// Cancel, timeout and progress, for one call or for several at once. Freed by aion_control_free once they
/// have returned; a crawl that was begun with it may go on.
typedef struct aion_control_t aion_control_t;

/// A crawl. It runs on one thread of its own, and waits when about 16 pages were not taken yet. Threads may share it,
/// and each page goes to one of them. Freed by aion_crawl_free; it may outlive its engine.
typedef struct aion_crawl_t aion_crawl_t;

/// How a crawl is to be made. One thread at a time may change it. Freed by aion_crawl_options_free.
typedef struct aion_crawl_options_t aion_crawl_options_t;

/// Who answers, why, and the money if it is paid. But for its grant it never changes, so threads may share it. Freed
/// by aion_decision_free.
typedef struct aion_decision_t aion_decision_t;

/// A file that was read. It never changes, so threads may share it. Freed by aion_document_free.
typedef struct aion_document_t aion_document_t;

/// The engines, each loaded by the first call that needs it. Threads may share it, and their calls run side
/// by side. Freed by aion_engine_free once they have returned.
typedef struct aion_engine_t aion_engine_t;

/// What went wrong, with which input, and what to do about it. An error never changes, so threads may share
/// it. Freed by aion_error_free.
typedef struct aion_error_t aion_error_t;

/// What a page or a document says. It never changes, so threads may share it. One that aion_extract_text gave is freed
/// by aion_extracted_free, one that a document lends is freed with the document.
typedef struct aion_extracted_t aion_extracted_t;

/// Money that is set aside for one paid call: aion_grant_dispatched before its bytes leave and aion_grant_settle with
/// what it cost, or aion_grant_release when no call is made. Threads may share it. Freed by aion_grant_free, which
/// ends a grant that has not ended.
typedef struct aion_grant_t aion_grant_t;

/// A set that nothing is trained on, to compare adapters of one base by their loss. It holds no threads between calls:
/// threads may share it, and it may be used after a fork. Freed by aion_held_out_free.
typedef struct aion_held_out_t aion_held_out_t;

/// What a search found, the best first. It never changes, so threads may share it. Freed by aion_hits_free.
typedef struct aion_hits_t aion_hits_t;

/// Answers with the local model; with the paid one where the local one is unsure and the budget allows it. Threads may share
/// it. Freed by aion_hybrid_free.
typedef struct aion_hybrid_t aion_hybrid_t;

/// An answer, who gave it, why, and what it cost. It never changes, so threads may share it. Freed by
/// aion_hybrid_answer_free.
typedef struct aion_hybrid_answer_t aion_hybrid_answer_t;

/// A picture that was read whole. It never changes, so threads may share it. Freed by aion_image_free.
typedef struct aion_image_t aion_image_t;

/// A store of knowledge in one SQLite file. Threads and processes may share the file, threads the handle. In a child of
/// the process that opened it its calls fail with AION_ERROR_FORKED. Freed by aion_knowledge_free.
typedef struct aion_knowledge_t aion_knowledge_t;

/// Trains a LoRA adapter on a frozen language model. One thread at a time may use it. A call that fails leaves it as it
/// was. Freed by aion_lora_free.
typedef struct aion_lora_t aion_lora_t;

/// A language model that answers, with an adapter or without. Threads may share it. Freed by aion_model_free.
typedef struct aion_model_t aion_model_t;

/// Everything that was read from a picture. It never changes, so threads may share it. One that aion_ocr gave is
/// freed by aion_ocr_free, one that an image lends is freed with the image.
typedef struct aion_ocr_t aion_ocr_t;

/// A paid model behind OpenAI's chat completions, whoever serves it. Threads may share it, and drivers. Freed by
/// aion_openai_free; drivers that were opened with it go on.
typedef struct aion_openai_t aion_openai_t;

/// A page that a crawl fetched and read. It never changes, so threads may share it. Freed by aion_page_free; it may
/// outlive its crawl.
typedef struct aion_page_t aion_page_t;

/// What a page is about and whether it may be ingested. It never changes, so threads may share it. Freed by
/// aion_preview_free.
typedef struct aion_preview_t aion_preview_t;

/// A robots.txt (RFC 9309), parsed. It never changes, so threads may share it. Freed by aion_robots_free.
typedef struct aion_robots_t aion_robots_t;

/// The report of a training set. It never changes, so threads may share it. Freed by aion_sft_report_free.
typedef struct aion_sft_report_t aion_sft_report_t;

/// A text that belongs to the caller. Freed by aion_text_free.
///
/// Inside it ends with a NUL that is not counted, as every text that is lent to C does.
typedef struct aion_text_t aion_text_t;

/// Whether a page may be ingested and trained on, and why not. It never changes, so threads may share it. One that
/// aion_check_policy gave is freed by aion_verdict_free, one that a page or a preview lends is freed with that.
typedef struct aion_verdict_t aion_verdict_t;

/// What every call that can fail returns: AION_OK, or the number of one of the AION_ERROR_* kinds. A number
/// is never reused for another kind; later versions may add numbers.
typedef int32_t aion_status_t;

/// One text of a list that goes into a call.
typedef struct {
  /// UTF-8; NULL is allowed for the empty text.
  const char *data;
  /// How many bytes `data` has.
  size_t length;
} aion_str_t;

/// Told how far a call has come: `done` of `total` items of `stage`, a text such as "pages" that lives until
/// this returns. `total` is 0 while it is unknown. It may run on any thread, on several at once, but never
/// after the call that was given it returned, and for a crawl never after aion_crawl_free returned. It must not block,
/// throw or jump.
typedef void (*aion_progress_t)(void *user, const char *stage, size_t stage_length, size_t done, size_t total);

/// A picture or a document to be read, made by aion_source_bytes, aion_source_path or aion_source_pixels. It borrows
/// its data, which must stay as they are until the call that reads it has returned. There is nothing to free.
typedef struct {
  /// The bytes, the path or the pixels.
  const uint8_t *data;
  /// How many bytes `data` has.
  size_t length;
  /// One of AION_SOURCE_*.
  uint32_t kind;
  /// Of pixels, from left to right; otherwise 0.
  uint32_t width;
  /// Of pixels, from top to bottom; otherwise 0.
  uint32_t height;
  /// Bytes a pixel, 3 for RGB or 4 for RGBA; otherwise 0.
  uint32_t channels;
} aion_source_t;

/// One page as it was read. Its text is borrowed from the result.
typedef struct {
  /// Lines end with a line feed, and an empty line stands between blocks.
  const char *text;
  /// How many bytes `text` has.
  size_t text_length;
  /// The index of its first word.
  size_t first_word;
  /// How many words it has.
  size_t word_count;
  /// The mean confidence of its words, from 0 to 1.
  float confidence;
  /// The clockwise slope of the lines that was straightened, in degrees.
  float skew;
  /// The clockwise turn that made the page upright: 0, 90, 180 or 270 degrees.
  uint32_t rotation;
  /// Pixels from left to right.
  uint32_t width;
  /// Pixels from top to bottom.
  uint32_t height;
} aion_ocr_page_t;

/// One word and where it stands. Its text is borrowed from the result.
typedef struct {
  /// The word, without white space at its ends and never empty.
  const char *text;
  /// How many bytes `text` has.
  size_t text_length;
  /// How sure the recognizer is, from 0 to 1.
  float confidence;
  /// Pixels from the left edge of the picture.
  uint32_t x;
  /// Pixels from the top edge of the picture.
  uint32_t y;
  /// Pixels from left to right.
  uint32_t width;
  /// Pixels from top to bottom.
  uint32_t height;
  /// Which page it is on, from 0.
  uint32_t page;
  /// Which block of its page it belongs to, from 0 in reading order.
  uint32_t block;
  /// Which line of its page it belongs to, from 0 in reading order.
  uint32_t line;
} aion_ocr_word_t;

/// What to make of a picture. Begin with aion_parse_options_default.
typedef struct {
  /// Whether to read its text.
  bool ocr;
  /// Whether to make its CLIP vector, which needs a configured model.
  bool clip;
  /// Whether to keep its pixels.
  bool rgba;
} aion_parse_options_t;

/// How a picture is to be read. Begin with aion_ocr_options_default.
typedef struct {
  /// Tesseract languages joined by `+`; empty for those of the engine.
  const char *lang;
  /// How many bytes `lang` has.
  size_t lang_length;
  /// What the picture holds: "auto", "single_column", "single_block_vert_text", "single_block",
  /// "single_line", "single_word", "circle_word", "single_char", "sparse_text" or "raw_line"; empty for
  /// "auto".
  const char *page_mode;
  /// How many bytes `page_mode` has.
  size_t page_mode_length;
  /// Whether to turn a page upright, level its lines and darken light text before it is read.
  bool orient;
  /// The only characters that may be found, such as "0123456789"; empty for all.
  const char *whitelist;
  /// How many bytes `whitelist` has.
  size_t whitelist_length;
} aion_ocr_options_t;

/// How vectors are updated. Begin with aion_ema_options_default.
typedef struct {
  /// How much a new vector weighs, above 0. With 1 the result is the plain mean of all that was ever new.
  double c;
  /// Whether the result is scaled to length 1.
  bool normalize;
  /// Threads of a large batch; 0 for one for each core that this process may use. The result is the same for
  /// every number.
  size_t threads;
} aion_ema_options_t;

/// How a page is read. Begin with aion_extract_options_default.
typedef struct {
  /// The page's address, which relative links are resolved against; empty for unknown.
  const char *url;
  /// How many bytes `url` has.
  size_t url_length;
  /// The Content-Type header, for its charset; empty for unknown.
  const char *content_type;
  /// How many bytes `content_type` has.
  size_t content_type_length;
  /// Most bytes that are read; a longer page is an error.
  size_t max_bytes;
} aion_extract_options_t;

/// A link of a page, borrowed from it.
typedef struct {
  /// The address, without its fragment.
  const char *url;
  /// How many bytes `url` has.
  size_t url_length;
  /// The text of the link.
  const char *text;
  /// How many bytes `text` has.
  size_t text_length;
  /// Whether it asks robots not to follow it.
  bool nofollow;
} aion_link_t;

/// A picture of a page, borrowed from it.
typedef struct {
  /// Its address.
  const char *url;
  /// How many bytes `url` has.
  size_t url_length;
  /// The text that stands for it; empty if there is none.
  const char *alt;
  /// How many bytes `alt` has.
  size_t alt_length;
} aion_page_image_t;

/// A name and its value. One that comes out of a call is borrowed from its handle.
typedef struct {
  /// UTF-8.
  const char *name;
  /// How many bytes `name` has.
  size_t name_length;
  /// UTF-8; it may be empty.
  const char *value;
  /// How many bytes `value` has.
  size_t value_length;
} aion_pair_t;

/// How a document is to be read. Begin with aion_document_options_default. A limit of 0 is its default.
typedef struct {
  /// The file's name, for its extension; empty for the name that a path ends with. It is asked last: content and
  /// content type go before it.
  const char *name;
  /// How many bytes `name` has.
  size_t name_length;
  /// The Content-Type that the file came with; empty for unknown.
  const char *content_type;
  /// How many bytes `content_type` has.
  size_t content_type_length;
  /// The file's address, which relative links are resolved against; empty for unknown.
  const char *url;
  /// How many bytes `url` has.
  size_t url_length;
  /// Most bytes of the file. The default is 64 MiB.
  size_t max_bytes;
  /// Most bytes that all its compressed parts may unpack to. The default is 256 MiB.
  uint64_t max_unpacked_bytes;
  /// Most bytes of text. The default is 32 MiB.
  size_t max_text_bytes;
  /// Most pages, slides or sheets. The default is 10000.
  size_t max_pages;
  /// Most table cells of a workbook or a delimited file. The default is 2 million.
  size_t max_cells;
  /// Most pictures that are read by OCR. The default is 1000.
  size_t max_pictures;
  /// Most pixels of a scanned page and of an image on it: a larger page is drawn coarser for OCR, a larger image
  /// costs itself and a warning. The default is 64 million.
  uint64_t max_picture_pixels;
} aion_document_options_t;

/// What is known of a page: everything but its address and text may be left out. Begin with aion_policy_page.
typedef struct {
  /// Its final address.
  const char *url;
  /// How many bytes `url` has.
  size_t url_length;
  /// Its main text, as it would be ingested.
  const char *text;
  /// How many bytes `text` has.
  size_t text_length;
  /// Its HTTP headers, a line each; names in any case.
  const aion_pair_t *headers;
  /// How many headers there are.
  size_t header_count;
  /// Its document, whose meta elements are read, in any charset.
  const uint8_t *html;
  /// How many bytes `html` has; 0 for no document.
  size_t html_length;
  /// The site's /.well-known/tdmrep.json.
  const uint8_t *tdmrep;
  /// How many bytes `tdmrep` has; 0 for no such file.
  size_t tdmrep_length;
  /// The site's robots.txt; NULL for none, or when nobody asked.
  const aion_robots_t *robots;
  /// Whether robots.txt could not be had (a status of 500 or more, or no answer), which forbids everything.
  bool robots_unreachable;
  /// The HTTP status that it came with; 0 for unknown.
  uint32_t status;
} aion_policy_page_t;

/// What the caller decides about policy. Begin with aion_policy_options_default.
typedef struct {
  /// The user agent that directives may name; empty for "aion". A crawl has its own and passes this over.
  const char *user_agent;
  /// How many bytes `user_agent` has.
  size_t user_agent_length;
  /// The least number of characters of text.
  size_t min_text_chars;
  /// Codes of reasons whose signals are not obeyed, such as "noai"; what they would have forbidden is told by
  /// aion_verdict_waived.
  const aion_str_t *ignore;
  /// How many codes there are.
  size_t ignore_count;
} aion_policy_options_t;

/// One objection to one use. What forbids both uses is given as two. Its texts are borrowed from the verdict.
typedef struct {
  /// What a program branches on: "private_route", "too_short", "pii", "robots", "robots_unreachable",
  /// "http_status", "noindex", "noai", "noimageai", "noml", "tdm_reserved", "content_usage" or "content_signal";
  /// later versions may add codes.
  const char *code;
  /// How many bytes `code` has.
  size_t code_length;
  /// A sentence for people.
  const char *message;
  /// How many bytes `message` has.
  size_t message_length;
  /// The use that it forbids: one of AION_USE_*.
  uint32_t usage;
} aion_reason_t;

/// Turns the name `host` into addresses: adds each by aion_addresses_add and returns true, or returns false when it
/// can not. `host` lives until this returns. It may block, may run on any thread and on several at once, and must not
/// throw or jump. What it answers is checked as any address is, so it opens no door to a private one.
typedef bool (*aion_resolver_t)(void *user, const char *host, size_t host_length, aion_addresses_t *addresses);

/// Told once, on any thread, that nobody will use `user` any more. It must not throw or jump.
typedef void (*aion_release_t)(void *user);

/// What a crawl has done so far.
typedef struct {
  /// Pages that wait to be taken or were taken.
  size_t pages;
  /// Requests of every kind, with robots, sitemaps and repeats.
  size_t requests;
  /// Fetches of robots.txt.
  size_t robots;
  /// Sitemap files that were read.
  size_t sitemaps;
  /// Redirects that were met.
  size_t redirects;
  /// Requests that were made again.
  size_t retries;
  /// Addresses that wait.
  size_t waiting;
  /// Addresses without a page: of links, each time that one was met.
  size_t skipped;
  /// Bytes of pages, decoded.
  uint64_t bytes;
  /// Milliseconds since the crawl began; until its end.
  uint64_t elapsed_ms;
} aion_crawl_stats_t;

/// What a provider charges, in micro-US-dollars: millionths, so $2.50 are 2500000. Begin with zeros.
typedef struct {
  /// For a million tokens of input.
  int64_t input_per_million;
  /// For a million tokens of output.
  int64_t output_per_million;
  /// For each call, whatever its tokens.
  int64_t per_call;
} aion_price_t;

/// A budget at one moment, in micro-US-dollars. What was spent, what is held and what remains are together the day's
/// limit, unless an overrun passed it.
typedef struct {
  /// The local day that counts, such as "2026-11-22", ended by a NUL.
  char window[16];
  /// When the next one begins, in milliseconds since 1970.
  int64_t window_ends_ms;
  /// The day's limit.
  int64_t daily_micro_usd;
  /// Captured for good.
  int64_t spent_micro_usd;
  /// Set aside for calls that are under way or about to be.
  int64_t held_micro_usd;
  /// The part of it whose calls may have left.
  int64_t dispatched_micro_usd;
  /// What is free.
  int64_t remaining_micro_usd;
  /// The part of what was spent that providers billed above the hold.
  int64_t overrun_micro_usd;
  /// Grants of the last hour that were not released.
  uint64_t fallbacks_last_hour;
  /// How many there may be; AION_NO_HOURLY_LIMIT for no limit.
  uint32_t max_fallbacks_per_hour;
  /// How the wall clock compares with the time that has passed: "steady", "ahead" or "behind", ended by a NUL.
  char clock[16];
  /// Where the books are: "memory" or "sqlite", ended by a NUL.
  char ledger[16];
} aion_budget_status_t;

/// How a store is opened. Begin with zeros, which are the defaults.
typedef struct {
  /// Whether nothing is ever written; the file must exist then.
  bool read_only;
  /// Most bytes of a chunk, 32 to 65536; 0 for 400.
  size_t chunk_bytes;
  /// Most bytes of a document's text; 0 for 32 MiB.
  size_t max_text_bytes;
  /// Most bytes of a file or a picture; 0 for 128 MiB.
  size_t max_file_bytes;
  /// Threads that read documents and search vectors; 0 for one for each core.
  size_t threads;
  /// How many milliseconds a call waits for other writers; 0 for ten seconds.
  uint64_t patience_ms;
} aion_knowledge_options_t;

/// One thing to know. Begin with zeros: empty texts are absent ones. It needs a `source` and one of `text` and `data`, or
/// a `path`.
typedef struct {
  /// Where it comes from: an address, a path or a name. It is the item's identity.
  aion_str_t source;
  /// Its text, if it is one.
  aion_str_t text;
  /// The bytes of a file: a picture, or a document as aion_document_extract reads them.
  const uint8_t *data;
  /// How many bytes `data` has.
  size_t data_length;
  /// The path of such a file; its `source` is the path, if none is given.
  aion_str_t path;
  /// Its title.
  aion_str_t title;
  /// Its language, such as "pt-BR".
  aion_str_t language;
  /// The source of the page that a picture stands on.
  aion_str_t parent;
  /// The ETag that it came with.
  aion_str_t etag;
  /// The Last-Modified that it came with.
  aion_str_t last_modified;
  /// When it was fetched, in milliseconds since 1970, UTC; 0 for now.
  int64_t fetched_at_ms;
} aion_knowledge_item_t;

/// What became of an item.
typedef struct {
  /// The number of its document; 0 if it failed.
  int64_t document;
  /// AION_INGEST_ADDED, AION_INGEST_REPLACED, AION_INGEST_UNCHANGED or AION_INGEST_FAILED.
  uint32_t change;
} aion_ingested_t;

/// What a search looks at. Begin with zeros: everything, by words and vectors.
typedef struct {
  /// Only "text", "page", "file" or "image"; empty for all.
  aion_str_t kind;
  /// Only web addresses of this host and of those below it.
  aion_str_t host;
  /// Only sources that begin so.
  aion_str_t source_prefix;
  /// Only what was fetched then or later, in milliseconds since 1970, UTC; 0 for all.
  int64_t since_ms;
  /// Only what was fetched before; 0 for all.
  int64_t until_ms;
  /// AION_SEARCH_HYBRID, AION_SEARCH_WORDS or AION_SEARCH_VECTORS.
  uint32_t mode;
  /// Whether every chunk is a hit of its own.
  bool passages;
  /// Whether the last word may be the beginning of one.
  bool prefix;
} aion_search_options_t;

/// How a training set is built. Begin with zeros, which are the defaults.
typedef struct {
  /// What the platform says first, in conversations that have no system message; empty for the usual, "Você é a
  /// AION, IA autônoma da plataforma."
  const char *system;
  /// How many bytes `system` has.
  size_t system_length;
  /// Whether nothing is said first.
  bool without_system;
  /// Whether answers with a rating below `min_rating`, and those without one, are left out.
  bool has_min_rating;
  /// The least rating, if there is one.
  double min_rating;
  /// As many interactions are kept, the first ones; 0 for 50000.
  size_t limit;
  /// Whether identifiers of people stay. Otherwise they are replaced by [EMAIL], [CPF] and so on.
  bool keep_pii;
} aion_sft_options_t;

/// What became of the interactions of a training set.
typedef struct {
  /// How many were read, damaged ones included.
  size_t read;
  /// How many are in the set.
  size_t kept;
  /// How many had too low a rating, or none where one was asked for.
  size_t too_low;
  /// How many said what an earlier one says.
  size_t duplicates;
  /// How many of those in the set had identifiers of people in them, which were replaced.
  size_t scrubbed;
  /// How many could not be used.
  size_t damaged;
  /// Whether the set is full, so that the rest was not read.
  bool is_cut;
} aion_sft_counts_t;

/// How adapters are compared. Begin with aion_held_out_options_default.
typedef struct {
  /// How much above the champion's a candidate's loss may be, in nats. The default is 0.01.
  double epsilon;
  /// Most tokens that are computed at once. Memory grows with it. The default is 4096.
  size_t batch_tokens;
  /// The longest sequence, in tokens; longer ones are cut. The default is 2048.
  size_t max_length;
  /// Whether only the assistant's words count.
  bool assistant_only;
  /// Whether conversations are written by the chat template of the base, and not in the platform's format.
  bool chat_template;
  /// Threads; 0 for the cores that this process may use.
  size_t threads;
} aion_held_out_options_t;

/// How versions are kept. Begin with zeros, which are the defaults.
typedef struct {
  /// How many versions are kept, 2 or more, the current one among them; 0 for 5. Versions that are being read are kept
  /// as well.
  size_t keep;
  /// How many milliseconds a call waits for another promotion; 0 for a minute.
  uint64_t patience_ms;
} aion_adapters_options_t;

/// Whether the candidate may become current. It runs on the thread that promotes and must not throw or jump. No other
/// promotion goes on meanwhile, so it must not promote.
typedef bool (*aion_adapter_check_t)(void *user, const aion_adapter_candidate_t *candidate);

/// A number that is kept with a version, such as its loss.
typedef struct {
  /// Its name.
  const char *name;
  /// How many bytes `name` has.
  size_t name_length;
  /// Finite.
  double value;
} aion_metric_t;

/// What a candidate must pass, and what is noted of it. Begin with zeros: a whole adapter, and nothing more.
typedef struct {
  /// The caller's own check, after all others; NULL for none.
  aion_adapter_check_t check;
  /// What the check is called with.
  void *user;
  /// The directory of the base, whose layers the candidate must fit; empty for any. Only its config.json is read.
  const char *base;
  /// How many bytes `base` has.
  size_t base_length;
  /// Numbers to be kept with the version.
  const aion_metric_t *metrics;
  /// How many metrics there are.
  size_t metric_count;
  /// On which the candidate must not be worse than the current version; NULL for no comparison. It comes before
  /// `check`.
  const aion_held_out_t *held_out;
} aion_promote_options_t;

/// What a trainer is told. Begin with aion_lora_options_default.
typedef struct {
  /// The rank of the adapter's matrices, 1 to 1024. The default is 16.
  size_t rank;
  /// The adapter's output is scaled by alpha / rank. The default is 32.
  double alpha;
  /// How much of the adapter's input is dropped in training, 0 to below 1. The default is 0.05.
  double dropout;
  /// The layers that get an adapter, such as "q_proj"; none for all seven, which is the default.
  const aion_str_t *target_modules;
  /// How many target modules there are.
  size_t target_module_count;
  /// The learning rate of AdamW, before the schedule. The default is 2e-4.
  double learning_rate;
  /// The decoupled weight decay of AdamW. The default is 0.
  double weight_decay;
  /// How the learning rate goes on: one of AION_SCHEDULE_*.
  uint32_t schedule;
  /// Updates in all, for the schedules that fall.
  uint64_t total_steps;
  /// Updates over which the learning rate rises from 0.
  uint64_t warmup_steps;
  /// The norm that gradients are clipped to; 0 for none. The default is 1.
  double max_grad_norm;
  /// The longest sequence, in tokens. The default is 2048.
  size_t max_length;
  /// Calls of aion_lora_step to one update. The default is 16.
  uint32_t gradient_accumulation;
  /// Whether layers are computed again in the backward pass instead of kept: slower, in far less memory.
  bool recompute;
  /// What a new adapter, the dropout and the order of a set are drawn from.
  uint64_t seed;
  /// Threads; 0 for the cores that this process may use.
  size_t threads;
} aion_lora_options_t;

/// One sequence of a micro-batch.
typedef struct {
  /// Its token ids.
  const uint32_t *ids;
  /// For each token 1 where it is to be learnt, and 0 elsewhere; NULL for all but the first, which never is.
  const uint8_t *mask;
  /// How many token ids there are, and marks.
  size_t length;
} aion_sequence_t;

/// What a step did.
typedef struct {
  /// The mean cross-entropy of the micro-batch's target tokens, in nats.
  double loss;
  /// Target tokens of the micro-batch.
  size_t tokens;
  /// Whether the step updated the adapter: every `gradient_accumulation`-th does.
  bool updated;
  /// The norm of the whole accumulated gradient before it was clipped, if the step updated the adapter, else 0.
  double grad_norm;
  /// Updates so far, this one included.
  uint64_t step;
} aion_lora_step_t;

/// How a trainer goes over a set. Begin with zeros, which are the defaults.
typedef struct {
  /// How often every sequence is learnt from; 0 for once.
  uint32_t epochs;
  /// Sequences of an update; 0 for two for each of the trainer's gradient_accumulation.
  size_t batch_size;
  /// Most tokens that are computed at once; 0 for 4096. Memory grows with it.
  size_t batch_tokens;
  /// The share of sequences that is not learnt from but evaluated on, 0 to 0.5.
  double held_out;
  /// Updates between evaluations; 0 for none but at the end of each epoch.
  uint64_t evaluate_every;
  /// The file that the trainer is written to, for aion_lora_resume; empty for none.
  const char *checkpoint;
  /// How many bytes `checkpoint` has.
  size_t checkpoint_length;
  /// Updates between two checkpoints; 0 for 100. The end has one in any case.
  uint64_t checkpoint_every;
  /// Whether only the assistant's words are learnt.
  bool assistant_only;
  /// Whether conversations are written by the chat template of the base, and not in the platform's format.
  bool chat_template;
} aion_lora_train_options_t;

/// How a model is opened. Begin with zeros, which are the defaults.
typedef struct {
  /// Whether conversations are written by the chat template of the base, and not in the platform's format.
  bool chat_template;
  /// Most tokens of a prompt and its answer; 0 for 4096. The model's own context where that is shorter.
  size_t max_length;
  /// Threads; 0 for the cores that this process may use. The answer is the same for every number.
  size_t threads;
} aion_model_options_t;

/// One turn of a conversation.
typedef struct {
  /// "system", "user", "assistant" or "tool".
  const char *role;
  /// How many bytes `role` has.
  size_t role_length;
  /// What is said.
  const char *content;
  /// How many bytes `content` has.
  size_t content_length;
} aion_message_t;

/// Gets an answer piece by piece, on the thread that asked; false ends the answer there. `piece` lives until this
/// returns. It must not throw or jump.
typedef bool (*aion_on_text_t)(void *user, const char *piece, size_t length);

/// How an answer is generated. Begin with zeros, which are the defaults.
typedef struct {
  /// Most tokens of the answer; 0 for 400.
  size_t max_tokens;
  /// What logits are divided by before a token is drawn; 0 for the most probable one each time.
  float temperature;
  /// Tokens are drawn among the most probable ones whose probabilities reach this sum; 0 and 1 for all.
  float top_p;
  /// What is drawn is the same for the same seed.
  uint64_t seed;
  /// Texts that end the answer, and are not part of it.
  const aion_str_t *stop;
  /// How many there are.
  size_t stop_count;
  /// Gets the answer while it comes; NULL for nobody.
  aion_on_text_t on_text;
  /// What `on_text` is called with.
  void *user;
} aion_generate_options_t;

/// Where a paid model is, and what it costs. Begin with zeros, which are the defaults. Texts may be empty.
typedef struct {
  /// The key; empty for none. It is shown by no error and no record, and goes over plain HTTP to this machine only.
  aion_str_t key;
  /// The model; empty for "gpt-4o-mini".
  aion_str_t model;
  /// The address before "/chat/completions"; empty for "https://api.openai.com/v1".
  aion_str_t base_url;
  /// The project that is billed; empty for none.
  aion_str_t project;
  /// Whether `price` is given. Without it, the default model at the default address has OpenAI's list price, and any other
  /// model none: what has no price is never called.
  bool has_price;
  /// What the model charges.
  aion_price_t price;
  /// Whether the limit of a reply is told as "max_completion_tokens", which OpenAI's reasoning models ask for, and not as
  /// "max_tokens", which all servers know.
  bool max_completion_tokens;
  /// Most milliseconds for a connection; 0 for 10000.
  uint64_t connect_timeout_ms;
  /// Most milliseconds from the request to the head of the reply; 0 for 30000.
  uint64_t first_byte_timeout_ms;
  /// Most milliseconds that a reply may pause; 0 for 15000.
  uint64_t idle_timeout_ms;
  /// Most milliseconds of a call in all; 0 for 60000.
  uint64_t timeout_ms;
} aion_openai_options_t;

/// Gets an answer piece by piece, on the thread that asked, with who gives it, "local" or "paid"; a piece of another source
/// than the one before begins the answer anew. False ends a paid answer there. The texts live until this returns. It must not
/// throw or jump.
typedef bool (*aion_on_answer_t)(void *user, const char *source, const char *piece, size_t length);

/// How a driver answers. Begin with zeros, which are the defaults.
typedef struct {
  /// How the local answer is generated. Its `on_text` is not called.
  aion_generate_options_t generate;
  /// Whether a paid call that failed for the moment is not tried again.
  bool no_retries;
  /// How often it is, at most 10, each time with a grant of its own; 0 for 2.
  uint32_t max_retries;
  /// The longest pause before a retry, in milliseconds; 0 for 10000. A provider that asks for a longer one is not asked
  /// again.
  uint64_t max_pause_ms;
  /// Gets the answer while it comes; NULL for nobody.
  aion_on_answer_t on_answer;
  /// What `on_answer` is called with.
  void *user;
} aion_hybrid_options_t;

/// The call did what it was asked to.
#define AION_OK 0

/// An argument or a setting is out of its range or of the wrong shape.
#define AION_ERROR_INVALID_ARGUMENT 1

/// Bytes from outside are damaged or are not what they claim to be.
#define AION_ERROR_INVALID_INPUT 2

/// The input is valid but of a format or a shape that this build does not read.
#define AION_ERROR_UNSUPPORTED 3

/// The input would take more bytes, pixels, pages or memory than the limits allow.
#define AION_ERROR_LIMIT_EXCEEDED 4

/// The call needs something that was not configured, such as a model.
#define AION_ERROR_NOT_CONFIGURED 5

/// A file that was named does not exist.
#define AION_ERROR_NOT_FOUND 6

/// The operating system refused to read or write.
#define AION_ERROR_IO 7

/// A model, tokenizer or language file exists but can not be used.
#define AION_ERROR_INVALID_MODEL 8

/// A native engine failed while it worked.
#define AION_ERROR_ENGINE 9

/// The caller cancelled the call.
#define AION_ERROR_CANCELLED 10

/// The deadline passed before the work was done.
#define AION_ERROR_DEADLINE_EXCEEDED 11

/// The handle was made before a fork and is used in the child process.
#define AION_ERROR_FORKED 12

/// A bug of this library: a panic that was caught at the border.
#define AION_ERROR_INTERNAL 13

/// The call is not allowed in the state that its object is in, such as settling a grant twice.
#define AION_ERROR_INVALID_STATE 14

/// The call contradicts an earlier one, such as an idempotency key that was used for another request.
#define AION_ERROR_CONFLICT 15

/// A store can not be reached, or is locked, full or damaged.
#define AION_ERROR_UNAVAILABLE 16

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// The ABI version of the library that was loaded. Compare it with AION_ABI_VERSION before any other call
/// when the library is loaded by hand.
uint32_t aion_abi_version(void);

/// The release of the library that was loaded, such as "0.1.0", ended by a NUL. It lives as long as the
/// library.
const char *aion_version(void);

/// The status that the failed call returned; AION_OK for NULL.
aion_status_t aion_error_status(const aion_error_t *error);

/// The stable name of the kind of the error, such as "not_found". Borrowed from the error. `length` may be
/// NULL.
const char *aion_error_kind(const aion_error_t *error, size_t *length);

/// The message, for people: its words may change between releases. Borrowed from the error. `length` may be
/// NULL.
const char *aion_error_message(const aion_error_t *error, size_t *length);

/// Whether the same call may succeed later without a change to its input.
bool aion_error_is_retryable(const aion_error_t *error);

/// Frees an error. NULL is a no-op.
void aion_error_free(aion_error_t *error);

/// The text. Borrowed from `text`. `length` may be NULL.
const char *aion_text_data(const aion_text_t *text, size_t *length);

/// Frees a text. NULL is a no-op.
void aion_text_free(aion_text_t *text);

/// The default settings. They can be changed until an engine is made of them; numbers are checked then.
aion_config_t *aion_config_new(void);

/// The default settings, changed by the variables of this process: AION_CLIP_MODEL_PATH, AION_CLIP_MAXLEN,
/// AION_OCR_LANG, AION_TESSDATA, ORT_DYLIB_PATH, AION_THREADS, AION_MAX_IMAGE_PIXELS,
/// AION_MAX_IMAGE_BYTES, AION_CRAWL_MAX_PAGES, AION_ALLOW_ROBOTS, AION_BLOCKLIST_DOMAINS and AION_USER_AGENT. An
/// empty value counts as absent. Only this function and aion_budget_policy_from_env read the environment; no other
/// thread may change it meanwhile.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT, naming the variable whose value can not be used.
aion_status_t aion_config_from_env(aion_config_t **out,
                                   aion_error_t **error);

/// Sets the CLIP model: an ONNX file, or a directory of them. Empty for none, which is the default.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_config_set_clip_model(aion_config_t *config,
                                         const char *path,
                                         size_t length,
                                         aion_error_t **error);

/// Sets the longest text that CLIP is given, in tokens with start and end. The default is 77.
aion_status_t aion_config_set_clip_max_length(aion_config_t *config, size_t tokens, aion_error_t **error);

/// Sets the Tesseract languages, joined by `+`. Empty for the default, which is "eng+por".
///
/// # Safety
/// `lang` must point to `length` bytes.
aion_status_t aion_config_set_ocr_lang(aion_config_t *config,
                                       const char *lang,
                                       size_t length,
                                       aion_error_t **error);

/// Sets the directory of *.traineddata. Empty for the default: the first of the usual ones that exists.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_config_set_tessdata(aion_config_t *config,
                                       const char *path,
                                       size_t length,
                                       aion_error_t **error);

/// Sets the ONNX Runtime shared library that CLIP runs on. Empty for the default: the system's own.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_config_set_onnxruntime(aion_config_t *config,
                                          const char *path,
                                          size_t length,
                                          aion_error_t **error);

/// Sets how many threads one engine may use. 0 for the default: the cores that this process may use.
aion_status_t aion_config_set_threads(aion_config_t *config, size_t threads, aion_error_t **error);

/// Sets the most pixels that one picture or page may have. The default is 100 million.
aion_status_t aion_config_set_max_image_pixels(aion_config_t *config, uint64_t pixels, aion_error_t **error);

/// Sets the most bytes that one encoded picture may have. The default is 64 MiB.
aion_status_t aion_config_set_max_image_bytes(aion_config_t *config, uint64_t bytes, aion_error_t **error);

/// Sets the most pages of a crawl whose options do not say otherwise. The default is 50.
aion_status_t aion_config_set_crawl_max_pages(aion_config_t *config, size_t pages, aion_error_t **error);

/// Sets whether crawls obey robots.txt. The default is true.
aion_status_t aion_config_set_respect_robots(aion_config_t *config, bool respect, aion_error_t **error);

/// Sets the sites that no crawl asks for anything: "example.com" is this host and all below it, "*.example.com" only
/// what is below it, "example.com/private" a path, "example.com:8080" a port. The default is none.
///
/// # Safety
/// `sites` must point to `count` texts.
aion_status_t aion_config_set_blocklist(aion_config_t *config,
                                        const aion_str_t *sites,
                                        size_t count,
                                        aion_error_t **error);

/// Sets whom crawls introduce themselves as, visible ASCII: give a contact, as in
/// "ExampleBot/1.0 (+https://example.com/bot)". Empty for the default, "AION/" and the version.
///
/// # Safety
/// `agent` must point to `length` bytes.
aion_status_t aion_config_set_user_agent(aion_config_t *config,
                                         const char *agent,
                                         size_t length,
                                         aion_error_t **error);

/// Frees settings. NULL is a no-op.
void aion_config_free(aion_config_t *config);

/// A control that stops nothing and tells nobody.
aion_control_t *aion_control_new(void);

/// Asks every call that was given this control to stop, now and later: a control stays cancelled. Any thread
/// may do it at any time. A call that stops returns AION_ERROR_CANCELLED, usually within some ten
/// milliseconds, and its engine stays usable.
void aion_control_cancel(const aion_control_t *control);

/// Sets how long each call may take, counted from its beginning; AION_NO_TIMEOUT, the default, for ever. A
/// call that takes longer returns AION_ERROR_DEADLINE_EXCEEDED. Calls that already run keep their own.
void aion_control_set_timeout_ms(const aion_control_t *control, uint64_t milliseconds);

/// Sets the function that is told about progress, with `user` as its first argument; NULL for none. Both
/// must stay usable until the calls that begin from now on have returned, and the crawls have been freed.
void aion_control_set_progress(const aion_control_t *control, aion_progress_t callback, void *user);

/// Frees a control. NULL is a no-op.
void aion_control_free(aion_control_t *control);

/// Makes an engine. `config` is copied; NULL for the default settings. No file is touched yet: a model that
/// is missing is told by the first call that needs it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a setting out of its range.
aion_status_t aion_engine_new(const aion_config_t *config, aion_engine_t **out, aion_error_t **error);

/// Frees an engine and ends its threads. NULL is a no-op. In a child of the process that made it, it gives
/// back almost nothing, but it does not hang.
void aion_engine_free(aion_engine_t *engine);

/// A picture or a document as a file in memory. Nothing is read yet.
aion_source_t aion_source_bytes(const uint8_t *data, size_t length);

/// A picture or a document as the path of a file. Nothing is read yet.
aion_source_t aion_source_path(const char *path, size_t length);

/// A picture as pixels of 3 (RGB) or 4 (RGBA) bytes, `width * height * channels` bytes in all.
aion_source_t aion_source_pixels(const uint8_t *data,
                                 size_t length,
                                 uint32_t width,
                                 uint32_t height,
                                 uint32_t channels);

/// The texts of the pages, with an empty line between them. Borrowed from the result. `length` may be NULL.
const char *aion_ocr_text(const aion_ocr_t *ocr, size_t *length);

/// The mean confidence of all words, from 0 to 1; 0 without words.
float aion_ocr_confidence(const aion_ocr_t *ocr);

/// How many pages were read.
size_t aion_ocr_page_count(const aion_ocr_t *ocr);

/// How many words all pages have.
size_t aion_ocr_word_count(const aion_ocr_t *ocr);

/// Writes one page to `out`. False, and nothing is written, when there is none of that index.
bool aion_ocr_page(const aion_ocr_t *ocr, size_t index, aion_ocr_page_t *out);

/// Writes one word to `out`, in reading order over all pages. False, and nothing is written, when there is none
/// of that index.
bool aion_ocr_word(const aion_ocr_t *ocr,
                   size_t index,
                   aion_ocr_word_t *out);

/// The result as hOCR, an XHTML page.
aion_status_t aion_ocr_to_hocr(const aion_ocr_t *ocr, aion_text_t **out, aion_error_t **error);

/// The result as ALTO 4, an XML document.
aion_status_t aion_ocr_to_alto(const aion_ocr_t *ocr, aion_text_t **out, aion_error_t **error);

/// The result as tab separated values, in the columns of Tesseract's own.
aion_status_t aion_ocr_to_tsv(const aion_ocr_t *ocr, aion_text_t **out, aion_error_t **error);

/// The result as a JSON object: "text", "confidence" and "pages", each page with its "words".
aion_status_t aion_ocr_to_json(const aion_ocr_t *ocr, aion_text_t **out, aion_error_t **error);

/// Frees a result that aion_ocr gave. NULL is a no-op.
void aion_ocr_free(aion_ocr_t *ocr);

/// Pixels of the upright picture, from left to right.
uint32_t aion_image_width(const aion_image_t *image);

/// Pixels of the upright picture, from top to bottom.
uint32_t aion_image_height(const aion_image_t *image);

/// The pixels: `width * height * 4` bytes of RGBA, row by row. Borrowed from the image. NULL when they were
/// not asked for. `length` may be NULL.
const uint8_t *aion_image_rgba(const aion_image_t *image, size_t *length);

/// The text of all pages on one line; empty when it was not asked for. Borrowed from the image. `length` may be
/// NULL.
const char *aion_image_ocr_text(const aion_image_t *image,
                                size_t *length);

/// The words with their places and confidence. Borrowed from the image: it must not be freed, which is why it
/// is const. NULL when text was not asked for.
const aion_ocr_t *aion_image_ocr(const aion_image_t *image);

/// How many floats the CLIP vector has; 0 when it was not asked for.
size_t aion_image_clip_dimension(const aion_image_t *image);

/// Copies the CLIP vector, a unit vector, to `out`.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are less than aion_image_clip_dimension, and
/// when the vector was not asked for.
///
/// # Safety
/// `out` must point to room for `capacity` floats.
aion_status_t aion_image_clip_vector(const aion_image_t *image,
                                     float *out,
                                     size_t capacity,
                                     aion_error_t **error);

/// What an index keeps of the picture, as a JSON object with at least "type", "w", "h" and "sourceRank".
/// Borrowed from the image. `length` may be NULL.
const char *aion_image_meta_json(const aion_image_t *image, size_t *length);

/// Frees an image and all that was borrowed from it. NULL is a no-op.
void aion_image_free(aion_image_t *image);

/// The default options: everything.
aion_parse_options_t aion_parse_options_default(void);

/// Reads a picture whole: upright pixels, CLIP vector and text. It is decoded once, and the engines work side
/// by side. Of a TIFF with several pages the text of all is read; the rest is of the first. `options` may be
/// NULL for the default, `control` for none.
///
/// Fails with AION_ERROR_NOT_CONFIGURED when the CLIP vector is wanted and no model is configured.
///
/// # Safety
/// `source` must be as its constructor asks.
aion_status_t aion_parse_image(const aion_engine_t *engine,
                               aion_source_t source,
                               const aion_parse_options_t *options,
                               const aion_control_t *control,
                               aion_image_t **out,
                               aion_error_t **error);

/// Reads `count` pictures on the threads of the engine. `images` and `errors` have `count` places each, in the
/// order of `sources`: an item that was read has its image there, one that failed has NULL there and its
/// error in `errors`, which may be NULL. The batch itself is AION_OK even when every item failed; otherwise all
/// places are NULL.
///
/// # Safety
/// `sources` must point to `count` sources, `images` to room for `count` pointers, `errors` too or be NULL.
aion_status_t aion_parse_images(const aion_engine_t *engine,
                                const aion_source_t *sources,
                                size_t count,
                                const aion_parse_options_t *options,
                                const aion_control_t *control,
                                aion_image_t **images,
                                aion_error_t **errors,
                                aion_error_t **error);

/// The default options: the languages of the engine, any layout, `orient` set.
aion_ocr_options_t aion_ocr_options_default(void);

/// Reads the text of all pages of a picture: words with their places and confidence. `options` may be NULL for
/// the default, `control` for none.
///
/// Fails with AION_ERROR_NOT_FOUND for a language whose data is missing, and AION_ERROR_INVALID_ARGUMENT for a page mode
/// that is none.
///
/// # Safety
/// `source` must be as its constructor asks; the texts of `options` as long as it says.
aion_status_t aion_ocr(const aion_engine_t *engine,
                       aion_source_t source,
                       const aion_ocr_options_t *options,
                       const aion_control_t *control,
                       aion_ocr_t **out,
                       aion_error_t **error);

/// Embeds a picture: a unit vector, copied to `out`. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are too few; `dimension` tells how many it takes.
///
/// # Safety
/// `source` must be as its constructor asks, and `out` point to room for `capacity` floats.
aion_status_t aion_embed_clip_image(const aion_engine_t *engine,
                                    aion_source_t source,
                                    const aion_control_t *control,
                                    float *out,
                                    size_t capacity,
                                    size_t *dimension,
                                    aion_error_t **error);

/// Embeds `count` pictures: `count` rows of `dimension` floats, in the order of `sources`. The row of a picture
/// that failed is zeros, and its error is in `errors`, which has `count` places or is NULL. The batch itself is
/// AION_OK even when every item failed; `dimension` is 0 then.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are less than `count * dimension`.
///
/// # Safety
/// `sources` must point to `count` sources, `out` to room for `capacity` floats, `errors` to room for `count`
/// pointers or be NULL.
aion_status_t aion_embed_clip_images(const aion_engine_t *engine,
                                     const aion_source_t *sources,
                                     size_t count,
                                     const aion_control_t *control,
                                     float *out,
                                     size_t capacity,
                                     size_t *dimension,
                                     aion_error_t **errors,
                                     aion_error_t **error);

/// Embeds a text: a unit vector in the space of the pictures, copied to `out`. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are too few; `dimension` tells how many it takes.
///
/// # Safety
/// `text` must point to `length` bytes, and `out` to room for `capacity` floats.
aion_status_t aion_embed_clip_text(const aion_engine_t *engine,
                                   const char *text,
                                   size_t length,
                                   const aion_control_t *control,
                                   float *out,
                                   size_t capacity,
                                   size_t *dimension,
                                   aion_error_t **error);

/// Copies to `out` the ids that CLIP is fed for a text, with start and end, not padded. Needs only the
/// tokenizer.json of the model.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` ids are too few; `count` tells how many there are.
///
/// # Safety
/// `text` must point to `length` bytes, and `out` to room for `capacity` ids.
aion_status_t aion_clip_tokenize(const aion_engine_t *engine,
                                 const char *text,
                                 size_t length,
                                 uint32_t *out,
                                 size_t capacity,
                                 size_t *count,
                                 aion_error_t **error);

/// Copies to `out` what CLIP sees of a picture: `3 * edge * edge` normalised floats, channel by channel. The edge
/// is 224 unless a configured model says otherwise. Needs no model.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `capacity` floats are too few; `edge` is told all the same.
///
/// # Safety
/// `source` must be as its constructor asks, and `out` point to room for `capacity` floats.
aion_status_t aion_clip_preprocess(const aion_engine_t *engine,
                                   aion_source_t source,
                                   float *out,
                                   size_t capacity,
                                   uint32_t *edge,
                                   aion_error_t **error);

/// The default options: `c` is 0.5, not normalised, every core.
aion_ema_options_t aion_ema_options_default(void);

/// Moves a vector towards the mean of `count` new ones: `out` is `(1 - rate) * current + rate * mean`, with
/// `rate = min(1, c / (updates + 1))`, where `updates` says how many updates `current` has had. With NULL for
/// `current` it is the mean itself. All vectors have `dimension` floats, and the new ones follow each other.
/// `out` may be `current`. `options` may be NULL for the default.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when `count` or `dimension` is 0, a value is NaN or infinite, `c` is not
/// above 0, or a vector of length 0 was to be normalised; `out` is as it was then.
///
/// # Safety
/// `current` must point to `dimension` floats or be NULL, `new_vectors` to `count * dimension` floats, and `out` to
/// room for `dimension` floats.
aion_status_t aion_ema_update(const float *current,
                              const float *new_vectors,
                              size_t count,
                              size_t dimension,
                              uint64_t updates,
                              const aion_ema_options_t *options,
                              float *out,
                              aion_error_t **error);

/// Moves `count` vectors at once, in place: each of `vectors` as aion_ema_update would by its one of `targets`,
/// after as many updates as its one of `updates` says. All vectors have `dimension` floats and follow each other.
/// `options` may be NULL for the default.
///
/// All or nothing: fails as aion_ema_update does, and also when `vectors` and `targets` share memory; `vectors` are
/// as they were then, in every bit. Nothing else may use the memory meanwhile.
///
/// # Safety
/// `vectors` and `targets` must point to `count * dimension` floats each, and `updates` to `count` numbers.
aion_status_t aion_ema_update_batch(float *vectors,
                                    const float *targets,
                                    const uint64_t *updates,
                                    size_t count,
                                    size_t dimension,
                                    const aion_ema_options_t *options,
                                    aion_error_t **error);

/// The default options: no address, no header, and 32 MiB at most.
aion_extract_options_t aion_extract_options_default(void);

/// Reads the title, the main text, the links and what a page says of itself out of HTML in any charset. Damaged, deep
/// or hostile markup gives the text that can be had. `options` may be NULL for the default.
///
/// Fails with AION_ERROR_LIMIT_EXCEEDED for more bytes than the options allow.
///
/// # Safety
/// `html` must point to `length` bytes; the texts of `options` must be as long as it says.
aion_status_t aion_extract_text(const uint8_t *html,
                                size_t length,
                                const aion_extract_options_t *options,
                                aion_extracted_t **out,
                                aion_error_t **error);

/// The title; empty if the page has none. Borrowed. `length` may be NULL.
const char *aion_extracted_title(const aion_extracted_t *extracted, size_t *length);

/// The main text, one line per paragraph, heading, list item or row. Borrowed. `length` may be NULL.
const char *aion_extracted_text(const aion_extracted_t *extracted, size_t *length);

/// The declared language as a BCP 47 tag, such as "pt-BR"; NULL if there is none. Borrowed. `length` may be NULL.
const char *aion_extracted_language(const aion_extracted_t *extracted,
                                    size_t *length);

/// The language that the text looks to be written in, as an ISO 639 code such as "pt": a guess by the text alone,
/// whatever the page declares. NULL for a short or a mixed text. Borrowed. `length` may be NULL.
const char *aion_extracted_detected_language(const aion_extracted_t *extracted,
                                             size_t *length);

/// The address that the page wants to be known by; NULL if there is none. Borrowed. `length` may be NULL.
const char *aion_extracted_canonical(const aion_extracted_t *extracted, size_t *length);

/// When the page was published, as it says: an ISO 8601 date or date and time; NULL if it does not say. Borrowed.
/// `length` may be NULL.
const char *aion_extracted_published(const aion_extracted_t *extracted,
                                     size_t *length);

/// The charset that the bytes were read with, such as "UTF-8". Borrowed. `length` may be NULL.
const char *aion_extracted_charset(const aion_extracted_t *extracted, size_t *length);

/// Where the text was found: "article"; "prose", the element that holds most of the page's prose; "json_ld"; "plain",
/// all text of a page whose markup is beyond the limits of a tree; or "document", all text of a file that is no web
/// page. Borrowed. `length` may be NULL.
const char *aion_extracted_source(const aion_extracted_t *extracted,
                                  size_t *length);

/// How many addresses the page links to.
size_t aion_extracted_link_count(const aion_extracted_t *extracted);

/// Writes one link to `out`, each address once and in the order of the page. False, and nothing is written, when there
/// is none of that index.
bool aion_extracted_link(const aion_extracted_t *extracted,
                         size_t index,
                         aion_link_t *out);

/// How many images the page has.
size_t aion_extracted_image_count(const aion_extracted_t *extracted);

/// Writes one image to `out`; in an office document its address is its place in the file. False, and nothing is
/// written, when there is none of that index.
bool aion_extracted_image(const aion_extracted_t *extracted,
                          size_t index,
                          aion_page_image_t *out);

/// How many meta elements of different names the page has.
size_t aion_extracted_meta_count(const aion_extracted_t *extracted);

/// Writes one meta element to `out`: its name or property in lower case, and its content. False, and nothing is
/// written, when there is none of that index.
bool aion_extracted_meta(const aion_extracted_t *extracted,
                         size_t index,
                         aion_pair_t *out);

/// All of it as a JSON object: "title", "text", "language", "detected_language", "canonical", "published", "charset",
/// "source", "links" (objects of "url", "text" and "nofollow"), "images" (objects of "url" and "alt") and "meta", an
/// object.
aion_status_t aion_extracted_to_json(const aion_extracted_t *extracted,
                                     aion_text_t **out,
                                     aion_error_t **error);

/// Frees what aion_extract_text gave. NULL is a no-op.
void aion_extracted_free(aion_extracted_t *extracted);

/// The canonical spelling of `url`, which may be relative to `base`; an empty base is none. Two addresses of one page
/// that differ in their fragment, default port, dot segments, escapes, tracking and session parameters or the order
/// of their parameters have the same.
///
/// Fails with AION_ERROR_INVALID_INPUT for what is no URL, or relative without a base, and AION_ERROR_LIMIT_EXCEEDED
/// for more than 8 KiB.
///
/// # Safety
/// `url` and `base` must point to as many bytes as their lengths say.
aion_status_t aion_canonical_url(const char *url,
                                 size_t url_length,
                                 const char *base,
                                 size_t base_length,
                                 aion_text_t **out,
                                 aion_error_t **error);

/// The default options: no name, no header, no address, and the limits that each field tells.
aion_document_options_t aion_document_options_default(void);

/// Reads a PDF, DOCX, PPTX, XLSX, ODT, ODS, ODP, CSV, Markdown, HTML or text file: its text, links, images and what it
/// says of itself. `source` is a path or bytes. What a file is, its content tells first, then the content type of
/// `options`, then the name; CSV, Markdown and plain text look alike but for these.
///
/// With `ocr_options` the pages of a PDF that show images and no text, and the pictures of office documents, are read
/// by aion_ocr, and their text is put where they stand; with NULL they are passed over. `options` may be NULL for the
/// default, `control` for none; its function is told about "pages".
///
/// A damaged file gives what can be read of it, and aion_document_warning says what is missing.
///
/// Fails with AION_ERROR_LIMIT_EXCEEDED for a file beyond a limit of the options, of which no part is given; with
/// AION_ERROR_UNSUPPORTED for files of other kinds and for those that need a password; with AION_ERROR_INVALID_INPUT
/// when nothing can be read.
///
/// # Safety
/// `source` must be as its constructor asks; the texts of `options` and `ocr_options` as long as they say.
aion_status_t aion_extract_document(const aion_engine_t *engine,
                                    aion_source_t source,
                                    const aion_document_options_t *options,
                                    const aion_ocr_options_t *ocr_options,
                                    const aion_control_t *control,
                                    aion_document_t **out,
                                    aion_error_t **error);

/// What the file is: "pdf", "docx", "pptx", "xlsx", "odt", "ods", "odp", "csv", "markdown", "html" or "text"; later
/// versions may add names. Borrowed from the document. `length` may be NULL.
const char *aion_document_kind(const aion_document_t *document,
                               size_t *length);

/// Pages of a PDF, slides of a presentation, sheets of a workbook; 1 for what has none.
size_t aion_document_page_count(const aion_document_t *document);

/// Pages of a PDF that show images and no text, such as scans.
size_t aion_document_scanned_count(const aion_document_t *document);

/// Pages and pictures that OCR found text in.
size_t aion_document_recognized_count(const aion_document_t *document);

/// How many warnings there are, 100 at most; 0 for a sound file.
size_t aion_document_warning_count(const aion_document_t *document);

/// What of the file could not be read, a sentence. Borrowed from the document. NULL when there is none of that index.
/// `length` may be NULL.
const char *aion_document_warning(const aion_document_t *document,
                                  size_t index,
                                  size_t *length);

/// What the file says, in the shape of a page; cells of a table row are separated by tabs. Borrowed from the document:
/// it must not be freed, which is why it is const. NULL for NULL.
const aion_extracted_t *aion_document_extracted(const aion_document_t *document);

/// All of it as a JSON object: "kind", "pages", "scanned", "recognized", "warnings" (an array of texts) and "extracted"
/// as aion_extracted_to_json has it.
aion_status_t aion_document_to_json(const aion_document_t *document,
                                    aion_text_t **out,
                                    aion_error_t **error);

/// Frees a document and all that was borrowed from it. NULL is a no-op.
void aion_document_free(aion_document_t *document);

/// Reads the first 500 KiB of a robots.txt, in any charset. There is no wrong one: what is not understood is passed
/// over, so an empty file and a page of HTML allow everything.
///
/// # Safety
/// `body` must point to `length` bytes.
aion_status_t aion_robots_parse(const uint8_t *body,
                                size_t length,
                                aion_robots_t **out,
                                aion_error_t **error);

/// Whether the user agent, a product token such as "ExampleBot" or a whole header, may fetch the address or path
/// `url`. A URL of more than 64 KiB is never allowed. `*allowed` is false after a failure.
///
/// # Safety
/// `user_agent` and `url` must point to as many bytes as their lengths say.
aion_status_t aion_robots_allowed(const aion_robots_t *robots,
                                  const char *user_agent,
                                  size_t user_agent_length,
                                  const char *url,
                                  size_t url_length,
                                  bool *allowed,
                                  aion_error_t **error);

/// How long the user agent is asked to wait between two requests, in milliseconds and a day at most;
/// AION_NO_CRAWL_DELAY when nothing is asked for, and after a failure.
///
/// # Safety
/// `user_agent` must point to `user_agent_length` bytes.
aion_status_t aion_robots_crawl_delay(const aion_robots_t *robots,
                                      const char *user_agent,
                                      size_t user_agent_length,
                                      uint64_t *milliseconds,
                                      aion_error_t **error);

/// How many sitemaps the file names.
size_t aion_robots_sitemap_count(const aion_robots_t *robots);

/// One sitemap, as the file writes it: it is not checked in any way. Borrowed from the handle. NULL when there is
/// none of that index. `length` may be NULL.
const char *aion_robots_sitemap(const aion_robots_t *robots,
                                size_t index,
                                size_t *length);

/// Frees a robots.txt. NULL is a no-op.
void aion_robots_free(aion_robots_t *robots);

/// A page of which only the address and the main text are known. The texts are borrowed: they must stay as they are
/// until the call that checks them has returned.
aion_policy_page_t aion_policy_page(const char *url,
                                    size_t url_length,
                                    const char *text,
                                    size_t text_length);

/// The default options: every signal is obeyed, and 120 characters are text enough.
aion_policy_options_t aion_policy_options_default(void);

/// Says whether a page may be ingested and trained on, by its route, its length, the identifiers of people in it and
/// every signal of its site. Nothing is fetched. `options` may be NULL for the default. Pages of a crawl have their
/// verdicts already.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a text that is none, a code in `ignore` that is none, and a status that
/// can not be.
///
/// # Safety
/// Every pointer of `page` and of `options` must be as its field says.
aion_status_t aion_check_policy(const aion_policy_page_t *page,
                                const aion_policy_options_t *options,
                                aion_verdict_t **out,
                                aion_error_t **error);

/// Whether the page may be ingested: no reason forbids AION_USE_INGEST. Ask aion_verdict_allows before training on it.
bool aion_verdict_ok(const aion_verdict_t *verdict);

/// Whether no reason forbids the use, which is one of AION_USE_*; false for any other number, and for NULL.
bool aion_verdict_allows(const aion_verdict_t *verdict, uint32_t usage);

/// Whether a crawler may follow the links of the page.
bool aion_verdict_follow_links(const aion_verdict_t *verdict);

/// How many reasons there are.
size_t aion_verdict_reason_count(const aion_verdict_t *verdict);

/// Writes one reason to `out`, its message in the language, which is one of AION_LANGUAGE_*. False, and nothing is
/// written, when there is none of that index, or no such language.
bool aion_verdict_reason(const aion_verdict_t *verdict,
                         size_t index,
                         uint32_t language,
                         aion_reason_t *out);

/// How many objections were overlooked because the caller does not obey their signals.
size_t aion_verdict_waived_count(const aion_verdict_t *verdict);

/// As aion_verdict_reason, for one that was overlooked.
bool aion_verdict_waived(const aion_verdict_t *verdict, size_t index, uint32_t language, aion_reason_t *out);

/// The verdict as a JSON object: "ok" and "train", whether the page may be ingested and trained on; "reasons" and
/// "waived", arrays of objects of "code", "use", "message" and "message_pt"; "ignored" and "unknown", arrays of
/// codes: the signals that the caller does not obey, and those that can not be read; "follow_links"; and "pii", the
/// number of identifiers of people by their kind.
aion_status_t aion_verdict_to_json(const aion_verdict_t *verdict,
                                   aion_text_t **out,
                                   aion_error_t **error);

/// Frees a verdict that aion_check_policy gave. NULL is a no-op.
void aion_verdict_free(aion_verdict_t *verdict);

/// The options that a crawl of this engine has unless it is given others: polite, lawful and bounded, with what the
/// engine's settings say of crawls; of the default settings for NULL. They can be changed until a crawl begins or
/// previews are asked for, which copy and check them.
aion_crawl_options_t *aion_crawl_options_new(const aion_engine_t *engine);

/// Sets the most pages that are handed out, over all runs with one state file. The default is 50.
aion_status_t aion_crawl_options_set_max_pages(aion_crawl_options_t *options,
                                               size_t pages,
                                               aion_error_t **error);

/// Sets the most links between the seed and a page. The default is 32.
aion_status_t aion_crawl_options_set_max_depth(aion_crawl_options_t *options,
                                               uint32_t links,
                                               aion_error_t **error);

/// Sets whether only the seed's host is crawled, and the one that the seed redirects to. The default is true.
aion_status_t aion_crawl_options_set_same_host(aion_crawl_options_t *options,
                                               bool same,
                                               aion_error_t **error);

/// Sets more hosts that are crawled where only the seed's is, such as "docs.example.com". The default is none.
///
/// # Safety
/// `hosts` must point to `count` texts.
aion_status_t aion_crawl_options_set_hosts(aion_crawl_options_t *options,
                                           const aion_str_t *hosts,
                                           size_t count,
                                           aion_error_t **error);

/// Sets the sites that are never asked for anything, as aion_config_set_blocklist.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for an entry that is no site.
///
/// # Safety
/// `sites` must point to `count` texts.
aion_status_t aion_crawl_options_set_blocklist(aion_crawl_options_t *options,
                                               const aion_str_t *sites,
                                               size_t count,
                                               aion_error_t **error);

/// Sets whether robots.txt is fetched and obeyed. The default is true.
aion_status_t aion_crawl_options_set_respect_robots(aion_crawl_options_t *options,
                                                    bool respect,
                                                    aion_error_t **error);

/// Sets the User-Agent header; its first word is the name that robots.txt is searched for. Empty for the default.
///
/// # Safety
/// `agent` must point to `length` bytes.
aion_status_t aion_crawl_options_set_user_agent(aion_crawl_options_t *options,
                                                const char *agent,
                                                size_t length,
                                                aion_error_t **error);

/// Sets the time between two requests to one host; 0 is as fast as the connections allow, AION_ADAPTIVE_DELAY, the
/// default, adapts it to how fast the host answers. A longer Crawl-delay of the site wins.
aion_status_t aion_crawl_options_set_delay_ms(aion_crawl_options_t *options,
                                              uint64_t milliseconds,
                                              aion_error_t **error);

/// Sets the most requests at once, 1 to 1024. The default is 32.
aion_status_t aion_crawl_options_set_concurrency(aion_crawl_options_t *options,
                                                 size_t requests,
                                                 aion_error_t **error);

/// Sets the most requests at once to one host, 1 to 1024; 0 for the default: 4 where the delay adapts, else as many as
/// at once.
aion_status_t aion_crawl_options_set_connections_per_host(aion_crawl_options_t *options,
                                                          size_t requests,
                                                          aion_error_t **error);

/// Sets the most bytes of a page, decoded; a larger one is passed over. The default is 5 MiB.
aion_status_t aion_crawl_options_set_max_page_bytes(aion_crawl_options_t *options,
                                                    size_t bytes,
                                                    aion_error_t **error);

/// Sets the most bytes of the headers of an answer. The default is 64 KiB.
aion_status_t aion_crawl_options_set_max_header_bytes(aion_crawl_options_t *options,
                                                      size_t bytes,
                                                      aion_error_t **error);

/// Sets the longest time from a request to the last byte of its answer. The default is 15000.
aion_status_t aion_crawl_options_set_page_timeout_ms(aion_crawl_options_t *options,
                                                     uint64_t milliseconds,
                                                     aion_error_t **error);

/// Sets the longest time to connect. The default is 5000.
aion_status_t aion_crawl_options_set_connect_timeout_ms(aion_crawl_options_t *options,
                                                        uint64_t milliseconds,
                                                        aion_error_t **error);

/// Sets the most redirects of one link. The default is 10.
aion_status_t aion_crawl_options_set_max_redirects(aion_crawl_options_t *options,
                                                   uint32_t redirects,
                                                   aion_error_t **error);

/// Sets how often a request is made again after a failure that may pass. The default is 3.
aion_status_t aion_crawl_options_set_retries(aion_crawl_options_t *options,
                                             uint32_t retries,
                                             aion_error_t **error);

/// Sets whether sitemaps are read once the links are used up. The default is true.
aion_status_t aion_crawl_options_set_sitemaps(aion_crawl_options_t *options,
                                              bool sitemaps,
                                              aion_error_t **error);

/// Sets whether PDF, office files and tables are read as well, as aion_extract_document does without OCR; they count as
/// pages. The default is false.
aion_status_t aion_crawl_options_set_documents(aion_crawl_options_t *options,
                                               bool documents,
                                               aion_error_t **error);

/// Sets whether the seed's own host and port may have a private address, as intranets and tests do. The default is
/// false.
aion_status_t aion_crawl_options_set_allow_private_hosts(aion_crawl_options_t *options,
                                                         bool allow,
                                                         aion_error_t **error);

/// Sets the file that keeps the state of the crawl: one that was interrupted goes on, one that has ended is repeated
/// and hands out only what changed. Empty for none, which is the default.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_crawl_options_set_state(aion_crawl_options_t *options,
                                           const char *path,
                                           size_t length,
                                           aion_error_t **error);

/// Sets what the verdicts on pages obey, which is copied; NULL for the default. Its user agent is passed over.
///
/// # Safety
/// The texts of `policy` must be as its fields say.
aion_status_t aion_crawl_options_set_policy(aion_crawl_options_t *options,
                                            const aion_policy_options_t *policy,
                                            aion_error_t **error);

/// Frees options. NULL is a no-op.
void aion_crawl_options_free(aion_crawl_options_t *options);

/// Sets the function that turns names into addresses, with `user` as its first argument; NULL for the default, the
/// operating system, which passes over `user` and `release`. A name that is still being resolved when its crawl is
/// freed is not waited for: the resolver and `user` must stay usable until `release` was called with `user`, which
/// happens once, when the options and all their crawls are gone, or at once when this call fails. `release` may be
/// NULL.
aion_status_t aion_crawl_options_set_resolver(aion_crawl_options_t *options,
                                              aion_resolver_t resolver,
                                              void *user,
                                              aion_release_t release,
                                              aion_error_t **error);

/// Adds the IP address in `text`, such as "192.0.2.7" or "2001:db8::7", to the answer of a resolver.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for what is no IP address, and AION_ERROR_LIMIT_EXCEEDED for more than 64.
///
/// # Safety
/// `text` must point to `length` bytes.
aion_status_t aion_addresses_add(aion_addresses_t *addresses,
                                 const char *text,
                                 size_t length,
                                 aion_error_t **error);

/// Begins to crawl from `seed`, breadth first and on its host, and returns at once; the pages are pulled by
/// aion_crawl_next as they come. `options` may be NULL for those of the engine.
///
/// `control` may be NULL. It holds for the whole crawl: its timeout counts from now, cancelling it ends the crawl, and
/// its function, told about "pages", must stay usable until aion_crawl_free has returned. The control itself may be
/// freed at any time.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range, for a seed that is no HTTP address, and for
/// one with a private address unless the options allow it; with AION_ERROR_UNAVAILABLE, AION_ERROR_INVALID_INPUT or
/// AION_ERROR_IO for the state file; with AION_ERROR_FORKED.
///
/// # Safety
/// `seed` must point to `length` bytes.
aion_status_t aion_crawl_start(const aion_engine_t *engine,
                               const char *seed,
                               size_t length,
                               const aion_crawl_options_t *options,
                               const aion_control_t *control,
                               aion_crawl_t **out,
                               aion_error_t **error);

/// Waits for the next page, for so many milliseconds at most: 0 does not wait, AION_NO_TIMEOUT waits for ever. The
/// caller owns the page.
///
/// `*out` is NULL without a failure when there is no page yet and the time is over, and when there are no more;
/// aion_crawl_has_ended tells which. With AION_NO_TIMEOUT it can only be the end.
///
/// A failure ends the crawl: AION_ERROR_CANCELLED and AION_ERROR_DEADLINE_EXCEEDED as its control asks, within some
/// ten milliseconds; AION_ERROR_UNAVAILABLE when the seed can not be fetched, AION_ERROR_UNSUPPORTED when it is no
/// page, AION_ERROR_LIMIT_EXCEEDED when it is too large, AION_ERROR_INVALID_ARGUMENT when it leads where nothing may
/// be fetched; AION_ERROR_IO for the state file. A seed that robots.txt or the blocklist forbids is no failure: the
/// crawl ends without a page, and aion_crawl_stats_json says why. AION_ERROR_FORKED ends nothing.
aion_status_t aion_crawl_next(const aion_crawl_t *crawl,
                              uint64_t timeout_ms,
                              aion_page_t **out,
                              aion_error_t **error);

/// Whether aion_crawl_next has told the end or a failure: no call of it that begins now gives a page. Ask it when no
/// page came: a page may be the last that one thread is given while another is told the end. True for NULL.
bool aion_crawl_has_ended(const aion_crawl_t *crawl);

/// Ends a crawl and its thread, and frees it. Requests under way are dropped, and what the state file has not written
/// down as taken is handed out again by the next run. NULL is a no-op. The progress function of its control must not
/// call it. In a child of the process that began the crawl, it gives back almost nothing, but it does not hang.
void aion_crawl_free(aion_crawl_t *crawl);

/// Writes what the crawl has done so far to `out`.
///
/// Fails with AION_ERROR_FORKED.
aion_status_t aion_crawl_stats(const aion_crawl_t *crawl, aion_crawl_stats_t *out, aion_error_t **error);

/// What the crawl has done so far as a JSON object: the fields of aion_crawl_stats_t, but "skipped" is an object of
/// numbers by reason, such as "off_host", and "misses" is an array of the first thousand addresses that were tried in
/// vain, each with "url", "reason" and "message".
///
/// Fails with AION_ERROR_FORKED.
aion_status_t aion_crawl_stats_json(const aion_crawl_t *crawl,
                                    aion_text_t **out,
                                    aion_error_t **error);

/// The canonical address that was asked for. Borrowed. `length` may be NULL.
const char *aion_page_url(const aion_page_t *page, size_t *length);

/// The address that answered, after redirects. Borrowed. `length` may be NULL.
const char *aion_page_final_url(const aion_page_t *page, size_t *length);

/// The HTTP status, always of the 200s; 0 for NULL.
uint32_t aion_page_status(const aion_page_t *page);

/// The title; empty without one. Borrowed. `length` may be NULL.
const char *aion_page_title(const aion_page_t *page, size_t *length);

/// The main text. Borrowed. `length` may be NULL.
const char *aion_page_text(const aion_page_t *page, size_t *length);

/// The Content-Type; empty without one. Borrowed. `length` may be NULL.
const char *aion_page_content_type(const aion_page_t *page, size_t *length);

/// The language that the page says it is in, such as "pt-BR"; NULL if it does not say. Borrowed. `length` may be
/// NULL.
const char *aion_page_language(const aion_page_t *page,
                               size_t *length);

/// The language that the text looks to be written in, as an ISO 639 code such as "pt": a guess by the text alone,
/// whatever the page declares. NULL for a short or a mixed text. Borrowed. `length` may be NULL.
const char *aion_page_detected_language(const aion_page_t *page,
                                        size_t *length);

/// When it was published, as it says: an ISO 8601 date or date and time; NULL if it does not say. Borrowed. `length`
/// may be NULL.
const char *aion_page_published(const aion_page_t *page,
                                size_t *length);

/// Links between the seed and this page; those that only a sitemap names have 1.
uint32_t aion_page_depth(const aion_page_t *page);

/// The document as it was sent, decoded from its content coding but not from its charset: bytes, after which no NUL
/// comes. Borrowed. `length` may be NULL.
const uint8_t *aion_page_html(const aion_page_t *page,
                              size_t *length);

/// How many addresses the page links to, those too that are not followed.
size_t aion_page_link_count(const aion_page_t *page);

/// The address of one link. Borrowed. NULL when there is none of that index. `length` may be NULL.
const char *aion_page_link(const aion_page_t *page, size_t index, size_t *length);

/// How many images the page has.
size_t aion_page_image_count(const aion_page_t *page);

/// Writes one image to `out`. False, and nothing is written, when there is none of that index.
bool aion_page_image(const aion_page_t *page, size_t index, aion_page_image_t *out);

/// How many HTTP headers came with the page.
size_t aion_page_header_count(const aion_page_t *page);

/// Writes one header to `out`, its name in lower case. False, and nothing is written, when there is none of that
/// index.
bool aion_page_header(const aion_page_t *page,
                      size_t index,
                      aion_pair_t *out);

/// How many meta elements of different names the page has.
size_t aion_page_meta_count(const aion_page_t *page);

/// Writes one meta element to `out`: its name or property in lower case, and its content. False, and nothing is
/// written, when there is none of that index.
bool aion_page_meta(const aion_page_t *page,
                    size_t index,
                    aion_pair_t *out);

/// Whether the page may be ingested and trained on, and why not. Borrowed. NULL for NULL.
const aion_verdict_t *aion_page_verdict(const aion_page_t *page);

/// All but the document as a JSON object: "url", "final_url", "status", "title", "text", "links", "images" (objects of
/// "url" and "alt"), "published", "language", "detected_language", "meta" (an object), "content_type", "depth",
/// "verdict" as aion_verdict_to_json has it, and "headers" (arrays of a name and a value).
aion_status_t aion_page_to_json(const aion_page_t *page,
                                aion_text_t **out,
                                aion_error_t **error);

/// Frees a page. NULL is a no-op.
void aion_page_free(aion_page_t *page);

/// Looks at the pages of `count` addresses. `previews` has `count` places, in the order of `urls`; only the first
/// AION_MAX_PREVIEWS addresses count, and the places of the others stay NULL. What a crawl or a preview of the engine
/// fetched within the last hour is not fetched again. `options` may be NULL for those of the engine, `control` for
/// none. An address that can not be had, or that the control left no time for, is no failure: its preview says so.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for an address that is not UTF-8 and for options out of their range; all
/// places are NULL then.
///
/// # Safety
/// `urls` must point to `count` texts, `previews` to room for `count` pointers.
aion_status_t aion_preview(const aion_engine_t *engine,
                           const aion_str_t *urls,
                           size_t count,
                           const aion_crawl_options_t *options,
                           const aion_control_t *control,
                           aion_preview_t **previews,
                           aion_error_t **error);

/// The address as it was given. Borrowed. `length` may be NULL.
const char *aion_preview_url(const aion_preview_t *preview, size_t *length);

/// Whether the page was fetched and may be ingested.
bool aion_preview_ok(const aion_preview_t *preview);

/// The code of what speaks against it: a reason of the verdict, or why the page could not be had, such as "network";
/// NULL if nothing does. Borrowed. `length` may be NULL.
const char *aion_preview_reason(const aion_preview_t *preview,
                                size_t *length);

/// A sentence on what went wrong; NULL if the page could be had. Borrowed. `length` may be NULL.
const char *aion_preview_error(const aion_preview_t *preview, size_t *length);

/// The title; empty without one. Borrowed. `length` may be NULL.
const char *aion_preview_title(const aion_preview_t *preview, size_t *length);

/// The first 800 characters of the text, its white space made even. Borrowed. `length` may be NULL.
const char *aion_preview_excerpt(const aion_preview_t *preview, size_t *length);

/// The main text. Borrowed. `length` may be NULL.
const char *aion_preview_text(const aion_preview_t *preview, size_t *length);

/// How many facts aion_preview_meta has.
size_t aion_preview_meta_count(const aion_preview_t *preview);

/// Writes one fact to `out`: a meta element, or "final_url", "content_type", "status" or "language". False, and
/// nothing is written, when there is none of that index.
bool aion_preview_meta(const aion_preview_t *preview,
                       size_t index,
                       aion_pair_t *out);

/// Whether the page may be ingested and trained on, and why not. Borrowed. NULL for NULL.
const aion_verdict_t *aion_preview_verdict(const aion_preview_t *preview);

/// All of it as a JSON object: "url", "ok", "reason", "error", "title", "excerpt", "text", "meta" (an object) and
/// "verdict" as aion_verdict_to_json has it.
aion_status_t aion_preview_to_json(const aion_preview_t *preview,
                                   aion_text_t **out,
                                   aion_error_t **error);

/// Frees a preview. NULL is a no-op.
void aion_preview_free(aion_preview_t *preview);

/// Reads an amount of dollars, such as "0.0123" or "1e-3", and rounds it up to a micro-dollar: for a cost.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for what is no number, negative or above a billion dollars; `*micro_usd`
/// is 0 then.
///
/// # Safety
/// `text` must point to `length` bytes.
aion_status_t aion_usd_at_least(const char *text,
                                size_t length,
                                int64_t *micro_usd,
                                aion_error_t **error);

/// As aion_usd_at_least, but rounds down: for a limit. Below zero is 0.
///
/// # Safety
/// `text` must point to `length` bytes.
aion_status_t aion_usd_at_most(const char *text, size_t length, int64_t *micro_usd, aion_error_t **error);

/// What a call of so many tokens costs, rounded up. With the most tokens that its input can have and the most that
/// the provider was told to answer with, it is the most that the call can cost: what aion_budget_decide asks for.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a price that is negative and a cost above a billion dollars;
/// `*micro_usd` is 0 then.
aion_status_t aion_price_cost(const aion_price_t *price,
                              uint64_t input_tokens,
                              uint64_t output_tokens,
                              int64_t *micro_usd,
                              aion_error_t **error);

/// The default policy. It can be changed until a budget is opened with it, which checks it.
aion_budget_policy_t *aion_budget_policy_new(void);

/// The default policy, changed by the variables of this process: USE_OPENAI, OPENAI_MAX_DAILY_USD,
/// OPENAI_MAX_TOKENS_PER_REPLY, AION_CONFIDENCE_THRESHOLD, AION_MAX_FALLBACKS_PER_HOUR and AION_BUDGET_TIMEZONE. No
/// other variable is read, and none by any other function of a budget. An empty value counts as absent. Paying is off
/// unless USE_OPENAI turns it on; zero or less dollars a day mean never, and 0 an hour means no limit an hour. No
/// other thread may change the environment meanwhile.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT, naming the variable whose value can not be used.
aion_status_t aion_budget_policy_from_env(aion_budget_policy_t **out,
                                          aion_error_t **error);

/// Sets whether anything may be paid at all. The default is true.
aion_status_t aion_budget_policy_set_enabled(aion_budget_policy_t *policy,
                                             bool enabled,
                                             aion_error_t **error);

/// Sets the most that one local day may cost, in micro-US-dollars; 0 means never. The default is 1500000, $1.50.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT below zero and above a billion dollars.
aion_status_t aion_budget_policy_set_daily_micro_usd(aion_budget_policy_t *policy,
                                                     int64_t micro_usd,
                                                     aion_error_t **error);

/// Sets the most paid calls in any hour: 0 means never, AION_NO_HOURLY_LIMIT no limit. The default is 15.
aion_status_t aion_budget_policy_set_max_fallbacks_per_hour(aion_budget_policy_t *policy,
                                                            uint32_t calls,
                                                            aion_error_t **error);

/// Sets the confidence, 0 to 1, from which a local answer is good enough. The default is 0.62.
aion_status_t aion_budget_policy_set_confidence_threshold(aion_budget_policy_t *policy,
                                                          double threshold,
                                                          aion_error_t **error);

/// Sets the most tokens of a paid reply, at least 1. The default is 400. The host puts it into its request and into
/// the cost that it asks for; see aion_budget_max_tokens_per_reply.
aion_status_t aion_budget_policy_set_max_tokens_per_reply(aion_budget_policy_t *policy,
                                                          uint32_t tokens,
                                                          aion_error_t **error);

/// Sets the IANA zone whose days are counted, such as "America/Sao_Paulo". Empty for the default, which is UTC.
///
/// # Safety
/// `zone` must point to `length` bytes.
aion_status_t aion_budget_policy_set_timezone(aion_budget_policy_t *policy,
                                              const char *zone,
                                              size_t length,
                                              aion_error_t **error);

/// Sets what is believed of the wall clock after the machine was started again: "trust_wall", that it is right, or
/// "strict", that no time has passed until aion_budget_confirm_clock. Empty for the default, which is "trust_wall".
///
/// # Safety
/// `belief` must point to `length` bytes.
aion_status_t aion_budget_policy_set_after_reboot(aion_budget_policy_t *policy,
                                                  const char *belief,
                                                  size_t length,
                                                  aion_error_t **error);

/// Sets how far the wall clock may be from the time that has passed. The default is two minutes.
aion_status_t aion_budget_policy_set_clock_tolerance_ms(aion_budget_policy_t *policy,
                                                        uint64_t milliseconds,
                                                        aion_error_t **error);

/// Sets how long the call of a process that died may still be under way. The default is 15 minutes.
aion_status_t aion_budget_policy_set_grace_ms(aion_budget_policy_t *policy,
                                              uint64_t milliseconds,
                                              aion_error_t **error);

/// Sets how long a call waits for a ledger that others use before it counts as unavailable. The default is 5 seconds.
aion_status_t aion_budget_policy_set_patience_ms(aion_budget_policy_t *policy,
                                                 uint64_t milliseconds,
                                                 aion_error_t **error);

/// Frees a policy. NULL is a no-op.
void aion_budget_policy_free(aion_budget_policy_t *policy);

/// Opens the books in the SQLite file at `path`, which is made if it does not exist and may be shared by many
/// processes of one machine; an empty path is for books in memory, which are gone with the process. `policy` is
/// copied; NULL for the default. No file is touched yet: a disk that is away costs the paid calls and not the host,
/// and the calls that need the file tell what is wrong with it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a policy out of its range, such as a zone that nobody knows.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_budget_open(const char *path,
                               size_t length,
                               const aion_budget_policy_t *policy,
                               aion_budget_t **out,
                               aion_error_t **error);

/// The most tokens of a paid reply, as the policy has it; 0 for NULL.
uint32_t aion_budget_max_tokens_per_reply(const aion_budget_t *budget);

/// Writes the current window at a glance to `out`.
///
/// Fails with AION_ERROR_UNAVAILABLE, as the functions below do, when the ledger can not be used, and then nothing is
/// written.
aion_status_t aion_budget_status(const aion_budget_t *budget,
                                 aion_budget_status_t *out,
                                 aion_error_t **error);

/// Ends the grants of processes that died: what they held is released; what they had dispatched is captured in full
/// once the grace time has passed. Decisions do this by themselves, about once a minute and before a request is
/// refused for want of money. `ended` is how many there were, and may be NULL.
aion_status_t aion_budget_sweep(const aion_budget_t *budget,
                                size_t *ended,
                                aion_error_t **error);

/// Vouches for the wall clock: the ledger goes on from what it says now. Days that have passed never come back.
aion_status_t aion_budget_confirm_clock(const aion_budget_t *budget,
                                        aion_error_t **error);

/// Reads the whole journal and checks that it and the books agree. What is wrong is no failure: `problems` is how
/// many there are, 0 in books that are right, and `report` is a JSON object of "windows", "entries", "live_grants"
/// and the "problems", each a sentence. `report` may be NULL.
aion_status_t aion_budget_audit(const aion_budget_t *budget,
                                size_t *problems,
                                aion_text_t **report,
                                aion_error_t **error);

/// Up to `limit` lines of the journal after line `after`, oldest first, as a JSON array; 0 for those from the
/// beginning. A line has "line", "at", "edge", "grant", "window", the changes of "captured_micro_usd",
/// "dispatched_micro_usd", "held_micro_usd" and "overrun_micro_usd", and of a hold the "record" of its decision. Books
/// in memory keep their last 10,000 lines.
aion_status_t aion_budget_journal_json(const aion_budget_t *budget,
                                       int64_t after,
                                       size_t limit,
                                       aion_text_t **out,
                                       aion_error_t **error);

/// Frees a budget. NULL is a no-op. Its grants go on; the books are closed with the last of them.
void aion_budget_free(aion_budget_t *budget);

/// Decides who answers, and sets the money aside if it is the paid model. `confidence` says how sure the local answer
/// is, 0 to 1; `cost_micro_usd` is the most that the paid call can cost, or AION_COST_UNKNOWN. It may wait for a disk
/// and for others, up to the patience of the policy. A ledger that can not be used is no failure: then the local
/// model answers, and the reason is "ledger_unavailable".
///
/// `key` is an idempotency key, empty for none: asked again within a week, also after a crash, the same key with the
/// same request gives the same decision. Its grant is then the one that was made before, in whatever state it is, and
/// freeing that handle does not end it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a confidence that is not 0 to 1 and for any other cost below zero,
/// AION_ERROR_CONFLICT for a key that was used for another request, and AION_ERROR_FORKED.
///
/// # Safety
/// `key` must point to `key_length` bytes.
aion_status_t aion_budget_decide(const aion_budget_t *budget,
                                 double confidence,
                                 int64_t cost_micro_usd,
                                 const char *key,
                                 size_t key_length,
                                 aion_decision_t **out,
                                 aion_error_t **error);

/// Makes a decision again from its record: the same facts give the same verdict and reason. It has no grant.
///
/// Fails with AION_ERROR_INVALID_INPUT for what is no record, or one whose policy was changed.
///
/// # Safety
/// `json` must point to `length` bytes.
aion_status_t aion_replay_decision(const char *json,
                                   size_t length,
                                   aion_decision_t **out,
                                   aion_error_t **error);

/// Whether the paid model answers. Otherwise, and for NULL, nothing may be paid.
bool aion_decision_is_fallback(const aion_decision_t *decision);

/// Why: "granted", "confident", "disabled", "daily_cap", "hourly_cap", "unknown_price", "ledger_unavailable" or
/// "clock_suspect"; later versions may add reasons. Borrowed from the decision. `length` may be NULL.
const char *aion_decision_reason(const aion_decision_t *decision,
                                 size_t *length);

/// Why, in a sentence or two for people. Borrowed from the decision. `length` may be NULL.
const char *aion_decision_explanation(const aion_decision_t *decision, size_t *length);

/// Everything that the decision rests on, as a JSON object: numbers and the policy; no prompt, no key, no secret.
/// aion_replay_decision makes it again from that. Borrowed from the decision. `length` may be NULL.
const char *aion_decision_record_json(const aion_decision_t *decision,
                                      size_t *length);

/// Takes the money for the paid call out of the decision: from now on the caller frees it. NULL when the local model
/// answers, and when it was taken before.
aion_grant_t *aion_decision_take_grant(aion_decision_t *decision);

/// Frees a decision, and a grant that was not taken as aion_grant_free would. NULL is a no-op.
void aion_decision_free(aion_decision_t *decision);

/// Another handle of the grant with this name, such as one that another process or an earlier run made. Freeing it
/// does not end the grant.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a grant of another ledger, AION_ERROR_INVALID_STATE for one that is
/// not known any more, and AION_ERROR_UNAVAILABLE.
///
/// # Safety
/// `id` must point to `length` bytes.
aion_status_t aion_budget_grant(const aion_budget_t *budget,
                                const char *id,
                                size_t length,
                                aion_grant_t **out,
                                aion_error_t **error);

/// The grant's name, unique in the world. Borrowed from the grant. `length` may be NULL.
const char *aion_grant_id(const aion_grant_t *grant, size_t *length);

/// The most that the call may cost, which is set aside, in micro-US-dollars.
int64_t aion_grant_held(const aion_grant_t *grant);

/// Where the grant is on its way, as the ledger has it: one of AION_GRANT_*.
///
/// Fails with AION_ERROR_UNAVAILABLE for the ledger, and AION_ERROR_INVALID_STATE when it has forgotten the grant,
/// which books in memory do when one ends; `*state` is 0 then.
aion_status_t aion_grant_state(const aion_grant_t *grant,
                               uint32_t *state,
                               aion_error_t **error);

/// Writes down that the call leaves now. Only after this has returned AION_OK may its bytes leave.
///
/// Fails with AION_ERROR_INVALID_STATE unless the grant is held, AION_ERROR_UNAVAILABLE and AION_ERROR_FORKED; after
/// any of them, make no call.
aion_status_t aion_grant_dispatched(const aion_grant_t *grant,
                                    aion_error_t **error);

/// Captures what the call cost and gives the rest back. More than was held is captured too: `captured_micro_usd` is
/// what was taken, `overrun_micro_usd` the part of it above the hold. Both may be NULL. Of a call whose cost nobody
/// can tell, aion_grant_end captures the hold in full.
///
/// Fails with AION_ERROR_INVALID_STATE unless the grant is dispatched, AION_ERROR_INVALID_ARGUMENT for a cost below
/// zero, and AION_ERROR_UNAVAILABLE: try again, or free the grant, which captures the hold in full.
aion_status_t aion_grant_settle(const aion_grant_t *grant,
                                int64_t actual_micro_usd,
                                int64_t *captured_micro_usd,
                                int64_t *overrun_micro_usd,
                                aion_error_t **error);

/// Gives all of it back: no call was made and none will be.
///
/// Fails with AION_ERROR_INVALID_STATE unless the grant is held, and AION_ERROR_UNAVAILABLE.
aion_status_t aion_grant_release(const aion_grant_t *grant, aion_error_t **error);

/// Does now, and tells whether it worked, what freeing the decision's grant would do: releases a grant that is held,
/// captures in full one that was dispatched, and leaves alone one that has ended.
///
/// Fails with AION_ERROR_UNAVAILABLE and AION_ERROR_FORKED.
aion_status_t aion_grant_end(const aion_grant_t *grant,
                             aion_error_t **error);

/// Frees a grant. NULL is a no-op. If the decision made it and it has not ended, it is ended as aion_grant_end does;
/// while the ledger can not be used, that is done before the next decision. In a child of the process that made it,
/// the grant stays the parent's.
void aion_grant_free(aion_grant_t *grant);

/// Opens the store in the file `path`, or makes one there. `options` may be NULL for the default. The `engine` reads words
/// in pictures and, with a CLIP model, makes vectors of texts and pictures; with NULL there are words only, and pictures
/// are refused. The engine may be freed before the store.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for an option out of its range, and AION_ERROR_UNAVAILABLE for a file that is
/// damaged, of another program or of a later version, or that can not be opened.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_knowledge_open(const char *path,
                                  size_t length,
                                  const aion_knowledge_options_t *options,
                                  const aion_engine_t *engine,
                                  aion_knowledge_t **out,
                                  aion_error_t **error);

/// Reads `count` items and writes them, each whole or not at all; what the store has already is not read again.
/// `results` and `errors` have `count` places; `errors` may be NULL when nobody wants them. `control` may be NULL; its
/// function is told about "items".
///
/// An item that can not be ingested is no failure of the call: its result is AION_INGEST_FAILED, and its error is in its
/// place.
///
/// # Safety
/// `items` must point to `count` items whose texts and data are as long as they say, `results` and `errors` to room for
/// `count` results and pointers.
aion_status_t aion_knowledge_ingest(const aion_knowledge_t *knowledge,
                                    const aion_knowledge_item_t *items,
                                    size_t count,
                                    const aion_control_t *control,
                                    aion_ingested_t *results,
                                    aion_error_t **errors,
                                    aion_error_t **error);

/// Finds the `k` documents that fit the `query` best: by words, whatever their case and accents, and with a CLIP model by
/// meaning, pictures too. Nothing in a query is syntax. `options` may be NULL for everything, `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for a `k` that is not 1 to 10000 and for options that there are not, and
/// AION_ERROR_NOT_CONFIGURED for vectors alone without a model.
///
/// # Safety
/// `query` must point to `length` bytes, and the texts of `options` be as long as they say.
aion_status_t aion_knowledge_search_text(const aion_knowledge_t *knowledge,
                                         const char *query,
                                         size_t length,
                                         size_t k,
                                         const aion_search_options_t *options,
                                         const aion_control_t *control,
                                         aion_hits_t **out,
                                         aion_error_t **error);

/// Finds the `k` pictures that are most like the picture `image`. `options` may be NULL for everything, `control` for
/// none.
///
/// Fails with AION_ERROR_NOT_CONFIGURED without a CLIP model, with those errors of aion_parse_image that are about the
/// picture, and as aion_knowledge_search_text.
///
/// # Safety
/// The data of `image` must be as long as it says, and the texts of `options` likewise.
aion_status_t aion_knowledge_search_image(const aion_knowledge_t *knowledge,
                                          const aion_source_t *image,
                                          size_t k,
                                          const aion_search_options_t *options,
                                          const aion_control_t *control,
                                          aion_hits_t **out,
                                          aion_error_t **error);

/// Moves the average of a document by the mean of its new vectors, and writes how many it used to `used`, which may be
/// NULL. Several processes at once lose no update and count no vector twice.
///
/// Fails with AION_ERROR_NOT_FOUND if there is no such document.
aion_status_t aion_knowledge_update_ema(const aion_knowledge_t *knowledge,
                                        int64_t document,
                                        size_t *used,
                                        aion_error_t **error);

/// Writes all that is known of a document to `out`, as a JSON object.
///
/// Fails with AION_ERROR_NOT_FOUND if there is no such document.
aion_status_t aion_knowledge_document_json(const aion_knowledge_t *knowledge,
                                           int64_t document,
                                           aion_text_t **out,
                                           aion_error_t **error);

/// Removes a document, and with a page its pictures. Removing what is not there is no failure.
aion_status_t aion_knowledge_remove(const aion_knowledge_t *knowledge,
                                    int64_t document,
                                    aion_error_t **error);

/// Frees a store once its calls have returned. NULL is a no-op.
void aion_knowledge_free(aion_knowledge_t *knowledge);

/// How many there are.
size_t aion_hits_count(const aion_hits_t *hits);

/// The number of the document of a hit; 0 if there is none of that index.
int64_t aion_hits_document(const aion_hits_t *hits, size_t index);

/// What a hit is ranked by.
double aion_hits_score(const aion_hits_t *hits, size_t index);

/// Where the document of a hit comes from; NULL if there is none of that index. Borrowed. `length` may be NULL.
const char *aion_hits_source(const aion_hits_t *hits,
                             size_t index,
                             size_t *length);

/// A part of the chunk that was found, with words of the query if it has some; NULL if there is none of that index.
/// Borrowed. `length` may be NULL.
const char *aion_hits_excerpt(const aion_hits_t *hits,
                              size_t index,
                              size_t *length);

/// All of it as a JSON array of objects: "document", "source", "title", "kind", "fetched_at", "page" (null, or the page of
/// a picture), "chunk", "range" (of the chunk in the text, in bytes), "excerpt", "words" (ranges of bytes in the excerpt),
/// "score", "words_score" and "vector_score".
aion_status_t aion_hits_to_json(const aion_hits_t *hits,
                                aion_text_t **out,
                                aion_error_t **error);

/// Frees hits. NULL is a no-op.
void aion_hits_free(aion_hits_t *hits);

/// Writes the training set of the interactions in the file `source` to `path`. Both are JSON lines. An interaction is
/// {"question", "answer"} or {"messages"}, with "rating" and "citations" beside them or in "meta"; a line of the set is
/// {"messages": [...], "meta": {"rating", "citations"}}. Duplicates are left out, and lines that can not be used cost
/// themselves only. The set appears whole, in place of a file that was there, or not at all.
///
/// `options` may be NULL for the default, `control` for none; its function is told about "interactions". `out` may be
/// NULL when nobody wants the report.
///
/// Fails with AION_ERROR_NOT_FOUND without such a file, AION_ERROR_INVALID_ARGUMENT for options out of their range, and
/// AION_ERROR_IO for the disk.
///
/// # Safety
/// `source` and `path` must point to as many bytes as their lengths say, and the text of `options` likewise.
aion_status_t aion_sft_build(const char *source,
                             size_t source_length,
                             const char *path,
                             size_t path_length,
                             const aion_sft_options_t *options,
                             const aion_control_t *control,
                             aion_sft_report_t **out,
                             aion_error_t **error);

/// What was counted; zeros for NULL.
aion_sft_counts_t aion_sft_report_counts(const aion_sft_report_t *report);

/// All of it as a JSON object: the counts by their names, and "damaged_lines", the first hundred of them, each with
/// "line" and "reason".
aion_status_t aion_sft_report_to_json(const aion_sft_report_t *report,
                                      aion_text_t **out,
                                      aion_error_t **error);

/// Frees a report. NULL is a no-op.
void aion_sft_report_free(aion_sft_report_t *report);

/// The default options.
aion_held_out_options_t aion_held_out_options_default(void);

/// Reads the training set in the file `path`, as aion_sft_build writes it, to compare adapters of the base in the Hugging
/// Face directory `base`, which needs a tokenizer.json. `options` may be NULL for the default, `control` for none; its
/// function is told about "conversations".
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and sequences that do not fit,
/// AION_ERROR_INVALID_INPUT for a set with nothing to compare on, AION_ERROR_NOT_FOUND and AION_ERROR_IO for files,
/// AION_ERROR_INVALID_MODEL for a damaged base, and AION_ERROR_UNSUPPORTED for another architecture.
///
/// # Safety
/// `base` and `path` must point to as many bytes as their lengths say.
aion_status_t aion_held_out_open(const char *base,
                                 size_t base_length,
                                 const char *path,
                                 size_t path_length,
                                 const aion_held_out_options_t *options,
                                 const aion_control_t *control,
                                 aion_held_out_t **out,
                                 aion_error_t **error);

/// The mean cross-entropy of the set's target tokens, in nats, with the PEFT adapter in the directory `adapter`, or of
/// the base alone where it is empty. `control` may be NULL.
///
/// Fails with AION_ERROR_NOT_FOUND, AION_ERROR_INVALID_INPUT and AION_ERROR_UNSUPPORTED for an adapter that is none, not
/// whole or of another base; AION_ERROR_LIMIT_EXCEEDED without enough memory; `*loss` is 0 then.
///
/// # Safety
/// `adapter` must point to `length` bytes.
aion_status_t aion_held_out_loss(const aion_held_out_t *held_out,
                                 const char *adapter,
                                 size_t length,
                                 const aion_control_t *control,
                                 double *loss,
                                 aion_error_t **error);

/// How many sequences are compared on.
size_t aion_held_out_count(const aion_held_out_t *held_out);

/// Frees a set. NULL is a no-op.
void aion_held_out_free(aion_held_out_t *held_out);

/// The directory of the copy, a PEFT adapter. It is gone after the check. Borrowed from the candidate. `length` may be
/// NULL.
const char *aion_adapter_candidate_path(const aion_adapter_candidate_t *candidate,
                                        size_t *length);

/// The current version, which stays on the disk during the check; NULL if there is none. Borrowed from the candidate:
/// it must not be freed, which is why it is const.
const aion_adapter_version_t *aion_adapter_candidate_champion(const aion_adapter_candidate_t *candidate);

/// Its name, a UUID: ids are in the order of their promotion. Borrowed from the version. `length` may be NULL.
const char *aion_adapter_version_id(const aion_adapter_version_t *version,
                                    size_t *length);

/// Its directory, a PEFT adapter. Borrowed from the version. `length` may be NULL.
const char *aion_adapter_version_path(const aion_adapter_version_t *version, size_t *length);

/// The base that the adapter is for, as its settings name it; NULL if they do not. Borrowed from the version. `length`
/// may be NULL.
const char *aion_adapter_version_base(const aion_adapter_version_t *version,
                                      size_t *length);

/// When it was promoted, in RFC 3339, UTC. Borrowed from the version. `length` may be NULL.
const char *aion_adapter_version_created(const aion_adapter_version_t *version, size_t *length);

/// All of it as a JSON object: "id", "path", "base" (or null), "created", "metrics" (names and numbers) and "parent",
/// the id of the version that was current before (or null).
aion_status_t aion_adapter_version_to_json(const aion_adapter_version_t *version,
                                           aion_text_t **out,
                                           aion_error_t **error);

/// Frees a version. NULL is a no-op. One that is borrowed is never freed by itself.
void aion_adapter_version_free(aion_adapter_version_t *version);

/// How many versions there are.
size_t aion_adapter_history_count(const aion_adapter_history_t *history);

/// The version of that index, 0 for the newest. Borrowed from the history: it must not be freed, which is why it is
/// const. NULL when there is none of that index.
const aion_adapter_version_t *aion_adapter_history_at(const aion_adapter_history_t *history,
                                                      size_t index);

/// Frees a history and the versions that were borrowed from it. NULL is a no-op.
void aion_adapter_history_free(aion_adapter_history_t *history);

/// Opens the versions under the directory `root`, which is made if it is missing, and puts them in order after a crash.
/// A plain adapter directory at root/aion-current becomes the first version. `options` may be NULL for the default,
/// `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range, AION_ERROR_INVALID_STATE when something that
/// is no adapter is in the place of aion-current, and AION_ERROR_IO for the disk.
///
/// # Safety
/// `root` must point to `length` bytes.
aion_status_t aion_adapters_open(const char *root,
                                 size_t length,
                                 const aion_adapters_options_t *options,
                                 const aion_control_t *control,
                                 aion_adapters_t **out,
                                 aion_error_t **error);

/// Makes a verified copy of the PEFT adapter in the directory `path` the current version. Readers see the old version
/// until the new one is whole, and the new one from then on; root/aion-current always opens as a whole adapter. The
/// candidate stays as it is. `options` may be NULL for a whole adapter and nothing more, `control` for none. `out`
/// may be NULL when nobody wants the version.
///
/// Fails with AION_ERROR_NOT_FOUND, AION_ERROR_INVALID_INPUT and AION_ERROR_UNSUPPORTED for a candidate that is no
/// adapter, not whole or not for the base; AION_ERROR_CONFLICT when it is worse on the held-out set, with both losses,
/// or the check refused it; AION_ERROR_UNAVAILABLE when another promotion takes too long; AION_ERROR_IO for the disk.
/// Nothing is changed then.
///
/// # Safety
/// `path` must point to `length` bytes, and the data of `options` be as long as they say and stay until the call has
/// returned.
aion_status_t aion_adapter_promote(const aion_adapters_t *adapters,
                                   const char *path,
                                   size_t length,
                                   const aion_promote_options_t *options,
                                   const aion_control_t *control,
                                   aion_adapter_version_t **out,
                                   aion_error_t **error);

/// The current version; `*out` is NULL if nothing was promoted yet.
///
/// Fails with AION_ERROR_IO when the disk can not be read.
aion_status_t aion_adapters_current(const aion_adapters_t *adapters,
                                    aion_adapter_version_t **out,
                                    aion_error_t **error);

/// Makes the version that was current before the current one was promoted current again, or if it is damaged or gone
/// the one before that. `control` may be NULL. `out` may be NULL when nobody wants the version.
///
/// Fails with AION_ERROR_INVALID_STATE when there is none, AION_ERROR_UNAVAILABLE when a promotion takes too long, and
/// AION_ERROR_IO for the disk.
aion_status_t aion_adapters_rollback(const aion_adapters_t *adapters,
                                     const aion_control_t *control,
                                     aion_adapter_version_t **out,
                                     aion_error_t **error);

/// Makes the version `id`, which has been current before, current again, once it is verified. `control` may be NULL.
///
/// Fails with AION_ERROR_NOT_FOUND for an id that is not in the history and AION_ERROR_INVALID_INPUT when its files
/// were changed; otherwise as aion_adapters_rollback.
///
/// # Safety
/// `id` must point to `length` bytes.
aion_status_t aion_adapters_rollback_to(const aion_adapters_t *adapters,
                                        const char *id,
                                        size_t length,
                                        const aion_control_t *control,
                                        aion_error_t **error);

/// The versions that have been current and are still there, the newest first.
///
/// Fails with AION_ERROR_IO when the disk can not be read.
aion_status_t aion_adapters_history(const aion_adapters_t *adapters,
                                    aion_adapter_history_t **out,
                                    aion_error_t **error);

/// Adds the PEFT adapter in the directory `adapter` to the weights of the base in the directory `base` and writes the
/// result, a directory of the same shape, as `output`, which must not exist and appears whole. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_INPUT for an adapter that does not fit or a damaged file, AION_ERROR_UNSUPPORTED for
/// weights of other types than f64, f32, f16 and bf16, AION_ERROR_CONFLICT when `output` exists, AION_ERROR_NOT_FOUND
/// and AION_ERROR_IO. Nothing is left behind then.
///
/// # Safety
/// Each path must point to as many bytes as its length says.
aion_status_t aion_adapter_merge(const char *base,
                                 size_t base_length,
                                 const char *adapter,
                                 size_t adapter_length,
                                 const char *output,
                                 size_t output_length,
                                 const aion_control_t *control,
                                 aion_error_t **error);

/// Frees a handle on versions; the versions stay. NULL is a no-op.
void aion_adapters_free(aion_adapters_t *adapters);

/// Holds the version `id` for reading; the current one when `id` is empty, and then `*out` is NULL if nothing was
/// promoted yet.
///
/// Fails with AION_ERROR_NOT_FOUND for an id that is not in the history, and AION_ERROR_IO for the disk.
///
/// # Safety
/// `id` must point to `length` bytes.
aion_status_t aion_adapters_pin(const aion_adapters_t *adapters,
                                const char *id,
                                size_t length,
                                aion_adapter_pin_t **out,
                                aion_error_t **error);

/// Which version it is. Borrowed from the pin: it must not be freed, which is why it is const. NULL for NULL.
const aion_adapter_version_t *aion_adapter_pin_version(const aion_adapter_pin_t *pin);

/// Reads every file of the version and compares sizes and hashes with those that were promoted. `control` may be NULL.
///
/// Fails with AION_ERROR_INVALID_INPUT, naming the file, when one was changed since, and AION_ERROR_IO for the disk.
aion_status_t aion_adapter_pin_verify(const aion_adapter_pin_t *pin,
                                      const aion_control_t *control,
                                      aion_error_t **error);

/// Lets go of a version, and frees the version that was borrowed from the pin. NULL is a no-op.
void aion_adapter_pin_free(aion_adapter_pin_t *pin);

/// The default options.
aion_lora_options_t aion_lora_options_default(void);

/// Makes a trainer on the Hugging Face directory `base`: of a new adapter, or of the PEFT directory `adapter` going on,
/// whose rank, alpha and target modules the options must then say; empty for a new one. `options` may be NULL for the
/// default, `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range, or other than the adapter's;
/// AION_ERROR_NOT_FOUND and AION_ERROR_IO for files; AION_ERROR_INVALID_MODEL for a damaged base;
/// AION_ERROR_UNSUPPORTED for another architecture; AION_ERROR_INVALID_INPUT for an adapter that is damaged or of
/// another base.
///
/// # Safety
/// `base` and `adapter` must point to as many bytes as their lengths say, and the texts of `options` likewise.
aion_status_t aion_lora_new(const char *base,
                            size_t base_length,
                            const char *adapter,
                            size_t adapter_length,
                            const aion_lora_options_t *options,
                            const aion_control_t *control,
                            aion_lora_t **out,
                            aion_error_t **error);

/// Makes the trainer that the checkpoint in the file `path` holds, on the directory `base`; empty for where it was then.
/// From here on each step gives the same bits as it would have given then. `threads` of 0 are the cores; `control` may be
/// NULL.
///
/// Fails with AION_ERROR_NOT_FOUND and AION_ERROR_IO for files, AION_ERROR_INVALID_INPUT for a file that is damaged or
/// no checkpoint, AION_ERROR_UNSUPPORTED for one of another version, and AION_ERROR_INVALID_ARGUMENT for another base.
///
/// # Safety
/// `path` and `base` must point to as many bytes as their lengths say.
aion_status_t aion_lora_resume(const char *path,
                               size_t path_length,
                               const char *base,
                               size_t base_length,
                               size_t threads,
                               const aion_control_t *control,
                               aion_lora_t **out,
                               aion_error_t **error);

/// Learns from one micro-batch of `count` sequences, which are not padded and do not attend to each other. Every
/// `gradient_accumulation`-th call updates the adapter by the gradient of them all. `control` may be NULL, and `report`
/// when nobody wants it.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT when the batch has nothing to learn, an empty or too long sequence, or a token
/// that is not of the vocabulary; AION_ERROR_INVALID_STATE when the loss or a gradient is NaN, infinite, or zero where
/// something should be learnt; AION_ERROR_LIMIT_EXCEEDED without enough memory; AION_ERROR_FORKED.
///
/// # Safety
/// `sequences` must point to `count` sequences, each to its ids and marks.
aion_status_t aion_lora_step(aion_lora_t *lora,
                             const aion_sequence_t *sequences,
                             size_t count,
                             const aion_control_t *control,
                             aion_lora_step_t *report,
                             aion_error_t **error);

/// Updates the adapter by what was gathered so far, such as at the end of the data; nothing when nothing was.
///
/// Fails with AION_ERROR_INVALID_STATE when the gathered gradient is infinite.
aion_status_t aion_lora_update(aion_lora_t *lora, aion_error_t **error);

/// The mean cross-entropy of a micro-batch's target tokens, in nats, without dropout and without learning. `control` may
/// be NULL.
///
/// Fails as aion_lora_step; `*loss` is 0 then.
///
/// # Safety
/// `sequences` must point to `count` sequences, each to its ids and marks.
aion_status_t aion_lora_loss(aion_lora_t *lora,
                             const aion_sequence_t *sequences,
                             size_t count,
                             const aion_control_t *control,
                             double *loss,
                             aion_error_t **error);

/// Writes the adapter as a PEFT directory, which appears whole, in place of an adapter that is there.
///
/// Fails with AION_ERROR_CONFLICT when something that is no adapter is there, and AION_ERROR_IO for the disk.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_lora_save(const aion_lora_t *lora, const char *path, size_t length, aion_error_t **error);

/// Writes all that the trainer is to a file, for aion_lora_resume. The file is the old one or the new one, whatever
/// happens.
///
/// Fails with AION_ERROR_IO for the disk.
///
/// # Safety
/// `path` must point to `length` bytes.
aion_status_t aion_lora_checkpoint(const aion_lora_t *lora,
                                   const char *path,
                                   size_t length,
                                   aion_error_t **error);

/// Updates so far.
uint64_t aion_lora_step_count(const aion_lora_t *lora);

/// Frees a trainer. NULL is a no-op.
void aion_lora_free(aion_lora_t *lora);

/// Learns from the training set in the file `path`, as aion_sft_build writes it; the base needs a tokenizer.json. A
/// training that ends early leaves the trainer at the last whole update, and the same call goes on from there, also after
/// aion_lora_resume. `options` may be NULL for the default, `control` for none; its function is told about
/// "conversations" and then "tokens". `out`, which may be NULL, gets a JSON object: "updates", "tokens", "losses",
/// "evaluations" ("update" and "loss" each), "held_out", "seconds" and "dataset" (what became of the conversations).
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and after an unfinished training over another
/// set; AION_ERROR_INVALID_INPUT for a set with nothing to train on; AION_ERROR_NOT_FOUND without a set or tokenizer;
/// AION_ERROR_IO; and as aion_lora_step.
///
/// # Safety
/// `path` must point to `length` bytes, and the path of `options` likewise.
aion_status_t aion_lora_train(aion_lora_t *lora,
                              const char *path,
                              size_t length,
                              const aion_lora_train_options_t *options,
                              const aion_control_t *control,
                              aion_text_t **out,
                              aion_error_t **error);

/// The mean cross-entropy of the target tokens of the set in the file `path`, in nats, without dropout and without
/// learning. `options` may be NULL for the default; what they say of epochs, updates and checkpoints plays no part.
/// `control` may be NULL; its function is told about "conversations".
///
/// Fails as aion_lora_train; `*loss` is 0 then.
///
/// # Safety
/// `path` must point to `length` bytes, and the path of `options` likewise.
aion_status_t aion_lora_evaluate(aion_lora_t *lora,
                                 const char *path,
                                 size_t length,
                                 const aion_lora_train_options_t *options,
                                 const aion_control_t *control,
                                 double *loss,
                                 aion_error_t **error);

/// Opens the base in the Hugging Face directory `base` with the PEFT adapter in the directory `adapter`; empty for none.
/// A calibration that lies beside the adapter is used. `options` may be NULL for the default, `control` for none.
///
/// Fails with AION_ERROR_NOT_FOUND and AION_ERROR_IO for files; AION_ERROR_INVALID_MODEL for a damaged base, tokenizer or
/// calibration; AION_ERROR_INVALID_INPUT for an adapter that is damaged or of another base; AION_ERROR_UNSUPPORTED for
/// another architecture; AION_ERROR_INVALID_ARGUMENT for options out of their range.
///
/// # Safety
/// `base` and `adapter` must point to as many bytes as their lengths say.
aion_status_t aion_model_open(const char *base,
                              size_t base_length,
                              const char *adapter,
                              size_t adapter_length,
                              const aion_model_options_t *options,
                              const aion_control_t *control,
                              aion_model_t **out,
                              aion_error_t **error);

/// Answers a conversation of `count` messages, the last of which is not the assistant's. `options` may be NULL for the
/// default, `control` for none.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and unknown roles, AION_ERROR_INVALID_INPUT for
/// a conversation that no answer can follow, AION_ERROR_LIMIT_EXCEEDED for one that does not fit into the context, and
/// AION_ERROR_FORKED.
///
/// # Safety
/// `messages` must point to `count` messages, each to its texts, and the data of `options` be as long as they say.
aion_status_t aion_model_generate(const aion_model_t *model,
                                  const aion_message_t *messages,
                                  size_t count,
                                  const aion_generate_options_t *options,
                                  const aion_control_t *control,
                                  aion_answer_t **out,
                                  aion_error_t **error);

/// The text of the answer. Borrowed from it. `length` may be NULL.
const char *aion_answer_text(const aion_answer_t *answer, size_t *length);

/// How likely the answer is good, 0 to 1; 0 for NULL.
double aion_answer_confidence(const aion_answer_t *answer);

/// How many tokens the model chose.
size_t aion_answer_token_count(const aion_answer_t *answer);

/// All of it as a JSON object: "text", "confidence", "raw_confidence", "tokens", "probabilities", "prompt_tokens" and
/// "finish" ("stop", "stop_string", "max_tokens", "context_full" or "callback").
aion_status_t aion_answer_to_json(const aion_answer_t *answer,
                                  aion_text_t **out,
                                  aion_error_t **error);

/// Fits a calibration to `count` answers that people judged, and writes it as aion_calibration.json into `directory`,
/// that of the adapter, or of the base where there is no adapter: whoever opens the model from then on uses it.
/// `confidences` are "raw_confidence" of aion_answer_to_json, `good` says which answers were good. Judge answers that the
/// model was not trained on: of those it is too sure. Ten good and ten other answers are the least.
///
/// # Safety
/// Pointers must be as many items as their counts say.
aion_status_t aion_model_calibrate(const aion_model_t *model,
                                   const double *confidences,
                                   const bool *good,
                                   size_t count,
                                   const char *directory,
                                   size_t length,
                                   aion_error_t **error);

/// Frees an answer. NULL is a no-op.
void aion_answer_free(aion_answer_t *answer);

/// Frees a model. NULL is a no-op.
void aion_model_free(aion_model_t *model);

/// A client with these options; NULL for the default. Nothing is sent.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range; the key is not quoted.
///
/// # Safety
/// The texts of `options` must be as many bytes as their lengths say.
aion_status_t aion_openai_new(const aion_openai_options_t *options,
                              aion_openai_t **out,
                              aion_error_t **error);

/// A client of the variables of this process: OPENAI_API_KEY, OPENAI_PROJECT, OPENAI_BASE_URL, OPENAI_MODEL,
/// OPENAI_INPUT_USD_PER_MILLION and OPENAI_OUTPUT_USD_PER_MILLION. No other variable is read, and none by any other
/// function of a client. An empty value counts as absent. No other thread may change the environment meanwhile.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT, naming the variable whose value can not be used; the key is not quoted.
aion_status_t aion_openai_from_env(aion_openai_t **out,
                                   aion_error_t **error);

/// Frees a client. NULL is a no-op.
void aion_openai_free(aion_openai_t *client);

/// A driver of these three; without `openai`, which may be NULL, answers are local. Each of them may be freed while the
/// driver goes on.
aion_status_t aion_hybrid_open(const aion_model_t *model,
                               const aion_budget_t *budget,
                               const aion_openai_t *openai,
                               aion_hybrid_t **out,
                               aion_error_t **error);

/// Answers a conversation of `count` messages, the last of which is not the assistant's. `options` may be NULL for the
/// default, `control` for none. Whatever goes wrong with a paid call costs the paid answer and never the local one; when the
/// timeout passes while the paid model is asked, the local answer is given.
///
/// Fails with AION_ERROR_INVALID_ARGUMENT for options out of their range and unknown roles, AION_ERROR_INVALID_INPUT for a
/// conversation that no answer can follow, AION_ERROR_CANCELLED, AION_ERROR_DEADLINE_EXCEEDED while there is no answer yet, and
/// as aion_model_generate when the paid model does not answer either.
///
/// # Safety
/// `messages` must point to `count` messages, each to its texts, and the data of `options` be as long as they say.
aion_status_t aion_hybrid_answer(const aion_hybrid_t *driver,
                                 const aion_message_t *messages,
                                 size_t count,
                                 const aion_hybrid_options_t *options,
                                 const aion_control_t *control,
                                 aion_hybrid_answer_t **out,
                                 aion_error_t **error);

/// The text of the answer. Borrowed from it. `length` may be NULL.
const char *aion_hybrid_answer_text(const aion_hybrid_answer_t *answer, size_t *length);

/// "local" or "paid". Borrowed from the answer. `length` may be NULL.
const char *aion_hybrid_answer_source(const aion_hybrid_answer_t *answer, size_t *length);

/// Why, by a stable name: that of the decision, such as "granted", "confident" or "daily_cap"; "no_external"; or what kept a
/// paid model that was allowed from answering, such as "unreachable". Borrowed from the answer. `length` may be NULL.
const char *aion_hybrid_answer_reason(const aion_hybrid_answer_t *answer,
                                      size_t *length);

/// Why, in a sentence or two for people. Borrowed from the answer. `length` may be NULL.
const char *aion_hybrid_answer_explanation(const aion_hybrid_answer_t *answer, size_t *length);

/// How sure the local model was of its own answer, 0 to 1; 0 where it had none, and for NULL.
double aion_hybrid_answer_confidence(const aion_hybrid_answer_t *answer);

/// What was taken from the day's money for this answer, by all calls, in micro-US-dollars.
int64_t aion_hybrid_answer_cost_micro_usd(const aion_hybrid_answer_t *answer);

/// All of it as a JSON object: "text", "source", "confidence", "decision", as aion_decision_record_json has it, or null,
/// "cost_micro_usd", "reason", "explanation", "attempts", which are the paid calls, and "notes".
aion_status_t aion_hybrid_answer_to_json(const aion_hybrid_answer_t *answer,
                                         aion_text_t **out,
                                         aion_error_t **error);

/// Frees an answer. NULL is a no-op.
void aion_hybrid_answer_free(aion_hybrid_answer_t *answer);

/// Frees a driver. NULL is a no-op.
void aion_hybrid_free(aion_hybrid_t *driver);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* AION_H */
