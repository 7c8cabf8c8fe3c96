/* The budget: money, its policy, and its decisions, in memory. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdlib.h>

#include "check.h"

aion_budget_t *open_budget(const char *path, int64_t daily_micro_usd, uint32_t hourly) {
  aion_error_t *error = NULL;
  aion_budget_t *budget = NULL;
  aion_budget_policy_t *policy = aion_budget_policy_new();
  CHECK_OK(aion_budget_policy_set_daily_micro_usd(policy, daily_micro_usd, &error));
  CHECK_OK(aion_budget_policy_set_max_fallbacks_per_hour(policy, hourly, &error));
  CHECK_OK(aion_budget_policy_set_grace_ms(policy, 0, &error));
  CHECK_OK(aion_budget_open(path, strlen(path), policy, &budget, &error));
  aion_budget_policy_free(policy);
  return budget;
}

aion_grant_t *granted(const aion_budget_t *budget, int64_t cost_micro_usd) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL;
  CHECK_OK(aion_budget_decide(budget, 0.1, cost_micro_usd, NULL, 0, &decision, &error));
  aion_grant_t *grant = aion_decision_take_grant(decision);
  CHECK(grant != NULL && aion_decision_take_grant(decision) == NULL);
  aion_decision_free(decision);
  return grant;
}

bool stands_at(const aion_budget_t *budget, int64_t spent, int64_t held) {
  aion_error_t *error = NULL;
  aion_budget_status_t status;
  size_t problems = 7;
  bool is_told = CHECK_OK(aion_budget_status(budget, &status, &error));
  bool is_clean = CHECK_OK(aion_budget_audit(budget, &problems, NULL, &error)) && problems == 0;
  return is_told && is_clean && status.spent_micro_usd == spent && status.held_micro_usd == held;
}

/* Whether a call that costs `cost` is decided for this reason, and its record says so too. */
static bool decides(const aion_budget_t *budget, double confidence, int64_t cost, const char *reason) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL, *again = NULL;
  size_t length = 0;
  bool holds = CHECK_OK(aion_budget_decide(budget, confidence, cost, NULL, 0, &decision, &error));
  holds &= CHECK(strcmp(aion_decision_reason(decision, &length), reason) == 0 && length == strlen(reason));
  holds &= CHECK(aion_decision_is_fallback(decision) == (strcmp(reason, "granted") == 0));
  const char *record = aion_decision_record_json(decision, &length);
  holds &= CHECK(strlen(record) == length && strstr(record, reason) != NULL);
  holds &= CHECK_OK(aion_replay_decision(record, length, &again, &error));
  holds &= CHECK(strcmp(aion_decision_reason(again, NULL), reason) == 0);
  holds &= CHECK(strcmp(aion_decision_record_json(again, NULL), record) == 0);
  holds &= CHECK(strcmp(aion_decision_explanation(again, NULL), aion_decision_explanation(decision, NULL)) == 0);
  holds &= CHECK(aion_decision_take_grant(again) == NULL);
  aion_decision_free(again);
  aion_decision_free(decision);
  return holds;
}

static void money_is_rounded_away_from_the_purse(void) {
  aion_error_t *error = NULL;
  aion_price_t price = {150000, 600000, 0}, wrong = {-1, 0, 0};
  int64_t micros = 7;
  CHECK_OK(aion_usd_at_least("0.0123451", 9, &micros, &error));
  CHECK(micros == 12346);
  CHECK_OK(aion_usd_at_most("0.0123451", 9, &micros, &error));
  CHECK(micros == 12345);
  CHECK_OK(aion_usd_at_most("-3", 2, &micros, &error));
  CHECK(micros == 0);
  const char *const none[] = {"", "-1", "NaN", "1,5", "2000000000"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    micros = 7;
    CHECK_INVALID(aion_usd_at_least(none[i], strlen(none[i]), &micros, &error));
    CHECK(micros == 0);
  }
  CHECK_OK(aion_price_cost(&price, 1000, 400, &micros, &error));
  CHECK(micros == 390);
  price.per_call = 5;
  CHECK_OK(aion_price_cost(&price, 1, 0, &micros, &error));
  CHECK(micros == 6);
  CHECK_INVALID(aion_price_cost(&wrong, 1, 1, &micros, &error));
  CHECK_INVALID(aion_price_cost(&price, UINT64_MAX, UINT64_MAX, &micros, &error));
  CHECK(micros == 0);
}

