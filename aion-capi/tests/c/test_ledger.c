/* A budget that is shared: by threads, by handles on one file, by processes, and across a fork. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

/* A folder for one ledger file. */
typedef struct {
  char folder[64], file[80];
} place_t;

static place_t new_place(void) {
  place_t place;
  snprintf(place.folder, sizeof place.folder, "/tmp/aion-ledger-XXXXXX");
  CHECK(mkdtemp(place.folder) != NULL);
  snprintf(place.file, sizeof place.file, "%s/ledger.db", place.folder);
  return place;
}

static void remove_place(const place_t *place) {
  const char *const endings[] = {"", "-wal", "-shm"};
  char file[96];
  for (size_t i = 0; i < 3; i++) {
    snprintf(file, sizeof file, "%s%s", place->file, endings[i]);
    unlink(file);
  }
  CHECK(rmdir(place->folder) == 0);
}

static bool reason_is(const aion_budget_t *budget, int64_t cost, const char *reason) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL;
  bool holds = CHECK_OK(aion_budget_decide(budget, 0.1, cost, NULL, 0, &decision, &error)) &&
               strcmp(aion_decision_reason(decision, NULL), reason) == 0;
  aion_decision_free(decision);
  return holds;
}

enum { THREADS = 6, CALLS = 30, CAP = 2000 };

typedef struct {
  const aion_budget_t *budget;
  int64_t spent;
  int failures;
} spender_t;

static void *spend(void *argument) {
  spender_t *spender = (spender_t *)argument;
  for (int call = 0; call < CALLS; call++) {
    aion_decision_t *decision = NULL;
    int64_t captured = 0, hold = 20 + call % 7;
    spender->failures += aion_budget_decide(spender->budget, 0.1, hold, NULL, 0, &decision, NULL) != AION_OK;
    aion_grant_t *grant = aion_decision_take_grant(decision);
    aion_decision_free(decision);
    if (grant == NULL) continue;
    spender->failures += aion_grant_dispatched(grant, NULL) != AION_OK;
    if (call % 3 == 0) {
      captured = hold; /* nobody tells what it cost */
    } else {
      spender->failures += aion_grant_settle(grant, hold - 1, &captured, NULL, NULL) != AION_OK;
    }
    spender->spent += captured;
    aion_grant_free(grant);
  }
  return NULL;
}

static void spend_together(const char *path) {
  aion_budget_t *budget = open_budget(path, CAP, AION_NO_HOURLY_LIMIT);
  pthread_t threads[THREADS];
  spender_t spenders[THREADS];
  int64_t spent = 0;
  for (size_t i = 0; i < THREADS; i++) {
    spenders[i].budget = budget;
    spenders[i].spent = spenders[i].failures = 0;
    CHECK(pthread_create(&threads[i], NULL, spend, &spenders[i]) == 0);
  }
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    CHECK(spenders[i].failures == 0);
    spent += spenders[i].spent;
  }
  CHECK(spent > CAP - 30 && spent <= CAP && stands_at(budget, spent, 0));
  aion_budget_free(budget);
}

static void threads_together_never_pass_the_cap(void) {
  place_t place = new_place();
  spend_together("");
  spend_together(place.file);
  remove_place(&place);
}

