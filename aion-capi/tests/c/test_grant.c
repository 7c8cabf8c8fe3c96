/* The life of a grant, and the books that tell of it, in memory. */
#include "check.h"

static void a_grant_goes_only_forward(void) {
  aion_error_t *error = NULL;
  aion_budget_t *budget = open_budget("", 1000, AION_NO_HOURLY_LIMIT);
  int64_t captured = 7, overrun = 7;
  uint32_t state = 7;
  aion_grant_t *grant = granted(budget, 300);
  CHECK(aion_grant_held(grant) == 300 && stands_at(budget, 0, 300));
  CHECK_OK(aion_grant_state(grant, &state, &error));
  CHECK(state == AION_GRANT_HELD);
  CHECK_STATUS(aion_grant_settle(grant, 1, &captured, &overrun, &error), AION_ERROR_INVALID_STATE);
  CHECK(captured == 0 && overrun == 0);
  CHECK_OK(aion_grant_dispatched(grant, &error));
  CHECK_OK(aion_grant_state(grant, &state, &error));
  CHECK(state == AION_GRANT_DISPATCHED);
  CHECK_STATUS(aion_grant_dispatched(grant, &error), AION_ERROR_INVALID_STATE);
  CHECK_STATUS(aion_grant_release(grant, &error), AION_ERROR_INVALID_STATE);
  CHECK_INVALID(aion_grant_settle(grant, -5, NULL, NULL, &error));
  CHECK_INVALID(aion_grant_settle(grant, AION_COST_UNKNOWN, NULL, NULL, &error));
  CHECK_OK(aion_grant_settle(grant, 120, &captured, &overrun, &error));
  CHECK(captured == 120 && overrun == 0 && stands_at(budget, 120, 0));
  CHECK_STATUS(aion_grant_settle(grant, 120, NULL, NULL, &error), AION_ERROR_INVALID_STATE);
  CHECK_STATUS(aion_grant_state(grant, &state, &error), AION_ERROR_INVALID_STATE);
  CHECK(state == 0);
  CHECK_OK(aion_grant_end(grant, &error));
  aion_grant_free(grant);
  grant = granted(budget, 300);
  CHECK_OK(aion_grant_release(grant, &error));
  CHECK_STATUS(aion_grant_release(grant, &error), AION_ERROR_INVALID_STATE);
  CHECK_STATUS(aion_grant_dispatched(grant, &error), AION_ERROR_INVALID_STATE);
  aion_grant_free(grant);
  CHECK(stands_at(budget, 120, 0));
  aion_budget_free(budget);
}

static void a_bill_above_the_hold_is_told(void) {
  aion_error_t *error = NULL;
  aion_budget_t *budget = open_budget("", 1000, AION_NO_HOURLY_LIMIT);
  aion_decision_t *decision = NULL;
  aion_budget_status_t status;
  int64_t captured = 0, overrun = 0;
  aion_grant_t *grant = granted(budget, 800);
  CHECK_OK(aion_grant_dispatched(grant, &error));
  CHECK_OK(aion_grant_settle(grant, 1100, &captured, &overrun, &error));
  CHECK(captured == 1100 && overrun == 300);
  aion_grant_free(grant);
  CHECK_OK(aion_budget_status(budget, &status, &error));
  CHECK(status.overrun_micro_usd == 300 && status.remaining_micro_usd == 0 && status.spent_micro_usd == 1100);
  CHECK_OK(aion_budget_decide(budget, 0.1, 0, NULL, 0, &decision, &error));
  CHECK(strcmp(aion_decision_reason(decision, NULL), "daily_cap") == 0);
  aion_decision_free(decision);
  aion_budget_free(budget);
}

static void freeing_does_what_is_safe(void) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL;
  aion_budget_t *budget = open_budget("", 1000, AION_NO_HOURLY_LIMIT);
  aion_grant_free(granted(budget, 300));
  CHECK(stands_at(budget, 0, 0));
  CHECK_OK(aion_budget_decide(budget, 0.1, 300, NULL, 0, &decision, &error));
  CHECK(stands_at(budget, 0, 300));
  aion_decision_free(decision);
  CHECK(stands_at(budget, 0, 0));
  aion_grant_t *grant = granted(budget, 300);
  CHECK_OK(aion_grant_dispatched(grant, &error));
  aion_grant_free(grant);
  CHECK(stands_at(budget, 300, 0));
  grant = granted(budget, 300);
  CHECK_OK(aion_grant_dispatched(grant, &error));
  CHECK_OK(aion_grant_end(grant, &error));
  CHECK(stands_at(budget, 600, 0));
  aion_grant_free(grant);
  grant = granted(budget, 300);
  aion_budget_free(budget);
  CHECK_OK(aion_grant_dispatched(grant, &error));
  CHECK_OK(aion_grant_settle(grant, 1, NULL, NULL, &error));
  aion_grant_free(grant);
}

