/* Answers a few questions: by the local model where it is sure enough, and by a paid one where the budget allows it.
 *
 *     budget [LEDGER]
 *
 * LEDGER is a file that many processes may share; without it the books are in memory. Both models are made up.
 */
#include <aion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Micro-dollars for a million tokens: $2.50 of input, $10 of output. */
static const aion_price_t PRICE = {2500000, 10000000, 0};

static void stop_on(aion_status_t status, const aion_error_t *error) {
  if (status == AION_OK) return;
  fprintf(stderr, "%s\n", aion_error_message(error, NULL));
  exit(EXIT_FAILURE);
}

static int64_t cost_of(uint64_t input_tokens, uint64_t output_tokens) {
  aion_error_t *error = NULL;
  int64_t micro_usd = 0;
  stop_on(aion_price_cost(&PRICE, input_tokens, output_tokens, &micro_usd, &error), error);
  return micro_usd;
}

/* A provider would be asked here. False when it did not answer; then nobody knows what it will bill. */
static bool ask_provider(const char *question, uint32_t max_tokens, uint64_t *output_tokens) {
  *output_tokens = strlen(question) % max_tokens;
  return strstr(question, "time out") == NULL;
}

/* The one paid call that `grant` stands for. */
static void pay(const aion_grant_t *grant, const char *question, uint64_t input_tokens, uint32_t max_tokens) {
  aion_error_t *error = NULL;
  uint64_t output_tokens = 0;
  int64_t captured = 0;
  /* Before the bytes of the call leave: were this process to die now, all that is held would be captured. */
  stop_on(aion_grant_dispatched(grant, &error), error);
  if (!ask_provider(question, max_tokens, &output_tokens)) {
    printf("  no answer; all $%.6f that are held will be captured\n", (double)aion_grant_held(grant) / 1e6);
    return;
  }
  stop_on(aion_grant_settle(grant, cost_of(input_tokens, output_tokens), &captured, NULL, &error), error);
  printf("  paid $%.6f of the $%.6f that were held\n", (double)captured / 1e6, (double)aion_grant_held(grant) / 1e6);
}

static void answer(const aion_budget_t *budget, const char *question, double confidence) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL;
  uint32_t max_tokens = aion_budget_max_tokens_per_reply(budget);
  uint64_t input_tokens = strlen(question); /* a token is at least a byte */
  int64_t most = cost_of(input_tokens, max_tokens);
  stop_on(aion_budget_decide(budget, confidence, most, NULL, 0, &decision, &error), error);
  printf("%s\n  %s: %s\n", question, aion_decision_is_fallback(decision) ? "paid" : "local",
         aion_decision_explanation(decision, NULL));
  aion_grant_t *grant = aion_decision_take_grant(decision);
  if (grant != NULL) pay(grant, question, input_tokens, max_tokens);
  aion_grant_free(grant);
  aion_decision_free(decision);
}

int main(int count, char **arguments) {
  const char *ledger = count > 1 ? arguments[1] : "";
  aion_budget_policy_t *policy = aion_budget_policy_new();
  aion_budget_t *budget = NULL;
  aion_error_t *error = NULL;
  aion_budget_status_t status;
  int64_t daily = 0;
  stop_on(aion_usd_at_most("0.008", 5, &daily, &error), error);
  stop_on(aion_budget_policy_set_daily_micro_usd(policy, daily, &error), error);
  stop_on(aion_budget_open(ledger, strlen(ledger), policy, &budget, &error), error);
  aion_budget_policy_free(policy);

  answer(budget, "What is two and two?", 0.97);
  answer(budget, "What did the letter of Quillmoor promise?", 0.31);
  answer(budget, "What makes a provider time out?", 0.22);
  answer(budget, "And what is the meaning of that?", 0.08);

  stop_on(aion_budget_status(budget, &status, &error), error);
  printf("%s: $%.6f of $%.6f spent, $%.6f held\n", status.window, (double)status.spent_micro_usd / 1e6,
         (double)status.daily_micro_usd / 1e6, (double)status.held_micro_usd / 1e6);
  aion_budget_free(budget);
  return EXIT_SUCCESS;
}