static void handles_on_one_file_share_its_money(void) {
  aion_error_t *error = NULL;
  aion_grant_t *found = NULL;
  aion_budget_status_t status;
  uint32_t state = 0;
  place_t place = new_place();
  aion_budget_t *one = open_budget(place.file, 1000, 9), *other = open_budget(place.file, 1000, 9);
  aion_grant_t *grant = granted(one, 700);
  CHECK(stands_at(other, 0, 700) && reason_is(other, 400, "daily_cap"));
  CHECK_OK(aion_budget_status(other, &status, &error));
  CHECK(strcmp(status.ledger, "sqlite") == 0);
  CHECK_OK(aion_budget_grant(other, aion_grant_id(grant, NULL), strlen(aion_grant_id(grant, NULL)), &found, &error));
  CHECK_OK(aion_grant_dispatched(found, &error));
  CHECK_STATUS(aion_grant_dispatched(grant, &error), AION_ERROR_INVALID_STATE);
  CHECK_OK(aion_grant_settle(grant, 100, NULL, NULL, &error));
  CHECK_OK(aion_grant_state(found, &state, &error));
  CHECK(state == AION_GRANT_SETTLED);
  CHECK_STATUS(aion_grant_settle(found, 100, NULL, NULL, &error), AION_ERROR_INVALID_STATE);
  aion_grant_free(grant);
  aion_grant_free(found);
  grant = granted(other, 1);
  CHECK_OK(aion_grant_release(grant, &error));
  CHECK_OK(aion_grant_state(grant, &state, &error));
  CHECK(state == AION_GRANT_RELEASED);
  aion_grant_free(grant);
  aion_budget_free(one);
  aion_budget_free(other);
  one = open_budget(place.file, 1000, 9);
  CHECK(stands_at(one, 100, 0) && reason_is(one, 901, "daily_cap") && reason_is(one, 900, "granted"));
  aion_budget_free(one);
  remove_place(&place);
}

static void a_ledger_that_can_not_be_used_pays_nothing(void) {
  aion_error_t *error = NULL;
  aion_budget_status_t status;
  aion_text_t *text = NULL;
  size_t count = 7;
  aion_budget_t *budget = open_budget("/does/not/exist/ledger.db", 1000, 9);
  CHECK(reason_is(budget, 1, "ledger_unavailable"));
  aion_status_t answer = aion_budget_status(budget, &status, &error);
  CHECK(aion_error_is_retryable(error) && strcmp(aion_error_kind(error, NULL), "unavailable") == 0);
  CHECK_STATUS(answer, AION_ERROR_UNAVAILABLE);
  CHECK_STATUS(aion_budget_sweep(budget, &count, &error), AION_ERROR_UNAVAILABLE);
  CHECK_STATUS(aion_budget_confirm_clock(budget, &error), AION_ERROR_UNAVAILABLE);
  CHECK_STATUS(aion_budget_audit(budget, &count, &text, &error), AION_ERROR_UNAVAILABLE);
  CHECK_STATUS(aion_budget_journal_json(budget, 0, 1, &text, &error), AION_ERROR_UNAVAILABLE);
  CHECK(count == 0 && text == NULL);
  aion_budget_free(budget);
}

/* Runs `work` in a child, and gives whether it ended well within some seconds. */
static bool in_child(int (*work)(const place_t *, aion_budget_t *, aion_grant_t *), const place_t *place,
                     aion_budget_t *budget, aion_grant_t *grant) {
  int status = -1;
  fflush(stdout);
  double begin = seconds();
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    int result = work(place, budget, grant);
    fflush(stdout);
    _exit(result);
  }
  return CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) &&
         CHECK(seconds() - begin < 5.0);
}

