/* Policy, robots.txt, extraction and addresses: all that needs no network. */
#include <stdlib.h>

#include "site.h"

#define LONG_TEXT                                                                                              \
  "The quick brown fox jumps over the lazy dog near the bank of a slow and quiet river, and nobody is there to " \
  "see it but a heron that has been standing in the shallows all morning long."

static aion_policy_page_t page_of(const char *url, const char *text) {
  return aion_policy_page(url, strlen(url), text, strlen(text));
}

static aion_verdict_t *verdict_on(const aion_policy_page_t *page, const aion_policy_options_t *options) {
  aion_error_t *error = NULL;
  aion_verdict_t *verdict = NULL;
  CHECK_OK(aion_check_policy(page, options, &verdict, &error));
  return verdict;
}

/* Whether a reason of this code forbids this use. */
static bool forbids(const aion_verdict_t *verdict, const char *code, uint32_t usage) {
  aion_reason_t reason;
  for (size_t i = 0; aion_verdict_reason(verdict, i, AION_LANGUAGE_ENGLISH, &reason); i++) {
    if (is_text(reason.code, code) && reason.usage == usage) return reason.code_length == strlen(code);
  }
  return false;
}

static void a_verdict_has_reasons_in_two_languages(void) {
  aion_reason_t reason;
  aion_policy_page_t page = page_of("https://example.com/login", LONG_TEXT);
  aion_verdict_t *verdict = verdict_on(&page, NULL);
  CHECK(!aion_verdict_ok(verdict) && !aion_verdict_allows(verdict, AION_USE_TRAIN));
  CHECK(aion_verdict_reason_count(verdict) == 2 && forbids(verdict, "private_route", AION_USE_INGEST));
  CHECK(aion_verdict_reason(verdict, 0, AION_LANGUAGE_ENGLISH, &reason));
  CHECK(strncmp(reason.message, "private route", 13) == 0 && reason.message_length == strlen(reason.message));
  CHECK(aion_verdict_reason(verdict, 0, AION_LANGUAGE_PORTUGUESE, &reason));
  CHECK(strncmp(reason.message, "rota privada", 12) == 0 && reason.message_length == strlen(reason.message));
  CHECK(!aion_verdict_reason(verdict, 2, AION_LANGUAGE_ENGLISH, &reason));
  CHECK(!aion_verdict_reason(verdict, 0, 0, &reason) && !aion_verdict_reason(verdict, 0, 3, &reason));
  CHECK(!aion_verdict_allows(verdict, 0) && !aion_verdict_allows(verdict, 3));
  aion_verdict_free(verdict);
  page = page_of("https://example.com/a", "Pouco.");
  verdict = verdict_on(&page, NULL);
  CHECK(aion_verdict_reason(verdict, 0, AION_LANGUAGE_PORTUGUESE, &reason));
  CHECK(is_text(reason.code, "too_short") && strstr(reason.message, "conte\xc3\xba" "do insuficiente") != NULL);
  aion_verdict_free(verdict);
}

static void every_signal_of_a_page_is_read(void) {
  aion_error_t *error = NULL;
  aion_robots_t *robots = NULL;
  aion_pair_t headers[] = {{"X-Robots-Tag", 12, "noai, nofollow", 14}};
  const char *html = "<meta name='robots' content='noml'>", *rules = "User-agent: *\nDisallow: /no\n";
  const char *tdm = "[{\"location\": \"/papers/\", \"tdm-reservation\": 1}]";
  CHECK_OK(aion_robots_parse((const uint8_t *)rules, strlen(rules), &robots, &error));
  aion_policy_page_t page = page_of("https://example.com/papers/a", LONG_TEXT);
  aion_verdict_t *verdict = verdict_on(&page, NULL);
  CHECK(aion_verdict_ok(verdict) && aion_verdict_allows(verdict, AION_USE_TRAIN) && aion_verdict_follow_links(verdict));
  aion_verdict_free(verdict);
  page.headers = headers;
  page.header_count = 1;
  page.html = (const uint8_t *)html;
  page.html_length = strlen(html);
  page.robots = robots;
  page.status = 200;
  verdict = verdict_on(&page, NULL);
  CHECK(aion_verdict_ok(verdict) && forbids(verdict, "noai", AION_USE_TRAIN) && forbids(verdict, "noml", AION_USE_TRAIN));
  CHECK(!aion_verdict_follow_links(verdict) && aion_verdict_reason_count(verdict) == 2);
  aion_verdict_free(verdict);
  page.tdmrep = (const uint8_t *)tdm;
  page.tdmrep_length = strlen(tdm);
  page.status = 403;
  page.url = "https://example.com/no/papers";
  verdict = verdict_on(&page, NULL);
  CHECK(forbids(verdict, "http_status", AION_USE_INGEST) && !forbids(verdict, "tdm_reserved", AION_USE_INGEST));
  page.url = "https://example.com/papers/b";
  aion_verdict_free(verdict);
  verdict = verdict_on(&page, NULL);
  CHECK(forbids(verdict, "tdm_reserved", AION_USE_INGEST) && !forbids(verdict, "robots", AION_USE_INGEST));
  aion_verdict_free(verdict);
  page = page_of("https://example.com/no", LONG_TEXT);
  page.robots = robots;
  verdict = verdict_on(&page, NULL);
  CHECK(forbids(verdict, "robots", AION_USE_INGEST));
  aion_verdict_free(verdict);
  page.robots_unreachable = true;
  verdict = verdict_on(&page, NULL);
  CHECK(forbids(verdict, "robots_unreachable", AION_USE_TRAIN) && !forbids(verdict, "robots", AION_USE_INGEST));
  aion_verdict_free(verdict);
  aion_robots_free(robots);
}

