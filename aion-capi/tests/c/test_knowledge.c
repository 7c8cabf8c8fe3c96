/* A store of knowledge: items in, hits out. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static char path[64];

static aion_str_t str(const char *text) {
  aion_str_t made = {text, text == NULL ? 0 : strlen(text)};
  return made;
}

static aion_knowledge_item_t text_item(const char *source, const char *text) {
  aion_knowledge_item_t item;
  memset(&item, 0, sizeof item);
  item.source = str(source);
  item.text = str(text);
  return item;
}

static void make_path(void) {
  static char folder[] = "/tmp/aion-knowledge-XXXXXX";
  static int number = 0;
  if (number == 0 && mkdtemp(folder) == NULL) abort();
  snprintf(path, sizeof path, "%s/%d.db", folder, number++);
}

static aion_knowledge_t *open_new(const aion_engine_t *with) {
  aion_error_t *error = NULL;
  aion_knowledge_t *knowledge = NULL;
  make_path();
  CHECK_OK(aion_knowledge_open(path, strlen(path), NULL, with, &knowledge, &error));
  return knowledge;
}

static void what_goes_in_is_found(void) {
  aion_error_t *error = NULL;
  aion_knowledge_t *knowledge = open_new(NULL);
  aion_knowledge_item_t items[2] = {text_item("mares", "A mar\xc3\xa9 alta \xc3\xa9 ao meio-dia."),
                                    text_item("tides", "High water is at noon.")};
  aion_ingested_t results[2];
  CHECK_OK(aion_knowledge_ingest(knowledge, items, 2, NULL, results, NULL, &error));
  CHECK(results[0].change == AION_INGEST_ADDED && results[1].change == AION_INGEST_ADDED);
  CHECK_OK(aion_knowledge_ingest(knowledge, items, 1, NULL, results, NULL, &error));
  CHECK(results[0].change == AION_INGEST_UNCHANGED && results[0].document > 0);

  aion_hits_t *hits = NULL;
  CHECK_OK(aion_knowledge_search_text(knowledge, "MARE", 4, 10, NULL, NULL, &hits, &error));
  CHECK(aion_hits_count(hits) == 1 && aion_hits_document(hits, 0) == results[0].document);
  CHECK(strcmp(aion_hits_source(hits, 0, NULL), "mares") == 0 && aion_hits_score(hits, 0) > 0);
  CHECK(strstr(aion_hits_excerpt(hits, 0, NULL), "alta") != NULL);
  CHECK(aion_hits_source(hits, 1, NULL) == NULL && aion_hits_document(hits, 1) == 0);
  aion_text_t *json = NULL;
  CHECK_OK(aion_hits_to_json(hits, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"source\":\"mares\"") != NULL);
  aion_text_free(json);
  aion_hits_free(hits);

  aion_search_options_t options;
  memset(&options, 0, sizeof options);
  options.kind = str("image");
  CHECK_OK(aion_knowledge_search_text(knowledge, "noon", 4, 10, &options, NULL, &hits, &error));
  CHECK(aion_hits_count(hits) == 0);
  aion_hits_free(hits);

  CHECK_OK(aion_knowledge_document_json(knowledge, results[0].document, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"version\":1") != NULL);
  aion_text_free(json);
  CHECK_OK(aion_knowledge_remove(knowledge, results[0].document, &error));
  CHECK_STATUS(aion_knowledge_document_json(knowledge, results[0].document, &json, &error), AION_ERROR_NOT_FOUND);
  aion_knowledge_free(knowledge);
}

static void pictures_are_found_by_their_like(void) {
  aion_error_t *error = NULL;
  if (getenv("AION_CLIP_MODEL_PATH") == NULL) {
    skip("there is no CLIP model");
    return;
  }
  aion_knowledge_t *knowledge = open_new(engine());
  aion_source_t source = picture("poster.png");
  aion_knowledge_item_t item;
  memset(&item, 0, sizeof item);
  item.path.data = (const char *)source.data;
  item.path.length = source.length;
  aion_ingested_t result;
  aion_error_t *failure = NULL;
  CHECK_OK(aion_knowledge_ingest(knowledge, &item, 1, NULL, &result, &failure, &error));
  CHECK(result.change == AION_INGEST_ADDED && failure == NULL);
  aion_hits_t *hits = NULL;
  CHECK_OK(aion_knowledge_search_image(knowledge, &source, 1, NULL, NULL, &hits, &error));
  CHECK(aion_hits_count(hits) == 1 && aion_hits_score(hits, 0) > 0.99);
  aion_hits_free(hits);
  size_t used = 0;
  CHECK_OK(aion_knowledge_update_ema(knowledge, result.document, &used, &error));
  CHECK(used == 1);
  aion_knowledge_free(knowledge);
}

static void a_bad_item_costs_itself_only(void) {
  aion_error_t *error = NULL;
  aion_knowledge_t *knowledge = open_new(NULL);
  aion_knowledge_item_t items[3] = {text_item("a", "Words."), text_item("b", NULL), text_item("c", "Words.")};
  aion_ingested_t results[3];
  aion_error_t *errors[3];
  CHECK_OK(aion_knowledge_ingest(knowledge, items, 3, NULL, results, errors, &error));
  CHECK(results[0].change == AION_INGEST_ADDED && results[2].change == AION_INGEST_ADDED);
  CHECK(results[1].change == AION_INGEST_FAILED && results[1].document == 0);
  CHECK(errors[0] == NULL && aion_error_status(errors[1]) == AION_ERROR_INVALID_ARGUMENT && errors[2] == NULL);
  aion_error_free(errors[1]);
  aion_knowledge_free(knowledge);
}

static void wrong_calls_are_refused(void) {
  aion_error_t *error = NULL;
  aion_knowledge_t *knowledge = open_new(NULL);
  aion_hits_t *hits = NULL;
  aion_search_options_t options;
  memset(&options, 0, sizeof options);
  options.mode = 9;
  CHECK_INVALID(aion_knowledge_search_text(knowledge, "a", 1, 0, NULL, NULL, &hits, &error));
  CHECK_INVALID(aion_knowledge_search_text(knowledge, "a", 1, 1, &options, NULL, &hits, &error));
  CHECK_INVALID(aion_knowledge_search_text(NULL, "a", 1, 1, NULL, NULL, &hits, &error));
  CHECK_INVALID(aion_knowledge_search_text(knowledge, "a", 1, 1, NULL, NULL, NULL, &error));
  options.mode = AION_SEARCH_VECTORS;
  CHECK_STATUS(aion_knowledge_search_text(knowledge, "a", 1, 1, &options, NULL, &hits, &error),
               AION_ERROR_NOT_CONFIGURED);
  aion_source_t image = dot();
  CHECK_STATUS(aion_knowledge_search_image(knowledge, &image, 1, NULL, NULL, &hits, &error),
               AION_ERROR_NOT_CONFIGURED);
  CHECK(hits == NULL && aion_hits_count(NULL) == 0);
  CHECK_STATUS(aion_knowledge_update_ema(knowledge, 7, NULL, &error), AION_ERROR_NOT_FOUND);
  aion_knowledge_t *other = NULL;
  CHECK_STATUS(aion_knowledge_open("/no/such/folder/a.db", 20, NULL, NULL, &other, &error), AION_ERROR_UNAVAILABLE);
  CHECK(other == NULL);
  aion_knowledge_free(knowledge);
  aion_knowledge_free(NULL);
  aion_hits_free(NULL);
}

const test_t KNOWLEDGE_TESTS[] = {
    {"what goes in is found", what_goes_in_is_found},
    {"pictures are found by their like", pictures_are_found_by_their_like},
    {"a bad item costs itself only", a_bad_item_costs_itself_only},
    {"wrong calls are refused", wrong_calls_are_refused},
    {NULL, NULL},
};