/* In the child: 0 when everything that its parent opened answers as it should. */
static int use_after_fork(const place_t *place, aion_budget_t *budget, aion_grant_t *grant) {
  aion_error_t *error = NULL;
  aion_decision_t *decision = NULL;
  aion_grant_t *found = NULL;
  aion_text_t *text = NULL;
  aion_budget_status_t status;
  size_t count = 0, length = 0;
  uint32_t state = 0;
  const char *id = aion_grant_id(grant, &length);
  (void)place;
  bool holds = CHECK_STATUS(aion_budget_decide(budget, 0.1, 1, NULL, 0, &decision, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_budget_decide(budget, 0.1, 1, "key", 3, &decision, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_budget_status(budget, &status, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_budget_sweep(budget, &count, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_budget_confirm_clock(budget, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_budget_audit(budget, &count, &text, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_budget_journal_json(budget, 0, 1, &text, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_budget_grant(budget, id, length, &found, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_grant_state(grant, &state, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_grant_dispatched(grant, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_grant_settle(grant, 1, NULL, NULL, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_grant_release(grant, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_grant_end(grant, &error), AION_ERROR_FORKED);
  aion_grant_free(grant);
  aion_budget_free(budget);
  return holds ? 0 : 1;
}

/* In the child, which opens the file of its parent anew: the parent's grant is there, and more can be granted. */
static int open_anew(const place_t *place, aion_budget_t *budget, aion_grant_t *grant) {
  aion_error_t *error = NULL;
  aion_grant_t *parents = NULL;
  size_t length = 0;
  const char *id = aion_grant_id(grant, &length);
  (void)budget;
  aion_budget_t *fresh = open_budget(place->file, 1000, 9);
  bool holds = CHECK(stands_at(fresh, 0, 600) && reason_is(fresh, 401, "daily_cap"));
  holds &= CHECK_OK(aion_budget_grant(fresh, id, length, &parents, &error));
  aion_grant_free(parents);
  aion_grant_t *mine = granted(fresh, 10);
  holds &= CHECK_OK(aion_grant_dispatched(mine, &error)) && CHECK_OK(aion_grant_settle(mine, 7, NULL, NULL, &error));
  aion_grant_free(mine);
  aion_budget_free(fresh);
  return holds ? 0 : 1;
}

/* In the child, which ends as many do: exit handlers run, and nothing was freed. */
static int just_exit(const place_t *place, aion_budget_t *budget, aion_grant_t *grant) {
  (void)place, (void)budget, (void)grant;
  exit(0);
}

static void a_child_harms_nothing_and_may_open_the_file_anew(void) {
  aion_error_t *error = NULL;
  uint32_t state = 0;
  place_t place = new_place();
  const char *const paths[] = {"", place.file};
  free_engine(); /* its threads are not in a child, where what they own would count as leaked at the exit */
  for (size_t i = 0; i < 2; i++) {
    aion_budget_t *budget = open_budget(paths[i], 1000, 9);
    aion_grant_t *grant = granted(budget, 600);
    int64_t spent = i == 0 ? 0 : 7;
    CHECK_OK(aion_grant_dispatched(grant, &error));
    CHECK(in_child(use_after_fork, &place, budget, grant) && in_child(just_exit, &place, budget, grant));
    if (i == 1) CHECK(in_child(open_anew, &place, budget, grant));
    CHECK(stands_at(budget, spent, 600));
    CHECK_OK(aion_grant_state(grant, &state, &error));
    CHECK(state == AION_GRANT_DISPATCHED);
    CHECK_OK(aion_grant_settle(grant, 500, NULL, NULL, &error));
    aion_grant_free(grant);
    CHECK(stands_at(budget, 500 + spent, 0));
    aion_budget_free(budget);
  }
  remove_place(&place);
}

/* In the child, which dies with money in its hands. */
static int die_with_grants(const place_t *place, aion_budget_t *budget, aion_grant_t *grant) {
  (void)budget, (void)grant;
  aion_budget_t *fresh = open_budget(place->file, 1000, 9);
  granted(fresh, 100);
  _exit(aion_grant_dispatched(granted(fresh, 200), NULL) == AION_OK ? 0 : 1);
}

static void the_grants_of_a_process_that_died_are_ended(void) {
  aion_error_t *error = NULL;
  size_t ended = 0;
  place_t place = new_place();
  aion_budget_t *budget = open_budget(place.file, 1000, 9);
  aion_grant_t *mine = granted(budget, 50);
  CHECK(in_child(die_with_grants, &place, budget, mine));
  CHECK(stands_at(budget, 0, 350));
  CHECK_OK(aion_budget_sweep(budget, &ended, &error));
  CHECK(ended == 2 && stands_at(budget, 200, 50));
  aion_grant_free(mine);
  CHECK(stands_at(budget, 200, 0));
  aion_budget_free(budget);
  remove_place(&place);
}

const test_t LEDGER_TESTS[] = {
    {"threads together never pass the cap", threads_together_never_pass_the_cap},
    {"handles on one file share its money", handles_on_one_file_share_its_money},
    {"a ledger that can not be used pays nothing", a_ledger_that_can_not_be_used_pays_nothing},
    {"a child harms nothing and may open the file anew", a_child_harms_nothing_and_may_open_the_file_anew},
    {"the grants of a process that died are ended", the_grants_of_a_process_that_died_are_ended},
    {NULL, NULL},
};