static void what_the_caller_overlooks_is_told(void) {
  aion_error_t *error = NULL;
  aion_text_t *json = NULL;
  aion_reason_t reason;
  aion_verdict_t *verdict = NULL;
  aion_str_t ignore[] = {{"too_short", 9}, {"noai", 4}}, wrong[] = {{"noai,noml", 9}};
  aion_pair_t headers[] = {{"X-ROBOTS-TAG", 12, "otherbot: noai", 14}, {"x-robots-tag", 12, "examplebot: noai", 16}};
  aion_policy_page_t page = page_of("https://example.com/a", "Write to maria@example.org or joao@example.org.");
  aion_policy_options_t options = aion_policy_options_default();
  page.headers = headers;
  page.header_count = 2;
  options.user_agent = "ExampleBot/1.0";
  options.user_agent_length = 14;
  options.min_text_chars = 10;
  verdict = verdict_on(&page, &options);
  CHECK(!aion_verdict_allows(verdict, AION_USE_TRAIN) && aion_verdict_waived_count(verdict) == 0);
  CHECK(!forbids(verdict, "too_short", AION_USE_INGEST));
  aion_verdict_free(verdict);
  options.min_text_chars = 1000;
  options.ignore = ignore;
  options.ignore_count = 2;
  verdict = verdict_on(&page, &options);
  CHECK(aion_verdict_waived_count(verdict) == 3 && aion_verdict_waived(verdict, 2, AION_LANGUAGE_ENGLISH, &reason));
  CHECK(is_text(reason.code, "noai") && !aion_verdict_waived(verdict, 3, AION_LANGUAGE_ENGLISH, &reason));
  CHECK_OK(aion_verdict_to_json(verdict, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"ignored\":[\"too_short\",\"noai\"]") != NULL);
  CHECK(strstr(aion_text_data(json, NULL), "\"email\":2") != NULL);
  aion_text_free(json);
  aion_verdict_free(verdict);
  verdict = NULL;
  options.ignore = wrong;
  options.ignore_count = 1;
  CHECK_INVALID(aion_check_policy(&page, &options, &verdict, &error));
  page.status = 70000;
  CHECK_INVALID(aion_check_policy(&page, NULL, &verdict, &error));
  CHECK(verdict == NULL);
}

static void robots_are_asked(void) {
  aion_error_t *error = NULL;
  aion_robots_t *robots = NULL;
  bool allowed = false;
  uint64_t delay = 7;
  size_t length = 0;
  const char *rules =
      "\xff\xfe\nUser-agent: *\nDisallow: /private/\nAllow: /private/open$\nCrawl-delay: 2.5\n"
      "User-agent: ExampleBot\nDisallow:\nSitemap: https://example.com/map.xml\n";
  CHECK_OK(aion_robots_parse((const uint8_t *)rules, strlen(rules), &robots, &error));
  CHECK_OK(aion_robots_allowed(robots, "AION/1", 6, "https://example.com/private/x", 29, &allowed, &error));
  CHECK(!allowed);
  CHECK_OK(aion_robots_allowed(robots, "AION/1", 6, "/private/open", 13, &allowed, &error));
  CHECK(allowed);
  CHECK_OK(aion_robots_allowed(robots, "examplebot", 10, "/private/x", 10, &allowed, &error));
  CHECK(allowed);
  CHECK_OK(aion_robots_crawl_delay(robots, "AION/1", 6, &delay, &error));
  CHECK(delay == 2500);
  CHECK_OK(aion_robots_crawl_delay(robots, "ExampleBot/2.0", 14, &delay, &error));
  CHECK(delay == AION_NO_CRAWL_DELAY && aion_robots_sitemap_count(robots) == 1);
  CHECK(is_text(aion_robots_sitemap(robots, 0, &length), "https://example.com/map.xml") && length == 27);
  CHECK(aion_robots_sitemap(robots, 1, &length) == NULL && length == 0);
  aion_robots_free(robots);
  CHECK_OK(aion_robots_parse(NULL, 0, &robots, &error));
  CHECK_OK(aion_robots_allowed(robots, NULL, 0, NULL, 0, &allowed, &error));
  CHECK(allowed);
  aion_robots_free(robots);
}

static aion_extracted_t *extracted(const char *html, size_t length, const aion_extract_options_t *options) {
  aion_error_t *error = NULL;
  aion_extracted_t *page = NULL;
  CHECK_OK(aion_extract_text((const uint8_t *)html, length, options, &page, &error));
  return page;
}

