/* What a crawl hands out: pages, previews and counters. */
#include "site.h"

/* The page of this path, or NULL. */
static aion_page_t *find_page(const char *path, const aion_crawl_options_t *options) {
  aion_page_t *page = NULL, *found = NULL;
  aion_crawl_t *crawl = site_crawl("/", options, NULL);
  while (aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, NULL) == AION_OK && page != NULL) {
    if (found == NULL && is_text(aion_page_url(page, NULL), site_url(path))) found = page;
    else aion_page_free(page);
  }
  aion_crawl_free(crawl);
  return found;
}

static bool has_header(const aion_page_t *page, const char *name, const char *value) {
  aion_pair_t header;
  for (size_t i = 0; aion_page_header(page, i, &header); i++) {
    if (is_text(header.name, name) && is_text(header.value, value)) return header.value_length == strlen(value);
  }
  return false;
}

static void a_page_tells_what_it_is(void) {
  aion_error_t *error = NULL;
  aion_text_t *json = NULL;
  aion_page_image_t image;
  aion_pair_t meta;
  size_t length = 0;
  aion_crawl_options_t *options = site_options();
  aion_page_t *page = find_page("/b", options);
  if (!CHECK(page != NULL)) return;
  CHECK(is_text(aion_page_title(page, &length), "B") && length == 1);
  CHECK(is_text(aion_page_final_url(page, NULL), site_url("/b")));
  CHECK(strncmp(aion_page_text(page, &length), "B. The quick", 12) == 0 && length == strlen(aion_page_text(page, NULL)));
  CHECK(is_text(aion_page_content_type(page, NULL), "text/html") && aion_page_depth(page) == 1);
  CHECK(is_text(aion_page_language(page, NULL), "pt-BR") && is_text(aion_page_published(page, NULL), "2026-11-22"));
  CHECK(is_text(aion_page_detected_language(page, NULL), "en")); /* whatever it declares */
  const uint8_t *html = aion_page_html(page, &length);
  CHECK(length > 100 && memcmp(html, "<html lang", 10) == 0);
  CHECK(aion_page_image_count(page) == 1 && aion_page_image(page, 0, &image) && is_text(image.alt, "a heron"));
  CHECK(is_text(image.url, site_url("/i.png")) && image.url_length == strlen(image.url));
  CHECK(aion_page_meta_count(page) == 2 && aion_page_meta(page, 1, &meta) && is_text(meta.value, "Quillmoor") !=
        is_text(meta.value, "2026-11-22"));
  CHECK(aion_page_link_count(page) == 0 && aion_page_link(page, 0, &length) == NULL && length == 0);
  CHECK(has_header(page, "content-type", "text/html") && !aion_page_header(page, 99, &meta));
  CHECK(aion_verdict_ok(aion_page_verdict(page)));
  CHECK_OK(aion_page_to_json(page, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"language\":\"pt-BR\"") != NULL);
  CHECK(strstr(aion_text_data(json, NULL), "\"detected_language\":\"en\"") != NULL);
  aion_text_free(json);
  aion_page_free(page);
  page = find_page("/a", options);
  CHECK(aion_page_link_count(page) == 1 && is_text(aion_page_link(page, 0, NULL), site_url("/")));
  CHECK(aion_page_language(page, &length) == NULL && length == 0 && has_header(page, "x-robots-tag", "noai"));
  CHECK(aion_verdict_ok(aion_page_verdict(page)) && !aion_verdict_allows(aion_page_verdict(page), AION_USE_TRAIN));
  aion_page_free(page);
  aion_crawl_options_free(options);
}

static void documents_are_read_if_they_are_wanted(void) {
  aion_error_t *error = NULL;
  aion_crawl_options_t *options = site_options();
  for (int wanted = 0; wanted < 2; wanted++) {
    aion_page_t *page = NULL;
    CHECK_OK(aion_crawl_options_set_documents(options, wanted == 1, &error));
    aion_crawl_t *crawl = site_crawl("/levels", options, NULL);
    aion_page_free(next_page(crawl));
    CHECK_OK(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error));
    if (wanted == 1) {
      CHECK(is_text(aion_page_url(page, NULL), site_url("/levels.csv")));
      CHECK(is_text(aion_page_text(page, NULL), "Port\tHeight\nBelem\t3.6"));
      CHECK(is_text(aion_page_content_type(page, NULL), "text/csv"));
    }
    CHECK((page != NULL) == (wanted == 1));
    aion_page_free(page);
    aion_crawl_free(crawl);
  }
  aion_crawl_options_free(options);
}

