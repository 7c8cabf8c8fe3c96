/* PDF, office files, tables and texts. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "site.h"

#define SAMPLES "../../aion-core/tests/data/documents/"

typedef struct {
  const char *path, *kind;
  size_t pages;
  const char *title, *begin;
} sample_t;

static const sample_t SAMPLE_FILES[] = {
    {SAMPLES "paper.pdf", "pdf", 3, "The bay", "Journal of the bay\nOf tides and boats\n"},
    {SAMPLES "letter.docx", "docx", 1, "Tides of the bay", "The tides\nHigh water comes twice a day & goes.\n"},
    {SAMPLES "slides.pptx", "pptx", 2, "Harbours", "Harbours\nBoats\nOut\nMay\t7\n"},
    {SAMPLES "book.xlsx", "xlsx", 1, "Tides of the bay", "Levels\nDay\tMetres\n2024-03-09\t0.3"},
    {SAMPLES "log.odt", "odt", 1, "Log of the Ana", "Log\nLeft at the port.\nCrew\t4\t4"},
    {SAMPLES "crew.ods", "ods", 1, "Log of the Ana", "Crew\nAna"},
    {SAMPLES "scan.pdf", "pdf", 1, "", ""},
};
enum { SAMPLE_COUNT = sizeof SAMPLE_FILES / sizeof SAMPLE_FILES[0] };

static aion_status_t status_of(aion_source_t source, const aion_document_options_t *options,
                               const aion_control_t *control) {
  aion_document_t *document = NULL;
  aion_status_t status = aion_extract_document(engine(), source, options, NULL, control, &document, NULL);
  CHECK((document != NULL) == (status == AION_OK));
  aion_document_free(document);
  return status;
}

static aion_source_t bytes(const char *text) { return aion_source_bytes((const uint8_t *)text, strlen(text)); }

static void every_kind_is_read(void) {
  for (size_t i = 0; i < SAMPLE_COUNT; i++) {
    const sample_t *sample = &SAMPLE_FILES[i];
    size_t length = 0;
    aion_document_t *document = read_document(picture(sample->path), NULL, NULL);
    const aion_extracted_t *page = aion_document_extracted(document);
    CHECK(is_text(aion_document_kind(document, &length), sample->kind) && length == strlen(sample->kind));
    CHECK(aion_document_page_count(document) == sample->pages && aion_document_warning_count(document) == 0);
    CHECK(is_text(aion_extracted_title(page, NULL), sample->title));
    if (!CHECK(strncmp(document_text(document), sample->begin, strlen(sample->begin)) == 0)) {
      printf("    %s: %s\n", sample->path, document_text(document));
    }
    CHECK(is_text(aion_extracted_source(page, NULL), "document"));
    aion_document_free(document);
  }
}

static void a_document_tells_what_it_says(void) {
  aion_error_t *error = NULL;
  aion_text_t *json = NULL;
  aion_link_t link;
  aion_page_image_t image;
  size_t length = 7;
  aion_document_t *document = read_document(picture(SAMPLES "letter.docx"), NULL, NULL);
  const aion_extracted_t *page = aion_document_extracted(document);
  CHECK(is_text(aion_extracted_language(page, NULL), "pt-BR"));
  CHECK(is_text(aion_extracted_published(page, NULL), "2024-03-09T08:00:00Z"));
  CHECK(aion_extracted_link_count(page) == 1 && aion_extracted_link(page, 0, &link));
  CHECK(is_text(link.url, "https://port.example/tides") && is_text(link.text, "the table"));
  CHECK(aion_extracted_image(page, 0, &image) && is_text(image.url, "word/media/image1.png"));
  CHECK(aion_document_warning(document, 0, &length) == NULL && length == 0);
  CHECK(aion_document_scanned_count(document) == 0 && aion_document_recognized_count(document) == 0);
  CHECK_OK(aion_document_to_json(document, &json, &error));
  const char *data = aion_text_data(json, NULL);
  CHECK(strstr(data, "\"kind\":\"docx\"") && strstr(data, "\"pages\":1") && strstr(data, "\"scanned\":0"));
  CHECK(strstr(data, "\"recognized\":0") && strstr(data, "\"warnings\":[]") && strstr(data, "\"extracted\":{"));
  CHECK(strstr(data, "\"title\":\"Tides of the bay\"") != NULL);
  aion_text_free(json);
  aion_document_free(document);
  document = read_document(picture(SAMPLES "paper.pdf"), NULL, NULL);
  CHECK(is_text(aion_extracted_detected_language(aion_document_extracted(document), &length), "en") && length == 2);
  CHECK_OK(aion_document_to_json(document, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"detected_language\":\"en\"") != NULL);
  aion_text_free(json);
  aion_document_free(document);
}

static void the_content_type_and_the_name_tell_texts_apart(void) {
  aion_document_options_t options = aion_document_options_default();
  aion_source_t table = bytes("Port;Height\nBelem;3.6\n");
  aion_document_t *document = read_document(table, NULL, NULL);
  CHECK(is_text(aion_document_kind(document, NULL), "text"));
  aion_document_free(document);
  options.name = "levels.csv";
  options.name_length = 10;
  document = read_document(table, &options, NULL);
  CHECK(is_text(aion_document_kind(document, NULL), "csv") && is_text(document_text(document), "Port\tHeight\nBelem\t3.6"));
  aion_document_free(document);
  options.content_type = "text/markdown; charset=utf-8";
  options.content_type_length = 28;
  options.url = "https://bay.example/docs/";
  options.url_length = 25;
  document = read_document(bytes("# Tides\n\n[more](more.html)"), &options, NULL);
  aion_link_t link;
  CHECK(is_text(aion_document_kind(document, NULL), "markdown"));
  CHECK(aion_extracted_link(aion_document_extracted(document), 0, &link));
  CHECK(is_text(link.url, "https://bay.example/docs/more.html"));
  aion_document_free(document);
  options = aion_document_options_default();
  document = read_document(picture("README.md"), &options, NULL); /* a path tells its own name */
  CHECK(is_text(aion_document_kind(document, NULL), "markdown"));
  aion_document_free(document);
  options.name = "a.txt";
  options.name_length = 5;
  document = read_document(picture("README.md"), &options, NULL);
  CHECK(is_text(aion_document_kind(document, NULL), "text"));
  aion_document_free(document);
}

