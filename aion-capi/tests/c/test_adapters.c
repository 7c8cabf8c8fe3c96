/* Training sets, and versions of an adapter. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <sys/stat.h>

#include "learning.h"

static aion_adapter_version_t *promote(const aion_adapters_t *adapters, const aion_promote_options_t *options) {
  aion_error_t *error = NULL;
  aion_adapter_version_t *version = NULL;
  const char *path = DATA "peft";
  CHECK_OK(aion_adapter_promote(adapters, path, strlen(path), options, NULL, &version, &error));
  return version;
}

static void a_set_is_built(void) {
  aion_error_t *error = NULL;
  aion_sft_report_t *report = NULL;
  aion_text_t *json = NULL;
  size_t length = 0;
  make_folder();
  const char *source = inside("asked.jsonl"), *path = inside("set.jsonl");
  write_text(source, "{\"question\":\"Who?\",\"answer\":\"ana@example.com\",\"rating\":5}\n{\"question\":\n"
                     "{\"question\":\"What?\",\"answer\":\"This.\",\"rating\":1}\n");
  CHECK_OK(aion_sft_build(source, strlen(source), path, strlen(path), NULL, NULL, &report, &error));
  aion_sft_counts_t counts = aion_sft_report_counts(report);
  CHECK(counts.read == 3 && counts.kept == 2 && counts.damaged == 1 && counts.scrubbed == 1 && !counts.is_cut);
  CHECK_OK(aion_sft_report_to_json(report, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"damaged_lines\":[{\"line\":2,") != NULL);
  aion_text_free(json);
  aion_sft_report_free(report);
  aion_sft_options_t options;
  memset(&options, 0, sizeof options);
  options.has_min_rating = options.keep_pii = options.without_system = true;
  options.min_rating = 4;
  CHECK_OK(aion_sft_build(source, strlen(source), path, strlen(path), &options, NULL, NULL, &error));
  uint8_t *set = read_file(path, &length);
  const char *wanted = "{\"messages\":[{\"role\":\"user\",\"content\":\"Who?\"},{\"role\":\"assistant\",\"content\":"
                       "\"ana@example.com\"}],\"meta\":{\"rating\":5.0,\"citations\":[]}}\n";
  CHECK(length == strlen(wanted) && memcmp(set, wanted, length) == 0);
  free(set);
  options.system = "I am.";
  options.system_length = 5;
  CHECK_INVALID(aion_sft_build(source, strlen(source), path, strlen(path), &options, NULL, NULL, &error));
  source = inside("none.jsonl");
  CHECK_STATUS(aion_sft_build(source, strlen(source), path, strlen(path), NULL, NULL, &report, &error),
               AION_ERROR_NOT_FOUND);
  CHECK(report == NULL && aion_sft_report_counts(NULL).read == 0);
  remove_folder();
}

static void a_version_is_promoted_and_taken_back(void) {
  aion_error_t *error = NULL;
  aion_adapter_history_t *history = NULL;
  aion_adapter_version_t *back = NULL;
  aion_text_t *json = NULL;
  char path[256];
  struct stat found;
  make_folder();
  aion_adapters_t *adapters = open_adapters();
  CHECK_STATUS(aion_adapters_rollback(adapters, NULL, NULL, &error), AION_ERROR_INVALID_STATE);
  aion_metric_t metric = {"loss", 4, 1.5};
  aion_promote_options_t options;
  memset(&options, 0, sizeof options);
  options.metrics = &metric;
  options.metric_count = 1;
  options.base = DATA "base";
  options.base_length = strlen(options.base);
  aion_adapter_version_t *first = promote(adapters, &options), *second = promote(adapters, NULL);
  CHECK(is_current(adapters, second));
  snprintf(path, sizeof path, "%s/aion-current/adapter_model.safetensors", inside("adapters"));
  CHECK(stat(path, &found) == 0 && found.st_size > 1000);
  CHECK_OK(aion_adapter_version_to_json(first, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"metrics\":{\"loss\":1.5}") != NULL);
  aion_text_free(json);
  CHECK(strcmp(aion_adapter_version_base(first, NULL), "base") == 0);
  CHECK(aion_adapter_version_created(first, NULL)[10] == 'T');
  CHECK_OK(aion_adapters_history(adapters, &history, &error));
  CHECK(aion_adapter_history_count(history) == 2 && aion_adapter_history_at(history, 2) == NULL);
  CHECK(is_current(adapters, aion_adapter_history_at(history, 0)));
  aion_adapter_history_free(history);
  CHECK_OK(aion_adapters_rollback(adapters, NULL, &back, &error));
  CHECK(is_current(adapters, first) && is_current(adapters, back));
  const char *id = aion_adapter_version_id(second, NULL);
  CHECK_OK(aion_adapters_rollback_to(adapters, id, strlen(id), NULL, &error));
  CHECK(is_current(adapters, second));
  CHECK_STATUS(aion_adapters_rollback_to(adapters, "none", 4, NULL, &error), AION_ERROR_NOT_FOUND);
  aion_adapter_version_free(first);
  aion_adapter_version_free(second);
  aion_adapter_version_free(back);
  aion_adapters_free(adapters);
  remove_folder();
}

typedef struct {
  bool passes;
  int calls;
  bool had_champion;
} judge_t;

static bool judge(void *user, const aion_adapter_candidate_t *candidate) {
  judge_t *self = (judge_t *)user;
  struct stat found;
  self->calls++;
  self->had_champion = aion_adapter_candidate_champion(candidate) != NULL;
  CHECK(stat(aion_adapter_candidate_path(candidate, NULL), &found) == 0);
  return self->passes;
}

static void a_check_decides(void) {
  aion_error_t *error = NULL;
  judge_t self = {true, 0, true};
  aion_promote_options_t options;
  make_folder();
  memset(&options, 0, sizeof options);
  options.check = judge;
  options.user = &self;
  aion_adapters_t *adapters = open_adapters();
  aion_adapter_version_t *version = promote(adapters, &options), *none = NULL;
  CHECK(self.calls == 1 && !self.had_champion);
  self.passes = false;
  const char *path = DATA "peft";
  CHECK_STATUS(aion_adapter_promote(adapters, path, strlen(path), &options, NULL, &none, &error), AION_ERROR_CONFLICT);
  CHECK(none == NULL && self.calls == 2 && self.had_champion && is_current(adapters, version));
  path = DATA "base";
  CHECK_STATUS(aion_adapter_promote(adapters, path, strlen(path), NULL, NULL, NULL, &error), AION_ERROR_NOT_FOUND);
  aion_adapter_version_free(version);
  aion_adapters_free(adapters);
  remove_folder();
}

static void a_pin_holds_a_version(void) {
  aion_error_t *error = NULL;
  aion_adapter_pin_t *pin = NULL;
  aion_adapters_options_t keep = {2, 0};
  aion_adapters_t *adapters = NULL;
  struct stat found;
  make_folder();
  const char *root = inside("adapters");
  CHECK_OK(aion_adapters_open(root, strlen(root), &keep, NULL, &adapters, &error));
  CHECK_OK(aion_adapters_pin(adapters, NULL, 0, &pin, &error));
  CHECK(pin == NULL && aion_adapter_pin_version(NULL) == NULL);
  aion_adapter_version_free(promote(adapters, NULL));
  CHECK_OK(aion_adapters_pin(adapters, NULL, 0, &pin, &error));
  for (int i = 0; i < 4; i++) aion_adapter_version_free(promote(adapters, NULL));
  const aion_adapter_version_t *held = aion_adapter_pin_version(pin);
  CHECK(!is_current(adapters, held) && stat(aion_adapter_version_path(held, NULL), &found) == 0);
  CHECK_OK(aion_adapter_pin_verify(pin, NULL, &error));
  aion_adapter_pin_free(pin);
  CHECK_STATUS(aion_adapters_pin(adapters, "none", 4, &pin, &error), AION_ERROR_NOT_FOUND);
  aion_adapters_free(adapters);
  keep.keep = 1;
  CHECK_INVALID(aion_adapters_open(root, strlen(root), &keep, NULL, &adapters, &error));
  remove_folder();
}

static void an_adapter_is_merged(void) {
  aion_error_t *error = NULL;
  size_t length = 0;
  make_folder();
  const char *base = DATA "base", *adapter = DATA "peft", *output = inside("merged");
  CHECK_OK(aion_adapter_merge(base, strlen(base), adapter, strlen(adapter), output, strlen(output), NULL, &error));
  uint8_t *weights = read_file(inside("merged/model.safetensors"), &length);
  CHECK(weights != NULL && length > 1000);
  free(weights);
  CHECK_STATUS(aion_adapter_merge(base, strlen(base), adapter, strlen(adapter), output, strlen(output), NULL, &error),
               AION_ERROR_CONFLICT);
  remove_folder();
}

const test_t ADAPTER_TESTS[] = {
    {"a set is built", a_set_is_built},
    {"a version is promoted and taken back", a_version_is_promoted_and_taken_back},
    {"a check decides", a_check_decides},
    {"a pin holds a version", a_pin_holds_a_version},
    {"an adapter is merged", an_adapter_is_merged},
    {NULL, NULL},
};
