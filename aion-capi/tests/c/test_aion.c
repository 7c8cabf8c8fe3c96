/* Runs every test of the C door on the pictures of one folder, and ends non-zero when one fails. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int failures;
static const char *skipped;

bool check(bool holds, const char *what, const char *file, int line) {
  if (!holds) {
    failures++;
    printf("    %s:%d: %s\n", file, line, what);
  }
  return holds;
}

bool check_status(aion_status_t got, aion_status_t wanted, aion_error_t **error, const char *file, int line) {
  bool agrees = aion_error_status(*error) == got && (got == AION_OK) == (*error == NULL);
  if (got != wanted || !agrees) {
    failures++;
    printf("    %s:%d: status %d, not %d: %s\n", file, line, (int)got, (int)wanted,
           *error != NULL ? aion_error_message(*error, NULL) : "no error object");
  }
  aion_error_free(*error);
  *error = NULL;
  return got == wanted;
}

double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void sleep_ms(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  nanosleep(&time, NULL);
}

void skip(const char *reason) { skipped = reason; }

static aion_engine_t *shared;

const aion_engine_t *engine(void) {
  aion_error_t *error = NULL;
  aion_config_t *config = NULL;
  if (shared == NULL) {
    CHECK_OK(aion_config_from_env(&config, &error));
    CHECK_OK(aion_engine_new(config, &shared, &error));
    aion_config_free(config);
  }
  return shared;
}

void free_engine(void) {
  aion_engine_free(shared);
  shared = NULL;
}

aion_source_t picture(const char *name) { return aion_source_path(name, strlen(name)); }

aion_source_t dot(void) {
  static const uint8_t rgb[] = {255, 0, 0, 0, 255, 0};
  return aion_source_pixels(rgb, sizeof rgb, 2, 1, 3);
}

aion_parse_options_t pixels_only(void) {
  aion_parse_options_t options = aion_parse_options_default();
  options.ocr = false;
  options.clip = false;
  return options;
}

aion_parse_options_t text_only(void) {
  aion_parse_options_t options = aion_parse_options_default();
  options.clip = false;
  options.rgba = false;
  return options;
}

uint8_t *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = (uint8_t *)malloc(*length);
  *length = fread(bytes, 1, *length, file);
  fclose(file);
  return bytes;
}

aion_document_t *read_document(aion_source_t source, const aion_document_options_t *options,
                               const aion_ocr_options_t *ocr) {
  aion_error_t *error = NULL;
  aion_document_t *document = NULL;
  CHECK_OK(aion_extract_document(engine(), source, options, ocr, NULL, &document, &error));
  return document;
}

const char *document_text(const aion_document_t *document) {
  return aion_extracted_text(aion_document_extracted(document), NULL);
}

static void run(const test_t *tests, int *passed, int *failed, int *not_run) {
  for (; tests->name != NULL; tests++) {
    failures = 0;
    skipped = NULL;
    tests->run();
    if (failures > 0) {
      printf("  FAILED  %s\n", tests->name);
      ++*failed;
    } else if (skipped != NULL) {
      printf("  skipped %s: %s\n", tests->name, skipped);
      ++*not_run;
    } else {
      printf("  ok      %s\n", tests->name);
      ++*passed;
    }
    fflush(stdout);
  }
}

int main(int count, char **arguments) {
  int passed = 0, failed = 0, not_run = 0;
  if (count != 2 || chdir(arguments[1]) != 0) {
    fprintf(stderr, "usage: %s FOLDER_OF_PICTURES\n", arguments[0]);
    return EXIT_FAILURE;
  }
  /* The last five open a site, whose threads the leak check would miss in the children of the others. */
  const test_t *all[] = {BORDER_TESTS,   PICTURE_TESTS,       CONTROL_TESTS, CLIP_TESTS,  EMA_TESTS,
                         DOCUMENT_TESTS, SCAN_TESTS,          BUDGET_TESTS,  GRANT_TESTS, LEDGER_TESTS,
                         ADAPTER_TESTS,  LORA_TESTS,          MODEL_TESTS,   HYBRID_TESTS,
                         KNOWLEDGE_TESTS,
                         CRAWL_TESTS,    CRAWL_OPTIONS_TESTS, PAGE_TESTS,    WEB_TESTS,   WEB_BORDER_TESTS};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) run(all[i], &passed, &failed, &not_run);
  free_engine();
  printf("  libaion %s, ABI %u: %d passed, %d failed, %d skipped\n", aion_version(),
         (unsigned)aion_abi_version(), passed, failed, not_run);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