static void a_policy_is_checked_when_a_budget_is_opened(void) {
  aion_error_t *error = NULL;
  aion_budget_t *budget = NULL;
  aion_budget_policy_t *policy = aion_budget_policy_new();
  CHECK_INVALID(aion_budget_policy_set_daily_micro_usd(policy, -1, &error));
  CHECK_INVALID(aion_budget_policy_set_daily_micro_usd(policy, INT64_MAX, &error));
  CHECK_INVALID(aion_budget_policy_set_timezone(policy, "\xff", 1, &error));
  CHECK_INVALID(aion_budget_policy_set_after_reboot(policy, "hope", 4, &error));
  CHECK_OK(aion_budget_policy_set_timezone(policy, "Mars/Olympus", 12, &error));
  aion_status_t status = aion_budget_open(NULL, 0, policy, &budget, &error);
  CHECK(error != NULL && strstr(aion_error_message(error, NULL), "Mars/Olympus") != NULL);
  CHECK_INVALID(status);
  CHECK_OK(aion_budget_policy_set_timezone(policy, NULL, 0, &error));
  const double wrong[] = {-0.1, 1.1, NAN, INFINITY};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CHECK_OK(aion_budget_policy_set_confidence_threshold(policy, wrong[i], &error));
    CHECK_INVALID(aion_budget_open(NULL, 0, policy, &budget, &error));
  }
  CHECK_OK(aion_budget_policy_set_confidence_threshold(policy, 0.5, &error));
  CHECK_OK(aion_budget_policy_set_max_tokens_per_reply(policy, 0, &error));
  CHECK_INVALID(aion_budget_open(NULL, 0, policy, &budget, &error));
  CHECK_OK(aion_budget_policy_set_max_tokens_per_reply(policy, 250, &error));
  CHECK_INVALID(aion_budget_open("a\0b", 3, policy, &budget, &error));
  CHECK(budget == NULL);

  CHECK_OK(aion_budget_policy_set_timezone(policy, "America/Sao_Paulo", 17, &error));
  CHECK_OK(aion_budget_policy_set_after_reboot(policy, "strict", 6, &error));
  CHECK_OK(aion_budget_policy_set_clock_tolerance_ms(policy, 1000, &error));
  CHECK_OK(aion_budget_policy_set_patience_ms(policy, 100, &error));
  CHECK_OK(aion_budget_policy_set_grace_ms(policy, 1000, &error));
  CHECK_OK(aion_budget_open(NULL, 0, policy, &budget, &error));
  aion_budget_policy_free(policy);
  CHECK(aion_budget_max_tokens_per_reply(budget) == 250);
  CHECK(decides(budget, 0.5, 1, "confident") && decides(budget, 0.49, 1, "granted"));
  aion_budget_free(budget);
}

static void the_environment_is_read_only_when_it_is_asked_for(void) {
  aion_error_t *error = NULL;
  aion_budget_t *budget = NULL;
  aion_budget_policy_t *policy = NULL;
  CHECK_OK(aion_budget_policy_from_env(&policy, &error));
  CHECK_OK(aion_budget_open(NULL, 0, policy, &budget, &error));
  CHECK(decides(budget, 0.1, 1, "disabled"));
  aion_budget_free(budget);
  aion_budget_policy_free(policy);
  setenv("USE_OPENAI", "true", 1);
  setenv("OPENAI_MAX_DAILY_USD", "0.25", 1);
  setenv("OPENAI_MAX_TOKENS_PER_REPLY", "99", 1);
  setenv("AION_CONFIDENCE_THRESHOLD", "0.9", 1);
  setenv("AION_MAX_FALLBACKS_PER_HOUR", "0", 1);
  CHECK_OK(aion_budget_policy_from_env(&policy, &error));
  CHECK_OK(aion_budget_open(NULL, 0, policy, &budget, &error));
  aion_budget_policy_free(policy);
  aion_budget_status_t status;
  CHECK_OK(aion_budget_status(budget, &status, &error));
  CHECK(status.daily_micro_usd == 250000 && status.max_fallbacks_per_hour == AION_NO_HOURLY_LIMIT);
  CHECK(aion_budget_max_tokens_per_reply(budget) == 99 && decides(budget, 0.8, 1, "granted"));
  aion_budget_free(budget);
  setenv("OPENAI_MAX_DAILY_USD", "lots", 1);
  aion_status_t refused = aion_budget_policy_from_env(&policy, &error);
  CHECK(error != NULL && strstr(aion_error_message(error, NULL), "OPENAI_MAX_DAILY_USD") != NULL);
  CHECK_INVALID(refused);
  CHECK(policy == NULL);
  unsetenv("USE_OPENAI");
  unsetenv("OPENAI_MAX_DAILY_USD");
  unsetenv("OPENAI_MAX_TOKENS_PER_REPLY");
  unsetenv("AION_CONFIDENCE_THRESHOLD");
  unsetenv("AION_MAX_FALLBACKS_PER_HOUR");
}