static void every_limit_is_an_error_that_names_it(void) {
  static const struct { const char *path, *limit; } cases[] = {
      {SAMPLES "letter.docx", "max_bytes"},    {SAMPLES "letter.docx", "max_unpacked_bytes"},
      {SAMPLES "paper.pdf", "max_text_bytes"}, {SAMPLES "paper.pdf", "max_pages"},
      {SAMPLES "book.xlsx", "max_cells"},
  };
  aion_document_options_t zeros;
  memset(&zeros, 0, sizeof zeros);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    aion_error_t *error = NULL;
    aion_document_t *document = NULL;
    aion_document_options_t options = zeros;
    aion_document_free(read_document(picture(cases[i].path), &options, NULL)); /* 0 is the default */
    switch (i) {
      case 0: options.max_bytes = 100; break;
      case 1: options.max_unpacked_bytes = 100; break;
      case 2: options.max_text_bytes = 10; break;
      case 3: options.max_pages = 2; break;
      default: options.max_cells = 4; break;
    }
    aion_status_t status =
        aion_extract_document(engine(), picture(cases[i].path), &options, NULL, NULL, &document, &error);
    CHECK(error != NULL && strstr(aion_error_message(error, NULL), cases[i].limit) != NULL && document == NULL);
    CHECK_STATUS(status, AION_ERROR_LIMIT_EXCEEDED);
  }
  size_t length = 0;
  uint8_t *file = read_file(SAMPLES "letter.docx", &length);
  aion_document_options_t options = aion_document_options_default();
  CHECK(options.max_bytes == 64u << 20 && options.max_pages == 10000 && options.max_cells == 2000000);
  options.max_bytes = length;
  CHECK(status_of(picture(SAMPLES "letter.docx"), &options, NULL) == AION_OK);
  options.max_bytes = length - 1;
  CHECK(status_of(picture(SAMPLES "letter.docx"), &options, NULL) == AION_ERROR_LIMIT_EXCEEDED);
  CHECK(status_of(aion_source_bytes(file, length), &options, NULL) == AION_ERROR_LIMIT_EXCEEDED);
  free(file);
}

