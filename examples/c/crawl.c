/* Reads a web site, politely: what each page is about, whether it may be used, and why not.
 *
 *     crawl SEED [PAGES]
 *
 * SEED is an address such as https://example.com/, and PAGES the most pages, 10 if absent. What is set by the
 * environment counts too, such as AION_USER_AGENT. A site of this machine is read when SEED says so itself, as
 * http://localhost:8000/ does.
 */
#include <aion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static aion_control_t *control;

static void stop_on(aion_status_t status, const aion_error_t *error) {
  if (status == AION_OK) return;
  fprintf(stderr, "%s\n", aion_error_message(error, NULL));
  exit(EXIT_FAILURE);
}

/* It only sets a flag, so a handler may do it. */
static void cancel(int signal) {
  (void)signal;
  aion_control_cancel(control);
}

static bool is_local(const char *seed) {
  return strncmp(seed, "http://localhost", 16) == 0 || strncmp(seed, "http://127.0.0.1", 16) == 0;
}

static void print_page(const aion_page_t *page) {
  const aion_verdict_t *verdict = aion_page_verdict(page);
  aion_reason_t reason;
  printf("%s\n  %.60s\n", aion_page_url(page, NULL), aion_page_title(page, NULL));
  printf("  may be ingested: %s, trained on: %s\n", aion_verdict_ok(verdict) ? "yes" : "no",
         aion_verdict_allows(verdict, AION_USE_TRAIN) ? "yes" : "no");
  for (size_t i = 0; aion_verdict_reason(verdict, i, AION_LANGUAGE_ENGLISH, &reason); i++) {
    printf("  not to %s: %s\n", reason.usage == AION_USE_TRAIN ? "train on" : "ingest", reason.message);
  }
}

int main(int count, char **arguments) {
  aion_config_t *config = NULL;
  aion_engine_t *engine = NULL;
  aion_crawl_t *crawl = NULL;
  aion_page_t *page = NULL;
  aion_error_t *error = NULL;
  aion_crawl_stats_t stats;
  if (count != 2 && count != 3) {
    fprintf(stderr, "usage: %s SEED [PAGES]\n", arguments[0]);
    return EXIT_FAILURE;
  }
  const char *seed = arguments[1];
  size_t pages = count == 3 ? strtoul(arguments[2], NULL, 10) : 10;

  control = aion_control_new();
  signal(SIGINT, cancel);
  stop_on(aion_config_from_env(&config, &error), error);
  stop_on(aion_engine_new(config, &engine, &error), error);
  aion_crawl_options_t *options = aion_crawl_options_new(engine);
  stop_on(aion_crawl_options_set_max_pages(options, pages, &error), error);
  stop_on(aion_crawl_options_set_allow_private_hosts(options, is_local(seed), &error), error);
  stop_on(aion_crawl_start(engine, seed, strlen(seed), options, control, &crawl, &error), error);

  for (;;) {
    stop_on(aion_crawl_next(crawl, 1000, &page, &error), error);
    if (page != NULL) print_page(page);
    else if (aion_crawl_has_ended(crawl)) break; /* otherwise none came within a second; there may be more */
    aion_page_free(page);
  }

  stop_on(aion_crawl_stats(crawl, &stats, &error), error);
  printf("%zu pages, %zu requests, %zu addresses left out\n", stats.pages, stats.requests, stats.skipped);
  aion_crawl_free(crawl);
  aion_crawl_options_free(options);
  aion_engine_free(engine);
  aion_config_free(config);
  aion_control_free(control);
  return EXIT_SUCCESS;
}