static void each_decision_has_its_reason_and_its_record_makes_it_again(void) {
  aion_error_t *error = NULL;
  aion_budget_t *off = NULL;
  aion_budget_t *budget = open_budget("", 1000, 2);
  CHECK(decides(budget, 0.62, 400, "confident") && decides(budget, 0.61, AION_COST_UNKNOWN, "unknown_price"));
  CHECK(decides(budget, 0.61, 1001, "daily_cap") && decides(budget, 0.61, 400, "granted"));
  aion_grant_t *first = granted(budget, 400), *second = granted(budget, 500);
  CHECK(decides(budget, 0.1, 101, "daily_cap") && decides(budget, 0.1, 1, "hourly_cap"));
  aion_grant_free(second);
  CHECK(decides(budget, 0.1, 600, "granted"));
  aion_grant_free(first);
  CHECK(stands_at(budget, 0, 0));
  aion_budget_free(budget);
  aion_budget_policy_t *policy = aion_budget_policy_new();
  CHECK_OK(aion_budget_policy_set_enabled(policy, false, &error));
  CHECK_OK(aion_budget_open(NULL, 0, policy, &off, &error));
  CHECK(decides(off, 0.1, 1, "disabled"));
  aion_budget_free(off);
  aion_budget_policy_free(policy);
}

static void a_record_that_was_changed_is_no_record(void) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL, *again = NULL;
  aion_budget_t *budget = open_budget("", 1000, 2);
  CHECK_OK(aion_budget_decide(budget, 0.1, 1, NULL, 0, &decision, &error));
  char changed[4096] = "";
  size_t length = 0;
  const char *record = aion_decision_record_json(decision, &length);
  CHECK(length < sizeof changed);
  memcpy(changed, record, length);
  char *cap = strstr(changed, "\"daily_micro_usd\":1000");
  if (CHECK(cap != NULL)) cap[strlen("\"daily_micro_usd\":")] = '9';
  CHECK_STATUS(aion_replay_decision(changed, length, &again, &error), AION_ERROR_INVALID_INPUT);
  CHECK_STATUS(aion_replay_decision(record, length / 2, &again, &error), AION_ERROR_INVALID_INPUT);
  CHECK_STATUS(aion_replay_decision("{}", 2, &again, &error), AION_ERROR_INVALID_INPUT);
  CHECK(again == NULL);
  aion_decision_free(decision);
  aion_budget_free(budget);
}

static void a_key_gives_its_answer_again(void) {
  aion_error_t *error = NULL;
  aion_decision_t *first = NULL, *again = NULL, *other = NULL;
  aion_budget_t *budget = open_budget("", 1000, AION_NO_HOURLY_LIMIT);
  CHECK_OK(aion_budget_decide(budget, 0.1, 600, "job 7", 5, &first, &error));
  CHECK_OK(aion_budget_decide(budget, 0.1, 600, "job 7", 5, &again, &error));
  CHECK(strcmp(aion_decision_record_json(first, NULL), aion_decision_record_json(again, NULL)) == 0);
  aion_grant_t *grant = aion_decision_take_grant(first), *same = aion_decision_take_grant(again);
  CHECK(strcmp(aion_grant_id(grant, NULL), aion_grant_id(same, NULL)) == 0);
  aion_grant_free(same);
  CHECK(stands_at(budget, 0, 600));
  CHECK_STATUS(aion_budget_decide(budget, 0.1, 601, "job 7", 5, &other, &error), AION_ERROR_CONFLICT);
  CHECK_STATUS(aion_budget_decide(budget, 0.2, 600, "job 7", 5, &other, &error), AION_ERROR_CONFLICT);
  CHECK_INVALID(aion_budget_decide(budget, 0.1, 600, "\xff", 1, &other, &error));
  CHECK(other == NULL);
  aion_grant_free(grant);
  aion_decision_free(first);
  aion_decision_free(again);
  aion_budget_free(budget);
}

static void what_can_not_be_asked_is_refused(void) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL;
  aion_budget_t *budget = open_budget("", 1000, 9);
  const double wrong[] = {-0.1, 1.1, NAN, INFINITY};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CHECK_INVALID(aion_budget_decide(budget, wrong[i], 1, NULL, 0, &decision, &error));
  }
  CHECK_INVALID(aion_budget_decide(budget, 0.1, -2, NULL, 0, &decision, &error));
  CHECK_INVALID(aion_budget_decide(budget, 0.1, INT64_MIN, NULL, 0, &decision, &error));
  CHECK_INVALID(aion_budget_decide(budget, 0.1, INT64_MAX, NULL, 0, &decision, &error));
  CHECK_INVALID(aion_budget_decide(budget, 0.1, 1, NULL, 3, &decision, &error));
  CHECK_INVALID(aion_budget_decide(budget, 0.1, 1, NULL, 0, NULL, &error));
  CHECK(aion_budget_decide(budget, 2.0, 1, NULL, 0, &decision, NULL) == AION_ERROR_INVALID_ARGUMENT);
  CHECK(decision == NULL && stands_at(budget, 0, 0));
  aion_budget_free(budget);
}

