/* The life of a crawl: pulled to its end, waited for, cancelled, freed on the way, shared, forked. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "site.h"

static void a_crawl_is_pulled_to_its_end(void) {
  aion_error_t *error = NULL;
  aion_page_t *page = NULL;
  aion_crawl_options_t *options = site_options();
  aion_crawl_t *crawl = site_crawl("/", options, NULL);
  aion_crawl_options_free(options);
  int pages = 0, depths = 0;
  while (aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error) == AION_OK && page != NULL) {
    CHECK(aion_page_status(page) == 200 && !aion_crawl_has_ended(crawl));
    pages++;
    depths += (int)aion_page_depth(page);
    aion_page_free(page);
  }
  CHECK(error == NULL && pages == 4 && depths == 3);
  CHECK(aion_crawl_has_ended(crawl) && site_hits("/secret") == 0 && site_hits("/login") == 0);
  CHECK_OK(aion_crawl_next(crawl, 0, &page, &error)); /* the end stays the end */
  CHECK(page == NULL);
  aion_crawl_free(crawl);
}

static void no_page_yet_is_not_the_end(void) {
  aion_error_t *error = NULL;
  aion_crawl_options_t *options = site_options();
  aion_crawl_t *crawl = site_crawl("/silent", options, NULL);
  aion_page_t *page = NULL;
  double begin = seconds();
  CHECK_OK(aion_crawl_next(crawl, 100, &page, &error));
  CHECK(page == NULL && !aion_crawl_has_ended(crawl) && seconds() - begin >= 0.1);
  CHECK_OK(aion_crawl_next(crawl, 0, &page, &error));
  CHECK(page == NULL && !aion_crawl_has_ended(crawl) && seconds() - begin < 2.0);
  begin = seconds();
  aion_crawl_free(crawl);
  CHECK(seconds() - begin < 1.0);
  aion_crawl_options_free(options);
}

typedef struct {
  const aion_control_t *control;
  double at;
} cancel_t;

static void *cancel_soon(void *argument) {
  cancel_t *cancel = (cancel_t *)argument;
  sleep_ms(150);
  cancel->at = seconds();
  aion_control_cancel(cancel->control);
  return NULL;
}

static void another_thread_cancels_a_crawl(void) {
  aion_error_t *error = NULL;
  aion_page_t *page = NULL;
  aion_control_t *control = aion_control_new();
  aion_crawl_options_t *options = site_options();
  aion_crawl_t *crawl = site_crawl("/silent", options, control);
  cancel_t cancel = {control, 0.0};
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, cancel_soon, &cancel) == 0);
  CHECK_STATUS(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error), AION_ERROR_CANCELLED);
  double answered = seconds();
  pthread_join(thread, NULL);
  CHECK(answered - cancel.at < 0.2 && page == NULL && aion_crawl_has_ended(crawl));
  CHECK_STATUS(aion_crawl_next(crawl, 0, &page, &error), AION_ERROR_CANCELLED);
  aion_crawl_free(crawl);
  crawl = NULL;
  const char *seed = site_url("/");
  CHECK_STATUS(aion_crawl_start(engine(), seed, strlen(seed), options, control, &crawl, &error), AION_ERROR_CANCELLED);
  CHECK(crawl == NULL);
  aion_control_free(control);
  aion_crawl_options_free(options);
}

static void a_timeout_is_that_of_the_whole_crawl(void) {
  aion_error_t *error = NULL;
  aion_page_t *page = NULL;
  aion_control_t *control = aion_control_new();
  aion_crawl_options_t *options = site_options();
  aion_control_set_timeout_ms(control, 200);
  aion_crawl_t *crawl = site_crawl("/silent", options, control);
  aion_control_free(control); /* the crawl has its own share of it */
  CHECK_STATUS(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error), AION_ERROR_DEADLINE_EXCEEDED);
  CHECK(aion_crawl_has_ended(crawl));
  aion_crawl_free(crawl);
  aion_crawl_options_free(options);
}

static void a_crawl_is_freed_on_the_way_and_outlives_its_engine(void) {
  aion_error_t *error = NULL;
  aion_engine_t *made = NULL;
  aion_crawl_t *crawl = NULL;
  aion_crawl_options_t *options = site_options();
  const char *seed = site_url("/tree/1");
  CHECK_OK(aion_engine_new(NULL, &made, &error));
  CHECK_OK(aion_crawl_start(made, seed, strlen(seed), options, NULL, &crawl, &error));
  aion_engine_free(made);
  aion_page_t *first = next_page(crawl), *second = next_page(crawl);
  double begin = seconds();
  aion_crawl_free(crawl);
  CHECK(seconds() - begin < 1.0);
  CHECK(is_text(aion_page_title(first, NULL), "1")); /* pages outlive their crawl */
  aion_page_free(first);
  aion_page_free(second);
  CHECK_OK(aion_engine_new(NULL, &made, &error));
  CHECK_OK(aion_crawl_start(made, seed, strlen(seed), options, NULL, &crawl, &error));
  aion_crawl_free(crawl); /* before the first page */
  aion_engine_free(made);
  aion_crawl_options_free(options);
}

typedef struct {
  pthread_mutex_t lock;
  const aion_crawl_t *crawl;
  size_t pages, told, total;
} shared_t;