static void note_pages(void *user, const char *stage, size_t length, size_t done, size_t total) {
  size_t *seen = (size_t *)user;
  if (length == 5 && strcmp(stage, "pages") == 0 && total == 3) *seen = done;
}

static void progress_is_told_page_by_page(void) {
  size_t seen = 0;
  aion_control_t *control = aion_control_new();
  aion_control_set_progress(control, note_pages, &seen);
  CHECK(status_of(picture(SAMPLES "paper.pdf"), NULL, control) == AION_OK && seen == 3);
  aion_control_free(control);
}

static void a_control_stops_every_kind(void) {
  aion_control_t *cancelled = aion_control_new(), *late = aion_control_new();
  aion_control_cancel(cancelled);
  aion_control_set_timeout_ms(late, 0);
  for (size_t i = 0; i < SAMPLE_COUNT; i++) {
    CHECK(status_of(picture(SAMPLE_FILES[i].path), NULL, cancelled) == AION_ERROR_CANCELLED);
    CHECK(status_of(picture(SAMPLE_FILES[i].path), NULL, late) == AION_ERROR_DEADLINE_EXCEEDED);
  }
  aion_control_free(cancelled);
  aion_control_free(late);
}

static void what_a_damaged_file_lacks_is_told(void) {
  size_t length = 0, told = 0;
  uint8_t *file = read_file(SAMPLES "slides.pptx", &length);
  const char *part = "ppt/slides/slide1.xml";
  for (size_t i = 0; i + strlen(part) < length; i++) {
    if (memcmp(file + i, part, strlen(part)) == 0) file[i + 16] = '9';
  }
  aion_document_t *document = read_document(aion_source_bytes(file, length), NULL, NULL);
  CHECK(strstr(document_text(document), "Harbours") != NULL && strstr(document_text(document), "Second") == NULL);
  CHECK(aion_document_warning_count(document) == 1);
  const char *warning = aion_document_warning(document, 0, &told);
  CHECK(warning != NULL && strstr(warning, part) != NULL && strlen(warning) == told);
  aion_document_free(document);
  free(file);
}

/* An answer that damaged bytes may have: a document, or an error that is no bug. */
static void check_honest(const uint8_t *file, size_t length) {
  aion_status_t status = status_of(aion_source_bytes(file, length), NULL, NULL);
  CHECK(status == AION_OK || status == AION_ERROR_INVALID_INPUT || status == AION_ERROR_UNSUPPORTED ||
        status == AION_ERROR_LIMIT_EXCEEDED);
}

static void hostile_bytes_do_no_harm(void) {
  uint32_t state = 1;
  for (size_t i = 0; i < SAMPLE_COUNT; i++) {
    size_t length = 0;
    uint8_t *file = read_file(SAMPLE_FILES[i].path, &length);
    for (size_t cut = 0; cut < length; cut += length / 12 + 1) check_honest(file, cut);
    for (int damage = 0; damage < 24; damage++) {
      state = state * 1664525u + 1013904223u;
      file[state % length] = (uint8_t)(state >> 24);
      check_honest(file, length);
    }
    for (size_t at = 8; at < length; at++) file[at] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
    check_honest(file, length);
    free(file);
  }
}

