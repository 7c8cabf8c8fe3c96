/* The local model. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <stdlib.h>

#define LLAMA "../../models/llama-tiny"
#define MESSAGE(role, content) {role, sizeof role - 1, content, sizeof content - 1}

static const aion_message_t ASKED[] = {MESSAGE("system", "I am."), MESSAGE("user", "Who are you?")};

static aion_model_t *open_model(void) {
  aion_error_t *error = NULL;
  aion_model_t *model = NULL;
  CHECK_OK(aion_model_open(LLAMA, sizeof LLAMA - 1, NULL, 0, NULL, NULL, &model, &error));
  return model;
}

static bool gather(void *user, const char *piece, size_t length) {
  char *heard = (char *)user;
  CHECK(strlen(piece) == length);
  strncat(heard, piece, 1000 - strlen(heard));
  return true;
}

static bool refuse(void *user, const char *piece, size_t length) {
  (void)piece;
  (void)length;
  ++*(int *)user;
  return false;
}

static void a_conversation_is_answered(void) {
  aion_error_t *error = NULL;
  aion_answer_t *answer = NULL, *again = NULL;
  aion_text_t *json = NULL;
  aion_generate_options_t options;
  char heard[1024] = "";
  memset(&options, 0, sizeof options);
  options.max_tokens = 20;
  options.on_text = gather;
  options.user = heard;
  aion_model_t *model = open_model();
  CHECK_OK(aion_model_generate(model, ASKED, 2, &options, NULL, &answer, &error));
  size_t length = 0;
  const char *text = aion_answer_text(answer, &length);
  CHECK(length > 0 && strstr(heard, text) != NULL);
  CHECK(aion_answer_confidence(answer) > 0 && aion_answer_confidence(answer) <= 1);
  CHECK(aion_answer_token_count(answer) > 0 && aion_answer_token_count(answer) <= 20);
  CHECK_OK(aion_answer_to_json(answer, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"finish\":\"") != NULL);
  int calls = 0;
  options.on_text = refuse;
  options.user = &calls;
  CHECK_OK(aion_model_generate(model, ASKED, 2, &options, NULL, &again, &error));
  CHECK(calls == 1 && aion_answer_token_count(again) < aion_answer_token_count(answer));
  aion_text_free(json);
  aion_answer_free(answer);
  aion_answer_free(again);
  aion_model_free(model);
}

static void a_calibration_is_fitted_and_used(void) {
  aion_error_t *error = NULL;
  double confidences[40];
  bool good[40];
  char folder[] = "/tmp/aion-calibration-XXXXXX", path[64];
  CHECK(mkdtemp(folder) != NULL);
  for (int i = 0; i < 40; i++) {
    confidences[i] = 0.5 + i / 100.0;
    good[i] = i > 18 + i % 3;
  }
  aion_model_t *model = open_model();
  CHECK_OK(aion_model_calibrate(model, confidences, good, 40, folder, strlen(folder), &error));
  snprintf(path, sizeof path, "%s/aion_calibration.json", folder);
  CHECK(remove(path) == 0 && remove(folder) == 0);
  CHECK(aion_model_calibrate(model, confidences, good, 12, folder, strlen(folder), NULL) == AION_ERROR_INVALID_INPUT);
  CHECK(aion_model_calibrate(NULL, confidences, good, 40, folder, strlen(folder), NULL) == AION_ERROR_INVALID_ARGUMENT);
  aion_model_free(model);
}

static void what_can_not_be_answered_is_refused(void) {
  aion_error_t *error = NULL;
  aion_answer_t *answer = NULL;
  aion_model_t *model = open_model(), *none = NULL;
  const aion_message_t boss = MESSAGE("boss", "Work!"), said = MESSAGE("assistant", "Me.");
  aion_generate_options_t options;
  memset(&options, 0, sizeof options);
  options.temperature = -1;
  CHECK_INVALID(aion_model_generate(model, &boss, 1, NULL, NULL, &answer, &error));
  CHECK_INVALID(aion_model_generate(model, ASKED, 2, &options, NULL, &answer, &error));
  CHECK_INVALID(aion_model_generate(NULL, ASKED, 2, NULL, NULL, &answer, &error));
  CHECK_STATUS(aion_model_generate(model, &said, 1, NULL, NULL, &answer, &error), AION_ERROR_INVALID_INPUT);
  aion_control_t *control = aion_control_new();
  aion_control_cancel(control);
  CHECK_STATUS(aion_model_generate(model, ASKED, 2, NULL, control, &answer, &error), AION_ERROR_CANCELLED);
  aion_control_free(control);
  CHECK(answer == NULL && aion_answer_text(NULL, NULL) == NULL && aion_answer_confidence(NULL) == 0);
  CHECK_STATUS(aion_model_open("none", 4, NULL, 0, NULL, NULL, &none, &error), AION_ERROR_NOT_FOUND);
  CHECK_STATUS(aion_model_open(LLAMA, sizeof LLAMA - 1, "none", 4, NULL, NULL, &none, &error), AION_ERROR_NOT_FOUND);
  aion_model_free(model);
}

const test_t MODEL_TESTS[] = {
    {"a conversation is answered", a_conversation_is_answered},
    {"a calibration is fitted and used", a_calibration_is_fitted_and_used},
    {"what can not be answered is refused", what_can_not_be_answered_is_refused},
    {NULL, NULL},
};