static void note_progress(void *user, const char *stage, size_t stage_length, size_t done, size_t total) {
  shared_t *shared = (shared_t *)user;
  pthread_mutex_lock(&shared->lock);
  if (stage_length == 5 && strcmp(stage, "pages") == 0 && done > shared->told) shared->told = done;
  shared->total = total;
  pthread_mutex_unlock(&shared->lock);
}

static void *pull_all(void *argument) {
  shared_t *shared = (shared_t *)argument;
  aion_page_t *page = NULL;
  while (aion_crawl_next(shared->crawl, AION_NO_TIMEOUT, &page, NULL) == AION_OK && page != NULL) {
    pthread_mutex_lock(&shared->lock);
    shared->pages++;
    pthread_mutex_unlock(&shared->lock);
    aion_page_free(page);
  }
  return NULL;
}

static void threads_share_a_crawl_which_tells_its_progress(void) {
  enum { COUNT = 3 };
  aion_error_t *error = NULL;
  pthread_t threads[COUNT];
  shared_t shared;
  memset(&shared, 0, sizeof shared);
  pthread_mutex_init(&shared.lock, NULL);
  aion_control_t *control = aion_control_new();
  aion_control_set_progress(control, note_progress, &shared);
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_crawl_options_set_max_pages(options, 30, &error));
  aion_crawl_t *crawl = site_crawl("/tree/1", options, control);
  shared.crawl = crawl;
  for (size_t i = 0; i < COUNT; i++) CHECK(pthread_create(&threads[i], NULL, pull_all, &shared) == 0);
  for (size_t i = 0; i < COUNT; i++) pthread_join(threads[i], NULL);
  CHECK(aion_crawl_has_ended(crawl));
  aion_crawl_free(crawl);
  CHECK(shared.pages == 30 && shared.told == 30 && shared.total == 30);
  aion_control_free(control);
  aion_crawl_options_free(options);
  pthread_mutex_destroy(&shared.lock);
}

static void a_state_file_hands_out_only_what_changed(void) {
  aion_error_t *error = NULL;
  aion_page_t *page = NULL;
  char folder[] = "/tmp/aion-crawl-XXXXXX", path[64];
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/state", folder);
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_crawl_options_set_state(options, path, strlen(path), &error));
  for (int run = 0; run < 2; run++) {
    int pages = 0;
    aion_crawl_t *crawl = site_crawl("/", options, NULL), *other = NULL;
    const char *seed = site_url("/");
    CHECK_STATUS(aion_crawl_start(engine(), seed, strlen(seed), options, NULL, &other, &error),
                 AION_ERROR_UNAVAILABLE); /* one crawl at a time */
    while (aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error) == AION_OK && page != NULL) {
      pages++;
      aion_page_free(page);
    }
    CHECK(error == NULL && pages == (run == 0 ? 4 : 0));
    aion_crawl_free(crawl);
  }
  aion_crawl_options_free(options);
  unlink(path);
  rmdir(folder);
}

/* In the child: 0 when everything answers as it should. */
static int use_after_fork(aion_crawl_t *crawl, const aion_crawl_options_t *options) {
  aion_error_t *error = NULL;
  aion_page_t *page = NULL;
  aion_crawl_t *other = NULL;
  aion_preview_t *preview = NULL;
  aion_crawl_stats_t stats;
  aion_text_t *json = NULL;
  aion_str_t url = site_str("/");
  bool holds = CHECK_STATUS(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error), AION_ERROR_FORKED);
  holds &= CHECK(!aion_crawl_has_ended(crawl));
  holds &= CHECK_STATUS(aion_crawl_stats(crawl, &stats, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_crawl_stats_json(crawl, &json, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_preview(engine(), &url, 1, options, NULL, &preview, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_crawl_start(engine(), url.data, url.length, options, NULL, &other, &error),
                        AION_ERROR_FORKED);
  aion_crawl_free(crawl);
  return holds && page == NULL && other == NULL && preview == NULL && json == NULL ? 0 : 1;
}

static void a_crawl_answers_at_once_after_a_fork(void) {
  aion_crawl_options_t *options = site_options();
  aion_crawl_t *crawl = site_crawl("/tree/1", options, NULL);
  int status = -1;
  aion_page_free(next_page(crawl));
  fflush(stdout);
  double begin = seconds();
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    int result = use_after_fork(crawl, options);
    fflush(stdout);
    _exit(result);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(seconds() - begin < 5.0);
  aion_page_free(next_page(crawl));
  aion_crawl_free(crawl);
  aion_crawl_options_free(options);
}

const test_t CRAWL_TESTS[] = {
    {"a crawl is pulled to its end", a_crawl_is_pulled_to_its_end},
    {"no page yet is not the end", no_page_yet_is_not_the_end},
    {"another thread cancels a crawl", another_thread_cancels_a_crawl},
    {"a timeout is that of the whole crawl", a_timeout_is_that_of_the_whole_crawl},
    {"a crawl is freed on the way and outlives its engine", a_crawl_is_freed_on_the_way_and_outlives_its_engine},
    {"threads share a crawl, which tells its progress", threads_share_a_crawl_which_tells_its_progress},
    {"a state file hands out only what changed", a_state_file_hands_out_only_what_changed},
    {"a crawl answers at once after a fork", a_crawl_answers_at_once_after_a_fork},
    {NULL, NULL},
};