static void a_grant_is_taken_up_by_its_name_and_only_in_its_ledger(void) {
  aion_error_t *error = NULL;
  aion_grant_t *found = NULL, *foreign = NULL;
  aion_budget_t *budget = open_budget("", 1000, 9), *elsewhere = open_budget("", 1000, 9);
  aion_grant_t *grant = granted(budget, 100);
  size_t length = 0;
  const char *id = aion_grant_id(grant, &length);
  CHECK(strlen(id) == length);
  CHECK_OK(aion_budget_grant(budget, id, length, &found, &error));
  CHECK(aion_grant_held(found) == 100);
  CHECK_OK(aion_grant_dispatched(found, &error));
  aion_grant_free(found);
  CHECK(stands_at(budget, 0, 100));
  CHECK_INVALID(aion_budget_grant(elsewhere, id, length, &foreign, &error));
  CHECK_INVALID(aion_budget_grant(budget, "no name", 7, &foreign, &error));
  CHECK_INVALID(aion_budget_grant(budget, NULL, 0, &foreign, &error));
  CHECK_OK(aion_grant_settle(grant, 40, NULL, NULL, &error));
  CHECK_STATUS(aion_budget_grant(budget, id, length, &foreign, &error), AION_ERROR_INVALID_STATE);
  CHECK(foreign == NULL);
  aion_grant_free(grant);
  aion_budget_free(budget);
  aion_budget_free(elsewhere);
}

static void the_books_are_told(void) {
  aion_error_t *error = NULL;
  aion_text_t *text = NULL;
  aion_budget_status_t status;
  size_t count = 7;
  aion_budget_t *budget = open_budget("", 1000, 9);
  aion_grant_t *grant = granted(budget, 500);
  CHECK_OK(aion_grant_dispatched(grant, &error));
  CHECK_OK(aion_budget_status(budget, &status, &error));
  CHECK(strlen(status.window) == 10 && status.window[4] == '-' && strcmp(status.clock, "steady") == 0);
  CHECK(strcmp(status.ledger, "memory") == 0 && status.window_ends_ms > 0);
  CHECK(status.daily_micro_usd == 1000 && status.dispatched_micro_usd == 500 && status.held_micro_usd == 500);
  CHECK(status.remaining_micro_usd == 500 && status.overrun_micro_usd == 0);
  CHECK(status.fallbacks_last_hour == 1 && status.max_fallbacks_per_hour == 9);
  CHECK_OK(aion_grant_settle(grant, 200, NULL, NULL, &error));
  CHECK_OK(aion_budget_confirm_clock(budget, &error));
  CHECK_OK(aion_budget_sweep(budget, &count, &error));
  CHECK(count == 0);
  CHECK_OK(aion_budget_sweep(budget, NULL, &error));

  CHECK_OK(aion_budget_journal_json(budget, 0, 100, &text, &error));
  const char *journal = aion_text_data(text, NULL);
  CHECK(strstr(journal, "\"held\"") != NULL && strstr(journal, aion_grant_id(grant, NULL)) != NULL);
  CHECK(strstr(journal, "\"captured_micro_usd\":200") != NULL && strstr(journal, "policy_hash") != NULL);
  CHECK(strstr(journal, "\"clock_confirmed\"") != NULL);
  aion_text_free(text);
  CHECK_OK(aion_budget_journal_json(budget, 1, 1, &text, &error));
  CHECK(strstr(aion_text_data(text, NULL), "\"dispatched\"") != NULL);
  CHECK(strstr(aion_text_data(text, NULL), "\"settled\"") == NULL);
  aion_text_free(text);
  CHECK_OK(aion_budget_journal_json(budget, INT64_MAX, (size_t)-1, &text, &error));
  CHECK(strcmp(aion_text_data(text, NULL), "[]") == 0);
  aion_text_free(text);
  CHECK_OK(aion_budget_audit(budget, &count, &text, &error));
  CHECK(count == 0 && strstr(aion_text_data(text, NULL), "\"problems\":[]") != NULL);
  aion_text_free(text);
  aion_grant_free(grant);
  aion_budget_free(budget);
}

const test_t GRANT_TESTS[] = {
    {"a grant goes only forward", a_grant_goes_only_forward},
    {"a bill above the hold is told", a_bill_above_the_hold_is_told},
    {"freeing does what is safe", freeing_does_what_is_safe},
    {"a grant is taken up by its name and only in its ledger", a_grant_is_taken_up_by_its_name_and_only_in_its_ledger},
    {"the books are told", the_books_are_told},
    {NULL, NULL},
};
