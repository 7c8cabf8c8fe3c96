/* What the options of a crawl decide: whom it talks to, who resolves its names, how far it goes. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "site.h"

static void private_seeds_are_refused(void) {
  aion_error_t *error = NULL;
  aion_crawl_t *crawl = NULL;
  aion_crawl_options_t *options = site_options();
  int before = site_hits("/b");
  const char *seed = site_url("/b");
  CHECK_INVALID(aion_crawl_start(engine(), seed, strlen(seed), NULL, NULL, &crawl, &error));
  const char *const seeds[] = {"http://2130706433/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "ftp://example.com/",
                               "/relative", "", "http://a@example.com/"};
  for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
    CHECK_INVALID(aion_crawl_start(engine(), seeds[i], strlen(seeds[i]), NULL, NULL, &crawl, &error));
  }
  const char *never = "http://169.254.169.254/";
  CHECK_INVALID(aion_crawl_start(engine(), never, strlen(never), options, NULL, &crawl, &error));
  CHECK(crawl == NULL && site_hits("/b") == before);
  aion_crawl_options_free(options);
}

/* What the resolver of a test was asked, how long it takes, and what it answers. */
typedef struct {
  pthread_mutex_t lock;
  const char *answer;
  long takes_ms;
  int asked, answered, released;
} names_t;

static bool resolve(void *user, const char *host, size_t length, aion_addresses_t *addresses) {
  names_t *names = (names_t *)user;
  pthread_mutex_lock(&names->lock);
  names->asked += length == 9 && strcmp(host, "quillmoor") == 0;
  pthread_mutex_unlock(&names->lock);
  sleep_ms(names->takes_ms);
  pthread_mutex_lock(&names->lock);
  names->answered++;
  pthread_mutex_unlock(&names->lock);
  if (aion_addresses_add(addresses, "no address", 10, NULL) != AION_ERROR_INVALID_ARGUMENT) return false;
  return names->answer != NULL && aion_addresses_add(addresses, names->answer, strlen(names->answer), NULL) == AION_OK;
}

static void release(void *user) {
  names_t *names = (names_t *)user;
  pthread_mutex_lock(&names->lock);
  names->released++;
  pthread_mutex_unlock(&names->lock);
}

static int read_of(names_t *names, const int *count) {
  pthread_mutex_lock(&names->lock);
  int now = *count;
  pthread_mutex_unlock(&names->lock);
  return now;
}

/* A crawl of a name that only the resolver knows. */
static aion_crawl_t *named_crawl(names_t *names, const char *answer, long takes_ms) {
  aion_error_t *error = NULL;
  aion_crawl_t *crawl = NULL;
  char seed[64];
  memset(names, 0, sizeof *names);
  pthread_mutex_init(&names->lock, NULL);
  names->answer = answer;
  names->takes_ms = takes_ms;
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_crawl_options_set_resolver(options, resolve, names, release, &error));
  snprintf(seed, sizeof seed, "http://quillmoor:%s/b", strrchr(site_url(""), ':') + 1);
  CHECK_OK(aion_crawl_start(engine(), seed, strlen(seed), options, NULL, &crawl, &error));
  aion_crawl_options_free(options);
  return crawl;
}

static bool is_released_once(names_t *names) {
  for (int tries = 0; tries < 500 && read_of(names, &names->released) == 0; tries++) sleep_ms(10);
  return read_of(names, &names->released) == 1;
}

static void the_host_may_resolve_names_but_opens_no_door(void) {
  aion_error_t *error = NULL;
  const char *const answers[] = {"127.0.0.1", "169.254.169.254", NULL};
  names_t names;
  for (size_t i = 0; i < 3; i++) {
    aion_crawl_t *crawl = named_crawl(&names, answers[i], 0);
    aion_page_t *page = NULL;
    CHECK(read_of(&names, &names.released) == 0);
    aion_status_t status = aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, NULL);
    CHECK((status == AION_OK && page != NULL) == (i == 0));
    CHECK(read_of(&names, &names.asked) > 0 && is_text(aion_page_title(page, NULL), "B") == (i == 0));
    aion_page_free(page);
    aion_crawl_free(crawl);
    CHECK(is_released_once(&names));
    pthread_mutex_destroy(&names.lock);
  }
  memset(&names, 0, sizeof names);
  pthread_mutex_init(&names.lock, NULL);
  CHECK_INVALID(aion_crawl_options_set_resolver(NULL, resolve, &names, release, &error));
  CHECK(names.released == 1);
}

static void a_slow_resolver_is_not_waited_for_and_released_when_it_is_done(void) {
  names_t names;
  aion_crawl_t *crawl = named_crawl(&names, "127.0.0.1", 800);
  while (read_of(&names, &names.asked) == 0) sleep_ms(5);
  double begin = seconds();
  aion_crawl_free(crawl);
  CHECK(seconds() - begin < 0.6 && read_of(&names, &names.released) == 0);
  CHECK(is_released_once(&names) && names.answered == names.asked);
  pthread_mutex_destroy(&names.lock);
}