static void a_crawl_counts_and_says_what_it_left_out(void) {
  aion_error_t *error = NULL;
  aion_text_t *json = NULL;
  aion_crawl_stats_t stats;
  aion_str_t sites[] = {{"127.0.0.1/thin", 14}};
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_crawl_options_set_blocklist(options, sites, 1, &error));
  int before = site_hits("/thin");
  aion_crawl_t *crawl = site_crawl("/", options, NULL);
  for (int i = 0; i < 3; i++) aion_page_free(next_page(crawl));
  aion_page_t *page = NULL;
  CHECK_OK(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error));
  CHECK(page == NULL && site_hits("/thin") == before);
  CHECK_OK(aion_crawl_stats(crawl, &stats, &error));
  CHECK(stats.pages == 3 && stats.requests >= 4 && stats.bytes > 100 && stats.waiting == 0 && stats.skipped >= 5);
  CHECK_OK(aion_crawl_stats_json(crawl, &json, &error));
  const char *const reasons[] = {"\"blocklist\":1", "\"robots\":1", "\"off_host\":1", "\"private_route\":1"};
  for (size_t i = 0; i < 4; i++) CHECK(strstr(aion_text_data(json, NULL), reasons[i]) != NULL);
  CHECK(strstr(aion_text_data(json, NULL), "\"reason\":\"http_status\"") != NULL); /* of /gone, among the misses */
  aion_text_free(json);
  aion_crawl_free(crawl);
  CHECK_OK(aion_crawl_options_set_respect_robots(options, false, &error));
  page = find_page("/secret", options);
  CHECK(page != NULL);
  aion_page_free(page);
  aion_crawl_options_free(options);
}

static void every_address_has_its_own_preview(void) {
  enum { COUNT = 6 };
  aion_error_t *error = NULL;
  aion_text_t *json = NULL;
  aion_preview_t *previews[COUNT];
  aion_pair_t meta;
  aion_str_t urls[COUNT] = {site_str("/b"), site_str("/missing"), site_str("/secret/b"), site_str("/thin"),
                            {"nonsense", 8}, {"http://169.254.169.254/", 23}};
  const char *const reasons[COUNT] = {NULL, "http_status", "robots", "too_short", "forbidden_address", "forbidden_address"};
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_preview(engine(), urls, COUNT, options, NULL, previews, &error));
  for (size_t i = 0; i < COUNT; i++) {
    const char *reason = aion_preview_reason(previews[i], NULL);
    CHECK(is_text(aion_preview_url(previews[i], NULL), urls[i].data));
    CHECK(reasons[i] == NULL ? reason == NULL : is_text(reason, reasons[i]));
    CHECK(aion_preview_ok(previews[i]) == (i == 0) && aion_verdict_ok(aion_preview_verdict(previews[i])) == (i == 0));
    CHECK((aion_preview_error(previews[i], NULL) == NULL) == (i == 0 || i == 3));
  }
  CHECK(is_text(aion_preview_title(previews[0], NULL), "B") && strstr(aion_preview_error(previews[1], NULL), "404"));
  CHECK(strstr(aion_preview_text(previews[0], NULL), aion_preview_excerpt(previews[0], NULL)) != NULL);
  CHECK(aion_preview_meta_count(previews[0]) == 6 && aion_preview_meta(previews[0], 0, &meta));
  CHECK_OK(aion_preview_to_json(previews[0], &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"final_url\":\"http://127.0.0.1") != NULL);
  aion_text_free(json);
  for (size_t i = 0; i < COUNT; i++) aion_preview_free(previews[i]);
  int before = site_hits("/b");
  CHECK_OK(aion_preview(engine(), urls, 1, options, NULL, previews, &error));
  CHECK(aion_preview_ok(previews[0]) && site_hits("/b") == before); /* fetched a moment ago */
  aion_preview_free(previews[0]);
  CHECK_OK(aion_preview(engine(), NULL, 0, options, NULL, NULL, &error));
  aion_crawl_options_free(options);
}

static void two_hundred_previews_count_and_a_deadline_costs_only_the_rest(void) {
  enum { COUNT = AION_MAX_PREVIEWS + 2 };
  aion_error_t *error = NULL;
  aion_str_t urls[COUNT];
  aion_preview_t *previews[COUNT];
  for (size_t i = 0; i < COUNT; i++) urls[i] = site_str("/a");
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_preview(engine(), urls, COUNT, options, NULL, previews, &error));
  CHECK(previews[AION_MAX_PREVIEWS - 1] != NULL && previews[AION_MAX_PREVIEWS] == NULL && previews[COUNT - 1] == NULL);
  for (size_t i = 0; i < COUNT; i++) aion_preview_free(previews[i]);
  aion_control_t *control = aion_control_new();
  aion_control_set_timeout_ms(control, 400);
  urls[0] = site_str("/a");
  urls[1] = site_str("/silent");
  CHECK_OK(aion_preview(engine(), urls, 2, options, control, previews, &error));
  CHECK(aion_preview_ok(previews[0]) && strstr(aion_preview_error(previews[1], NULL), "deadline") != NULL);
  for (size_t i = 0; i < 2; i++) aion_preview_free(previews[i]);
  aion_control_free(control);
  aion_crawl_options_free(options);
}

const test_t PAGE_TESTS[] = {
    {"a page tells what it is", a_page_tells_what_it_is},
    {"documents are read if they are wanted", documents_are_read_if_they_are_wanted},
    {"a crawl counts and says what it left out", a_crawl_counts_and_says_what_it_left_out},
    {"every address has its own preview", every_address_has_its_own_preview},
    {"two hundred previews count, and a deadline costs only the rest",
     two_hundred_previews_count_and_a_deadline_costs_only_the_rest},
    {NULL, NULL},
};
