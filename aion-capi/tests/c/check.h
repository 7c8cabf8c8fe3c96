/* What every test file shares: checks that count, and the pictures. Plain C11 that is C++17 too. */
#ifndef AION_CHECK_H
#define AION_CHECK_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "aion.h"

typedef struct {
  const char *name;
  void (*run)(void);
} test_t;

extern const test_t BORDER_TESTS[];
extern const test_t PICTURE_TESTS[];
extern const test_t CONTROL_TESTS[];
extern const test_t CLIP_TESTS[];
extern const test_t EMA_TESTS[];
extern const test_t DOCUMENT_TESTS[];
extern const test_t SCAN_TESTS[];
extern const test_t CRAWL_TESTS[];
extern const test_t CRAWL_OPTIONS_TESTS[];
extern const test_t PAGE_TESTS[];
extern const test_t WEB_TESTS[];
extern const test_t WEB_BORDER_TESTS[];
extern const test_t KNOWLEDGE_TESTS[];
extern const test_t ADAPTER_TESTS[];
extern const test_t LORA_TESTS[];
extern const test_t MODEL_TESTS[];
extern const test_t HYBRID_TESTS[];
extern const test_t BUDGET_TESTS[];
extern const test_t GRANT_TESTS[];
extern const test_t LEDGER_TESTS[];

/* Counts a failure of the running test, and says where. Gives `holds` back. */
bool check(bool holds, const char *what, const char *file, int line);
/* As `check` for a status, with the message of the error, which it frees and sets to NULL. */
bool check_status(aion_status_t got, aion_status_t wanted, aion_error_t **error, const char *file, int line);
/* The running test could not run here, for this reason. */
void skip(const char *reason);

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
#define CHECK_STATUS(call, wanted) check_status((call), (wanted), &error, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_STATUS(call, AION_OK)
#define CHECK_INVALID(call) CHECK_STATUS(call, AION_ERROR_INVALID_ARGUMENT)

/* The time that has passed since some moment. */
double seconds(void);
void sleep_ms(long milliseconds);

/* An engine of the environment's settings, made once and freed at the end. */
const aion_engine_t *engine(void);
void free_engine(void);
/* A picture of the examples, by its name. */
aion_source_t picture(const char *name);
/* A few pixels. */
aion_source_t dot(void);
/* Neither OCR nor CLIP. */
aion_parse_options_t pixels_only(void);
/* Options with only OCR. */
aion_parse_options_t text_only(void);

/* The bytes of a file, to be freed; NULL for none. */
uint8_t *read_file(const char *path, size_t *length);
/* A document, to be freed. The options may be NULL. */
aion_document_t *read_document(aion_source_t source, const aion_document_options_t *options,
                               const aion_ocr_options_t *ocr);
/* Its text, borrowed. */
const char *document_text(const aion_document_t *document);

/* A budget in this file, or in memory for "", in which the calls of processes that died are over at once. */
aion_budget_t *open_budget(const char *path, int64_t daily_micro_usd, uint32_t hourly);
/* The money for a call that may cost so much. */
aion_grant_t *granted(const aion_budget_t *budget, int64_t cost_micro_usd);
/* Whether so much is spent and held, and the books are right. */
bool stands_at(const aion_budget_t *budget, int64_t spent, int64_t held);

#endif