static void options_at_their_extremes_are_taken(void) {
  aion_error_t *error = NULL;
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_crawl_options_set_max_pages(options, SIZE_MAX, &error));
  CHECK_OK(aion_crawl_options_set_max_depth(options, UINT32_MAX, &error));
  CHECK_OK(aion_crawl_options_set_max_redirects(options, UINT32_MAX, &error));
  CHECK_OK(aion_crawl_options_set_retries(options, UINT32_MAX, &error));
  CHECK_OK(aion_crawl_options_set_concurrency(options, 1024, &error));
  CHECK_OK(aion_crawl_options_set_connections_per_host(options, 1024, &error));
  CHECK_OK(aion_crawl_options_set_max_page_bytes(options, SIZE_MAX, &error));
  CHECK_OK(aion_crawl_options_set_max_header_bytes(options, SIZE_MAX, &error));
  CHECK_OK(aion_crawl_options_set_page_timeout_ms(options, UINT64_MAX, &error));
  CHECK_OK(aion_crawl_options_set_connect_timeout_ms(options, UINT64_MAX, &error));
  aion_crawl_t *crawl = site_crawl("/", options, NULL);
  aion_page_t *page = NULL;
  for (int i = 0; i < 4; i++) aion_page_free(next_page(crawl));
  CHECK_OK(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error));
  CHECK(page == NULL);
  aion_crawl_free(crawl);
  CHECK_OK(aion_crawl_options_set_delay_ms(options, UINT64_MAX - 1, &error));
  crawl = site_crawl("/", options, NULL);
  aion_page_free(next_page(crawl));
  CHECK_OK(aion_crawl_next(crawl, 200, &page, &error)); /* the second page is due in half a billion years */
  CHECK(page == NULL && !aion_crawl_has_ended(crawl));
  aion_crawl_free(crawl);
  aion_crawl_options_free(options);
}

static void options_are_those_of_the_engine_until_they_are_changed(void) {
  aion_error_t *error = NULL;
  aion_config_t *config = aion_config_new();
  aion_engine_t *made = NULL;
  aion_crawl_t *crawl = NULL;
  aion_str_t sites[] = {{"127.0.0.1", 9}}, wrong[] = {{"a b", 3}};
  CHECK_OK(aion_config_set_crawl_max_pages(config, 1, &error));
  CHECK_OK(aion_config_set_respect_robots(config, true, &error));
  CHECK_OK(aion_config_set_user_agent(config, "ExampleBot/1.0 (+https://example.com/bot)", 41, &error));
  CHECK_OK(aion_config_set_blocklist(config, wrong, 1, &error));
  CHECK_INVALID(aion_engine_new(config, &made, &error));
  CHECK_OK(aion_config_set_blocklist(config, sites, 1, &error));
  CHECK_OK(aion_engine_new(config, &made, &error));
  aion_crawl_options_t *options = aion_crawl_options_new(made);
  CHECK_OK(aion_crawl_options_set_allow_private_hosts(options, true, &error));
  aion_str_t seed = site_str("/tree/1");
  aion_page_t *page = NULL;
  CHECK_OK(aion_crawl_start(made, seed.data, seed.length, options, NULL, &crawl, &error));
  CHECK_OK(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error));
  CHECK(page == NULL && aion_crawl_has_ended(crawl)); /* the seed is blocked, and that is no failure */
  aion_crawl_free(crawl);
  CHECK_OK(aion_crawl_options_set_blocklist(options, NULL, 0, &error));
  CHECK_OK(aion_crawl_start(made, seed.data, seed.length, options, NULL, &crawl, &error));
  aion_page_free(next_page(crawl));
  CHECK_OK(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error));
  CHECK(page == NULL); /* one page was asked for */
  aion_crawl_free(crawl);
  CHECK_OK(aion_crawl_options_set_max_pages(options, 0, &error));
  CHECK_INVALID(aion_crawl_start(made, seed.data, seed.length, options, NULL, &crawl, &error));
  CHECK(crawl == NULL);
  aion_crawl_options_free(options);
  aion_engine_free(made);
  aion_config_free(config);
}

const test_t CRAWL_OPTIONS_TESTS[] = {
    {"private seeds are refused", private_seeds_are_refused},
    {"the host may resolve names but opens no door", the_host_may_resolve_names_but_opens_no_door},
    {"a slow resolver is not waited for, and released when it is done",
     a_slow_resolver_is_not_waited_for_and_released_when_it_is_done},
    {"options at their extremes are taken", options_at_their_extremes_are_taken},
    {"options are those of the engine until they are changed", options_are_those_of_the_engine_until_they_are_changed},
    {NULL, NULL},
};