static void what_is_no_document_is_refused(void) {
  aion_document_options_t options = aion_document_options_default();
  char folder[] = "/tmp/aion-document-XXXXXX", pipe[64];
  CHECK(status_of(picture(SAMPLES "locked.pdf"), NULL, NULL) == AION_ERROR_UNSUPPORTED);
  CHECK(status_of(picture("poster.png"), NULL, NULL) == AION_ERROR_UNSUPPORTED);
  CHECK(status_of(picture(SAMPLES "none.pdf"), NULL, NULL) == AION_ERROR_NOT_FOUND);
  CHECK(status_of(picture(SAMPLES), NULL, NULL) == AION_ERROR_INVALID_ARGUMENT);
  CHECK(status_of(dot(), NULL, NULL) == AION_ERROR_INVALID_ARGUMENT);
  CHECK(status_of(aion_source_bytes(NULL, 4), NULL, NULL) == AION_ERROR_INVALID_ARGUMENT);
  CHECK(status_of(aion_source_bytes((const uint8_t *)"a", (size_t)-1), NULL, NULL) == AION_ERROR_INVALID_ARGUMENT);
  CHECK(status_of(aion_source_path("a\0b", 3), NULL, NULL) == AION_ERROR_INVALID_ARGUMENT);
  CHECK(status_of(aion_source_bytes(NULL, 0), NULL, NULL) == AION_OK); /* an empty text */
  CHECK(mkdtemp(folder) != NULL);
  snprintf(pipe, sizeof pipe, "%s/pipe", folder);
  CHECK(mkfifo(pipe, 0600) == 0); /* nobody will ever write into it */
  CHECK(status_of(picture(pipe), NULL, NULL) == AION_ERROR_INVALID_ARGUMENT);
  unlink(pipe);
  rmdir(folder);
  /* Texts that are no UTF-8, and texts that are missing. */
  const char **const texts[] = {&options.name, &options.content_type, &options.url};
  size_t *const lengths[] = {&options.name_length, &options.content_type_length, &options.url_length};
  for (size_t i = 0; i < 3; i++) {
    *texts[i] = "\xff";
    *lengths[i] = 1;
    CHECK(status_of(bytes("a"), &options, NULL) == AION_ERROR_INVALID_ARGUMENT);
    *texts[i] = NULL;
    CHECK(status_of(bytes("a"), &options, NULL) == AION_ERROR_INVALID_ARGUMENT);
    *lengths[i] = 0;
  }
  CHECK(status_of(bytes("a"), &options, NULL) == AION_OK);
}

static void null_is_refused_or_nothing(void) {
  aion_error_t *error = NULL;
  aion_document_t *document = NULL;
  aion_text_t *json = NULL;
  size_t length = 7;
  CHECK_INVALID(aion_extract_document(NULL, bytes("a"), NULL, NULL, NULL, &document, &error));
  CHECK_INVALID(aion_extract_document(engine(), bytes("a"), NULL, NULL, NULL, NULL, &error));
  CHECK_INVALID(aion_document_to_json(NULL, &json, &error));
  CHECK(document == NULL && json == NULL);
  CHECK(aion_document_kind(NULL, &length) == NULL && length == 0 && aion_document_kind(NULL, NULL) == NULL);
  length = 7;
  CHECK(aion_document_warning(NULL, 0, &length) == NULL && length == 0 && aion_document_warning_count(NULL) == 0);
  CHECK(aion_document_page_count(NULL) == 0 && aion_document_scanned_count(NULL) == 0);
  CHECK(aion_document_recognized_count(NULL) == 0 && aion_document_extracted(NULL) == NULL);
  aion_document_free(NULL);
  document = read_document(bytes("a"), NULL, NULL);
  CHECK_INVALID(aion_document_to_json(document, NULL, &error));
  CHECK(aion_document_warning(document, 0, NULL) == NULL);
  aion_document_free(document);
}

const test_t DOCUMENT_TESTS[] = {
    {"every kind of document is read", every_kind_is_read},
    {"a document tells what it says", a_document_tells_what_it_says},
    {"the content type and the name tell texts apart", the_content_type_and_the_name_tell_texts_apart},
    {"every limit is an error that names it", every_limit_is_an_error_that_names_it},
    {"progress is told page by page", progress_is_told_page_by_page},
    {"a control stops every kind of document", a_control_stops_every_kind},
    {"what a damaged file lacks is told", what_a_damaged_file_lacks_is_told},
    {"hostile bytes of documents do no harm", hostile_bytes_do_no_harm},
    {"what is no document is refused", what_is_no_document_is_refused},
    {"NULL for a document is refused, or nothing", null_is_refused_or_nothing},
    {NULL, NULL},
};
