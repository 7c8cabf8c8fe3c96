/* The trainer. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "learning.h"

static aion_lora_t *new_trainer(void) {
  aion_error_t *error = NULL;
  aion_lora_t *lora = NULL;
  aion_lora_options_t options = aion_lora_options_default();
  const char *base = LLAMA;
  options.rank = 4;
  options.alpha = 8;
  options.dropout = 0;
  options.learning_rate = 1e-2;
  options.gradient_accumulation = 1;
  CHECK_OK(aion_lora_new(base, strlen(base), NULL, 0, &options, NULL, &lora, &error));
  return lora;
}

static const uint32_t IDS[] = {1, 20, 30, 40, 50, 60};

static void a_trainer_learns_token_ids(void) {
  aion_error_t *error = NULL;
  aion_lora_step_t step;
  double before = 0, after = 0;
  uint8_t mask[6] = {0, 0, 0, 1, 1, 1};
  aion_sequence_t batch[2] = {{IDS, NULL, 6}, {IDS, mask, 6}};
  make_folder();
  aion_lora_t *lora = new_trainer();
  CHECK_OK(aion_lora_loss(lora, batch, 2, NULL, &before, &error));
  for (int i = 0; i < 10; i++) CHECK_OK(aion_lora_step(lora, batch, 2, NULL, &step, &error));
  CHECK(step.tokens == 8 && step.updated && step.step == 10 && step.grad_norm > 0);
  CHECK_OK(aion_lora_loss(lora, batch, 2, NULL, &after, &error));
  CHECK(after < before && aion_lora_step_count(lora) == 10 && aion_lora_step_count(NULL) == 0);
  const char *path = inside("adapter"), *base = LLAMA;
  CHECK_OK(aion_lora_save(lora, path, strlen(path), &error));
  aion_lora_options_t options = aion_lora_options_default();
  options.rank = 4;
  options.alpha = 8;
  aion_lora_t *again = NULL;
  double same = 0;
  CHECK_OK(aion_lora_new(base, strlen(base), path, strlen(path), &options, NULL, &again, &error));
  CHECK_OK(aion_lora_loss(again, batch, 2, NULL, &same, &error));
  CHECK(same == after);
  aion_lora_free(again);
  options.rank = 8;
  CHECK_INVALID(aion_lora_new(base, strlen(base), path, strlen(path), &options, NULL, &again, &error));
  mask[5] = 2;
  CHECK_INVALID(aion_lora_step(lora, batch, 2, NULL, NULL, &error));
  CHECK_INVALID(aion_lora_step(lora, batch, 0, NULL, NULL, &error));
  CHECK_INVALID(aion_lora_step(NULL, batch, 1, NULL, NULL, &error));
  aion_control_t *control = aion_control_new();
  aion_control_cancel(control);
  CHECK_STATUS(aion_lora_step(lora, batch, 1, control, NULL, &error), AION_ERROR_CANCELLED);
  options.rank = 4;
  CHECK_STATUS(aion_lora_new(base, strlen(base), NULL, 0, &options, control, &again, &error), AION_ERROR_CANCELLED);
  CHECK(again == NULL);
  aion_control_free(control);
  aion_lora_free(lora);
  remove_folder();
}

static void a_checkpoint_goes_on_to_the_same_bits(void) {
  aion_error_t *error = NULL;
  aion_lora_t *twin = NULL;
  aion_lora_step_t one, other;
  aion_sequence_t batch = {IDS, NULL, 6};
  make_folder();
  aion_lora_t *lora = new_trainer();
  const char *path = inside("trainer");
  CHECK_OK(aion_lora_step(lora, &batch, 1, NULL, NULL, &error));
  CHECK_OK(aion_lora_checkpoint(lora, path, strlen(path), &error));
  CHECK_OK(aion_lora_resume(path, strlen(path), NULL, 0, 1, NULL, &twin, &error));
  CHECK_OK(aion_lora_step(lora, &batch, 1, NULL, &one, &error));
  CHECK_OK(aion_lora_step(twin, &batch, 1, NULL, &other, &error));
  CHECK(one.loss == other.loss && one.grad_norm == other.grad_norm && other.step == 2);
  CHECK_OK(aion_lora_update(twin, &error));
  aion_lora_free(lora);
  aion_lora_free(twin);
  write_text(path, "no checkpoint");
  CHECK_STATUS(aion_lora_resume(path, strlen(path), NULL, 0, 0, NULL, &twin, &error), AION_ERROR_INVALID_INPUT);
  remove_folder();
}

static void a_set_is_trained_on_and_promoted(void) {
  aion_error_t *error = NULL;
  aion_text_t *json = NULL;
  aion_adapter_version_t *version = NULL;
  aion_lora_train_options_t options;
  make_folder();
  memset(&options, 0, sizeof options);
  options.epochs = 2;
  options.assistant_only = true;
  const char *source = inside("asked.jsonl"), *set = inside("set.jsonl"), *adapter = inside("adapter");
  write_text(source, "{\"question\":\"Who?\",\"answer\":\"Me.\"}\n{\"question\":\"What?\",\"answer\":\"This.\"}\n");
  CHECK_OK(aion_sft_build(source, strlen(source), set, strlen(set), NULL, NULL, NULL, &error));
  aion_lora_t *lora = new_trainer();
  CHECK_OK(aion_lora_train(lora, set, strlen(set), &options, NULL, &json, &error));
  const char *told = aion_text_data(json, NULL);
  CHECK(strstr(told, "\"updates\":2") != NULL && strstr(told, "\"sequences\":2") != NULL);
  CHECK(aion_lora_step_count(lora) == 2);
  double after = 0;
  CHECK_OK(aion_lora_evaluate(lora, set, strlen(set), &options, NULL, &after, &error));
  CHECK(after > 0 && strstr(told, "\"losses\":[") != NULL && after < atof(strstr(told, "\"losses\":[") + 10));
  CHECK_STATUS(aion_lora_evaluate(lora, "none", 4, NULL, NULL, &after, &error), AION_ERROR_NOT_FOUND);
  CHECK(after == 0);
  CHECK_INVALID(aion_lora_evaluate(lora, set, strlen(set), &options, NULL, NULL, &error));
  CHECK_OK(aion_lora_save(lora, adapter, strlen(adapter), &error));
  aion_adapters_t *adapters = open_adapters();
  CHECK_OK(aion_adapter_promote(adapters, adapter, strlen(adapter), NULL, NULL, &version, &error));
  CHECK(is_current(adapters, version));
  aion_adapter_version_free(version);
  aion_adapters_free(adapters);
  aion_text_free(json);
  options.held_out = 2;
  CHECK_INVALID(aion_lora_train(lora, set, strlen(set), &options, NULL, NULL, &error));
  aion_lora_free(lora);
  remove_folder();
}

static void a_worse_adapter_is_not_promoted(void) {
  aion_error_t *error = NULL;
  aion_held_out_t *held_out = NULL;
  aion_adapter_version_t *champion = NULL, *none = NULL;
  aion_held_out_options_t options = aion_held_out_options_default();
  aion_lora_train_options_t plan;
  aion_promote_options_t promotion;
  double alone = 0, trained = 0;
  make_folder();
  memset(&plan, 0, sizeof plan);
  memset(&promotion, 0, sizeof promotion);
  plan.epochs = 8;
  options.assistant_only = plan.assistant_only = true;
  const char *source = inside("asked.jsonl"), *set = inside("set.jsonl"), *base = LLAMA;
  write_text(source, "{\"question\":\"Who?\",\"answer\":\"Me.\"}\n{\"question\":\"What?\",\"answer\":\"This.\"}\n");
  CHECK_OK(aion_sft_build(source, strlen(source), set, strlen(set), NULL, NULL, NULL, &error));
  CHECK_OK(aion_held_out_open(base, strlen(base), set, strlen(set), &options, NULL, &held_out, &error));
  CHECK(aion_held_out_count(held_out) == 2 && aion_held_out_count(NULL) == 0);
  const char *good = inside("good"), *bad = inside("bad");
  aion_lora_t *lora = new_trainer();
  CHECK_OK(aion_lora_save(lora, bad, strlen(bad), &error));
  CHECK_OK(aion_lora_train(lora, set, strlen(set), &plan, NULL, NULL, &error));
  CHECK_OK(aion_lora_save(lora, good, strlen(good), &error));
  CHECK_OK(aion_held_out_loss(held_out, NULL, 0, NULL, &alone, &error));
  CHECK_OK(aion_held_out_loss(held_out, good, strlen(good), NULL, &trained, &error));
  CHECK(trained > 0 && trained + 0.1 < alone);

  aion_adapters_t *adapters = open_adapters();
  promotion.held_out = held_out;
  CHECK_OK(aion_adapter_promote(adapters, good, strlen(good), &promotion, NULL, &champion, &error));
  bad = inside("bad");
  aion_status_t status = aion_adapter_promote(adapters, bad, strlen(bad), &promotion, NULL, &none, &error);
  CHECK(strstr(aion_error_message(error, NULL), "that of the champion is") != NULL);
  CHECK_STATUS(status, AION_ERROR_CONFLICT);
  CHECK(none == NULL && is_current(adapters, champion));
  aion_control_t *control = aion_control_new();
  aion_control_cancel(control);
  CHECK_STATUS(aion_held_out_loss(held_out, NULL, 0, control, &alone, &error), AION_ERROR_CANCELLED);
  CHECK(alone == 0);
  aion_control_free(control);
  aion_adapter_version_free(champion);
  aion_adapters_free(adapters);
  aion_held_out_free(held_out);
  aion_held_out_free(NULL);

  set = inside("set.jsonl");
  options.epsilon = -1;
  CHECK_INVALID(aion_held_out_open(base, strlen(base), set, strlen(set), &options, NULL, &held_out, &error));
  CHECK(held_out == NULL);
  CHECK_STATUS(aion_held_out_open(base, strlen(base), "none", 4, NULL, NULL, &held_out, &error), AION_ERROR_NOT_FOUND);
  CHECK_INVALID(aion_held_out_loss(NULL, NULL, 0, NULL, &alone, &error));
  aion_lora_free(lora);
  remove_folder();
}

static void a_trainer_stays_with_its_process(void) {
  aion_error_t *error = NULL;
  aion_sequence_t batch = {IDS, NULL, 6};
  aion_lora_t *lora = new_trainer();
  CHECK_OK(aion_lora_step(lora, &batch, 1, NULL, NULL, &error));
  pid_t child = fork();
  if (child == 0) {
    aion_status_t status = aion_lora_step(lora, &batch, 1, NULL, NULL, NULL);
    aion_lora_free(lora);
    _exit(status == AION_ERROR_FORKED ? 0 : 1);
  }
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  aion_lora_free(lora);
}

const test_t LORA_TESTS[] = {
    {"a trainer learns token ids", a_trainer_learns_token_ids},
    {"a checkpoint goes on to the same bits", a_checkpoint_goes_on_to_the_same_bits},
    {"a set is trained on and promoted", a_set_is_trained_on_and_promoted},
    {"a worse adapter is not promoted", a_worse_adapter_is_not_promoted},
    {"a trainer stays with its process", a_trainer_stays_with_its_process},
    {NULL, NULL},
};