static void null_is_refused_or_answered_with_nothing(void) {
  aion_error_t *error = NULL;
  aion_budget_t *budget = NULL;
  aion_decision_t *decision = NULL;
  aion_grant_t *grant = NULL;
  aion_text_t *text = NULL;
  aion_budget_status_t status;
  aion_price_t price = {0, 0, 0};
  int64_t micros = 0;
  size_t count = 7;
  uint32_t state = 7;
  aion_budget_free(NULL);
  aion_budget_policy_free(NULL);
  aion_decision_free(NULL);
  aion_grant_free(NULL);
  CHECK(!aion_decision_is_fallback(NULL) && aion_decision_reason(NULL, &count) == NULL && count == 0);
  CHECK(aion_decision_explanation(NULL, NULL) == NULL && aion_decision_record_json(NULL, NULL) == NULL);
  CHECK(aion_decision_take_grant(NULL) == NULL && aion_grant_id(NULL, NULL) == NULL);
  CHECK(aion_grant_held(NULL) == 0 && aion_budget_max_tokens_per_reply(NULL) == 0);
  CHECK_INVALID(aion_usd_at_least(NULL, 3, &micros, &error));
  CHECK_INVALID(aion_usd_at_least("1", 1, NULL, &error));
  CHECK_INVALID(aion_price_cost(NULL, 1, 1, &micros, &error));
  CHECK_INVALID(aion_price_cost(&price, 1, 1, NULL, &error));
  CHECK_INVALID(aion_budget_policy_from_env(NULL, &error));
  CHECK_INVALID(aion_budget_policy_set_enabled(NULL, true, &error));
  CHECK_INVALID(aion_budget_policy_set_timezone(NULL, "UTC", 3, &error));
  CHECK_INVALID(aion_budget_open(NULL, 0, NULL, NULL, &error));
  CHECK_INVALID(aion_budget_open(NULL, 4, NULL, &budget, &error));
  CHECK_INVALID(aion_budget_decide(NULL, 0.1, 1, NULL, 0, &decision, &error));
  CHECK_INVALID(aion_replay_decision(NULL, 4, &decision, &error));
  CHECK_INVALID(aion_budget_status(NULL, &status, &error));
  CHECK_INVALID(aion_budget_sweep(NULL, &count, &error));
  CHECK_INVALID(aion_budget_confirm_clock(NULL, &error));
  CHECK_INVALID(aion_budget_audit(NULL, &count, &text, &error));
  CHECK_INVALID(aion_budget_journal_json(NULL, 0, 1, &text, &error));
  CHECK_INVALID(aion_budget_grant(NULL, "0-1", 3, &grant, &error));
  CHECK_INVALID(aion_grant_state(NULL, &state, &error));
  CHECK_INVALID(aion_grant_dispatched(NULL, &error));
  CHECK_INVALID(aion_grant_settle(NULL, 1, NULL, NULL, &error));
  CHECK_INVALID(aion_grant_release(NULL, &error));
  CHECK_INVALID(aion_grant_end(NULL, &error));
  CHECK(budget == NULL && decision == NULL && grant == NULL && text == NULL && count == 0 && state == 0);
  CHECK_OK(aion_budget_open(NULL, 0, NULL, &budget, &error));
  CHECK_INVALID(aion_budget_status(budget, NULL, &error));
  CHECK_INVALID(aion_budget_audit(budget, NULL, NULL, &error));
  CHECK_INVALID(aion_budget_journal_json(budget, 0, 1, NULL, &error));
  aion_budget_free(budget);
}

const test_t BUDGET_TESTS[] = {
    {"money is rounded away from the purse", money_is_rounded_away_from_the_purse},
    {"a policy is checked when a budget is opened", a_policy_is_checked_when_a_budget_is_opened},
    {"the environment is read only when it is asked for", the_environment_is_read_only_when_it_is_asked_for},
    {"each decision has its reason and its record makes it again",
     each_decision_has_its_reason_and_its_record_makes_it_again},
    {"a record that was changed is no record", a_record_that_was_changed_is_no_record},
    {"a key gives its answer again", a_key_gives_its_answer_again},
    {"what can not be asked is refused", what_can_not_be_asked_is_refused},
    {"NULL is refused or answered with nothing", null_is_refused_or_answered_with_nothing},
    {NULL, NULL},
};