static void a_page_is_read(void) {
  aion_error_t *error = NULL;
  aion_text_t *json = NULL;
  aion_link_t link;
  aion_page_image_t image;
  aion_pair_t meta;
  const char *html =
      "<html lang=en><title>A heron</title><link rel=canonical href=/heron><meta name=Author content=Quillmoor>"
      "<meta property=article:published_time content=2026-11-22><p>Caf\xe9. " LONG_TEXT
      "</p><a href='b#c' rel=nofollow>more</a><img src=i.png alt='a heron'>";
  aion_extract_options_t options = aion_extract_options_default();
  CHECK(options.max_bytes == 32u << 20);
  options.url = "https://example.com/birds/";
  options.url_length = 26;
  options.content_type = "text/html; charset=iso-8859-1";
  options.content_type_length = 29;
  aion_extracted_t *page = extracted(html, strlen(html), &options);
  CHECK(is_text(aion_extracted_title(page, NULL), "A heron") && is_text(aion_extracted_source(page, NULL), "article"));
  CHECK(strncmp(aion_extracted_text(page, NULL), "Caf\xc3\xa9. The quick", 16) == 0);
  CHECK(is_text(aion_extracted_charset(page, NULL), "windows-1252") && is_text(aion_extracted_language(page, NULL), "en"));
  CHECK(is_text(aion_extracted_canonical(page, NULL), "https://example.com/heron"));
  CHECK(is_text(aion_extracted_published(page, NULL), "2026-11-22"));
  CHECK(is_text(aion_extracted_detected_language(page, NULL), "en"));
  CHECK(aion_extracted_link_count(page) == 1 && aion_extracted_link(page, 0, &link) && link.nofollow);
  CHECK(is_text(link.url, "https://example.com/birds/b") && is_text(link.text, "more") && link.text_length == 4);
  CHECK(aion_extracted_image_count(page) == 1 && aion_extracted_image(page, 0, &image) && image.alt_length == 7);
  CHECK(aion_extracted_meta_count(page) == 2 && aion_extracted_meta(page, 1, &meta) && is_text(meta.name, "author"));
  CHECK(!aion_extracted_link(page, 1, &link) && !aion_extracted_image(page, 1, &image));
  CHECK_OK(aion_extracted_to_json(page, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"nofollow\":true") != NULL);
  CHECK(strstr(aion_text_data(json, NULL), "\"detected_language\":\"en\"") != NULL);
  aion_text_free(json);
  aion_extracted_free(page);
  options.max_bytes = 10;
  page = NULL;
  CHECK_STATUS(aion_extract_text((const uint8_t *)html, 11, &options, &page, &error), AION_ERROR_LIMIT_EXCEEDED);
  CHECK(page == NULL);
}

static void hostile_bytes_are_read_too(void) {
  enum { DEEP = 50000, NOISE = 65536 };
  size_t length = 0;
  char *bytes = (char *)malloc(DEEP * 5);
  for (size_t i = 0; i < DEEP; i++) memcpy(bytes + 5 * i, "<div>", 5);
  aion_extracted_t *page = extracted(bytes, DEEP * 5, NULL);
  CHECK(is_text(aion_extracted_source(page, NULL), "plain") && aion_extracted_language(page, NULL) == NULL);
  CHECK(aion_extracted_detected_language(page, &length) == NULL && length == 0);
  aion_extracted_free(page);
  uint32_t state = 1;
  for (size_t i = 0; i < NOISE; i++) bytes[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
  page = extracted(bytes, NOISE, NULL);
  const char *text = aion_extracted_text(page, &length);
  CHECK(text != NULL && text[length] == '\0');
  aion_extracted_free(page);
  page = extracted(NULL, 0, NULL);
  CHECK(is_text(aion_extracted_text(page, &length), "") && length == 0);
  aion_extracted_free(page);
  free(bytes);
}

static void an_address_has_one_spelling(void) {
  aion_error_t *error = NULL;
  aion_text_t *url = NULL;
  const char *wild = "../b?z=1&utm_source=x&a=2#top", *base = "https://example.com/a/";
  CHECK_OK(aion_canonical_url(wild, strlen(wild), base, strlen(base), &url, &error));
  CHECK(is_text(aion_text_data(url, NULL), "https://example.com/b?a=2&z=1"));
  aion_text_free(url);
  CHECK_STATUS(aion_canonical_url(wild, strlen(wild), NULL, 0, &url, &error), AION_ERROR_INVALID_INPUT);
  CHECK(url == NULL);
}

const test_t WEB_TESTS[] = {
    {"a verdict has reasons in two languages", a_verdict_has_reasons_in_two_languages},
    {"every signal of a page is read", every_signal_of_a_page_is_read},
    {"what the caller overlooks is told", what_the_caller_overlooks_is_told},
    {"robots are asked", robots_are_asked},
    {"a page is read", a_page_is_read},
    {"hostile bytes are read too", hostile_bytes_are_read_too},
    {"an address has one spelling", an_address_has_one_spelling},
    {NULL, NULL},
};
