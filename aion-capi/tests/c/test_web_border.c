/* Wrong use of everything that reads the web: NULL where it must not be, texts that are none. */
#include "site.h"

static void a_getter_answers_null_with_nothing(void) {
  size_t length = 7;
  aion_pair_t pair;
  aion_page_image_t image;
  aion_link_t link;
  aion_reason_t reason;
  const char *(*const page_texts[])(const aion_page_t *, size_t *) = {
      aion_page_url, aion_page_final_url, aion_page_title, aion_page_text,
      aion_page_content_type, aion_page_language, aion_page_detected_language, aion_page_published};
  const char *(*const preview_texts[])(const aion_preview_t *, size_t *) = {
      aion_preview_url, aion_preview_reason, aion_preview_error,
      aion_preview_title, aion_preview_excerpt, aion_preview_text};
  const char *(*const extracted_texts[])(const aion_extracted_t *, size_t *) = {
      aion_extracted_title, aion_extracted_text, aion_extracted_language, aion_extracted_canonical,
      aion_extracted_published, aion_extracted_charset, aion_extracted_source, aion_extracted_detected_language};
  for (size_t i = 0; i < sizeof page_texts / sizeof page_texts[0]; i++, length = 7) {
    CHECK(page_texts[i](NULL, &length) == NULL && length == 0 && page_texts[i](NULL, NULL) == NULL);
  }
  for (size_t i = 0; i < sizeof preview_texts / sizeof preview_texts[0]; i++, length = 7) {
    CHECK(preview_texts[i](NULL, &length) == NULL && length == 0 && preview_texts[i](NULL, NULL) == NULL);
  }
  for (size_t i = 0; i < sizeof extracted_texts / sizeof extracted_texts[0]; i++, length = 7) {
    CHECK(extracted_texts[i](NULL, &length) == NULL && length == 0 && extracted_texts[i](NULL, NULL) == NULL);
  }
  CHECK(aion_page_html(NULL, &length) == NULL && length == 0 && aion_page_html(NULL, NULL) == NULL);
  CHECK(aion_page_status(NULL) == 0 && aion_page_depth(NULL) == 0 && aion_page_link(NULL, 0, NULL) == NULL);
  CHECK(aion_page_link_count(NULL) == 0 && aion_page_image_count(NULL) == 0 && aion_page_meta_count(NULL) == 0);
  CHECK(aion_page_header_count(NULL) == 0 && !aion_page_header(NULL, 0, &pair) && !aion_page_meta(NULL, 0, &pair));
  CHECK(!aion_page_image(NULL, 0, &image) && aion_page_verdict(NULL) == NULL);
  CHECK(!aion_preview_ok(NULL) && aion_preview_meta_count(NULL) == 0 && !aion_preview_meta(NULL, 0, &pair));
  CHECK(aion_preview_verdict(NULL) == NULL && aion_robots_sitemap_count(NULL) == 0);
  CHECK(aion_robots_sitemap(NULL, 0, NULL) == NULL && aion_extracted_link_count(NULL) == 0);
  CHECK(aion_extracted_image_count(NULL) == 0 && aion_extracted_meta_count(NULL) == 0);
  CHECK(!aion_extracted_link(NULL, 0, &link) && !aion_extracted_image(NULL, 0, &image));
  CHECK(!aion_extracted_meta(NULL, 0, &pair) && !aion_verdict_ok(NULL) && !aion_verdict_follow_links(NULL));
  CHECK(!aion_verdict_allows(NULL, AION_USE_INGEST) && aion_verdict_reason_count(NULL) == 0);
  CHECK(aion_verdict_waived_count(NULL) == 0 && !aion_verdict_reason(NULL, 0, AION_LANGUAGE_ENGLISH, &reason));
  CHECK(!aion_verdict_waived(NULL, 0, AION_LANGUAGE_ENGLISH, &reason) && aion_crawl_has_ended(NULL));
  aion_crawl_free(NULL);
  aion_crawl_options_free(NULL);
  aion_extracted_free(NULL);
  aion_page_free(NULL);
  aion_preview_free(NULL);
  aion_robots_free(NULL);
  aion_verdict_free(NULL);
}

static void null_handles_and_places_are_refused(void) {
  aion_error_t *error = NULL;
  aion_crawl_t *crawl = NULL;
  aion_page_t *page = NULL;
  aion_preview_t *previews[2];
  aion_verdict_t *verdict = NULL;
  aion_robots_t *robots = NULL;
  aion_extracted_t *extracted = NULL;
  aion_text_t *text = NULL;
  aion_crawl_stats_t stats;
  aion_str_t urls[] = {{NULL, 4}};
  aion_policy_page_t nothing = aion_policy_page(NULL, 4, NULL, 0);
  bool allowed = true;
  uint64_t delay = 7;
  CHECK_INVALID(aion_crawl_start(NULL, "http://example.com/", 19, NULL, NULL, &crawl, &error));
  CHECK_INVALID(aion_crawl_start(engine(), "http://example.com/", 19, NULL, NULL, NULL, &error));
  CHECK_INVALID(aion_crawl_start(engine(), NULL, 19, NULL, NULL, &crawl, &error));
  CHECK_INVALID(aion_crawl_start(engine(), "http://example.com/", (size_t)-1, NULL, NULL, &crawl, &error));
  CHECK_INVALID(aion_crawl_next(NULL, 0, &page, &error));
  CHECK_INVALID(aion_crawl_stats(NULL, &stats, &error));
  CHECK_INVALID(aion_crawl_stats_json(NULL, &text, &error));
  CHECK_INVALID(aion_preview(NULL, NULL, 0, NULL, NULL, NULL, &error));
  CHECK_INVALID(aion_preview(engine(), NULL, 2, NULL, NULL, previews, &error));
  CHECK(previews[0] == NULL && previews[1] == NULL);
  CHECK_INVALID(aion_preview(engine(), urls, 1, NULL, NULL, previews, &error));
  CHECK_INVALID(aion_preview(engine(), urls, 1, NULL, NULL, NULL, &error));
  CHECK_INVALID(aion_preview(engine(), urls, (size_t)-1 / 8, NULL, NULL, previews, &error));
  CHECK_INVALID(aion_check_policy(NULL, NULL, &verdict, &error));
  CHECK_INVALID(aion_check_policy(&nothing, NULL, &verdict, &error));
  CHECK_INVALID(aion_check_policy(&nothing, NULL, NULL, &error));
  CHECK_INVALID(aion_robots_parse(NULL, 4, &robots, &error));
  CHECK_INVALID(aion_robots_parse(NULL, 0, NULL, &error));
  CHECK_INVALID(aion_robots_allowed(NULL, "a", 1, "/", 1, &allowed, &error));
  CHECK_INVALID(aion_robots_crawl_delay(NULL, "a", 1, &delay, &error));
  CHECK(!allowed && delay == AION_NO_CRAWL_DELAY);
  CHECK_INVALID(aion_extract_text(NULL, 4, NULL, &extracted, &error));
  CHECK_INVALID(aion_extract_text(NULL, 0, NULL, NULL, &error));
  CHECK_INVALID(aion_canonical_url(NULL, 4, NULL, 0, &text, &error));
  CHECK_INVALID(aion_canonical_url("http://a/", 9, NULL, 0, NULL, &error));
  CHECK_INVALID(aion_page_to_json(NULL, &text, &error));
  CHECK_INVALID(aion_preview_to_json(NULL, &text, &error));
  CHECK_INVALID(aion_extracted_to_json(NULL, &text, &error));
  CHECK_INVALID(aion_verdict_to_json(NULL, &text, &error));
  CHECK_INVALID(aion_addresses_add(NULL, "192.0.2.7", 9, &error));
  CHECK(crawl == NULL && page == NULL && verdict == NULL && robots == NULL && extracted == NULL && text == NULL);
  aion_crawl_options_t *options = site_options();
  crawl = site_crawl("/", options, NULL);
  CHECK_INVALID(aion_crawl_next(crawl, 0, NULL, &error));
  CHECK_INVALID(aion_crawl_stats(crawl, NULL, &error));
  CHECK_INVALID(aion_crawl_stats_json(crawl, NULL, &error));
  aion_crawl_free(crawl);
  aion_crawl_options_free(options);
}

static void null_options_can_not_be_changed(void) {
  aion_error_t *error = NULL;
  CHECK_INVALID(aion_config_set_crawl_max_pages(NULL, 1, &error));
  CHECK_INVALID(aion_config_set_respect_robots(NULL, true, &error));
  CHECK_INVALID(aion_config_set_blocklist(NULL, NULL, 0, &error));
  CHECK_INVALID(aion_config_set_user_agent(NULL, NULL, 0, &error));
  CHECK_INVALID(aion_crawl_options_set_max_pages(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_max_depth(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_same_host(NULL, true, &error));
  CHECK_INVALID(aion_crawl_options_set_hosts(NULL, NULL, 0, &error));
  CHECK_INVALID(aion_crawl_options_set_blocklist(NULL, NULL, 0, &error));
  CHECK_INVALID(aion_crawl_options_set_respect_robots(NULL, true, &error));
  CHECK_INVALID(aion_crawl_options_set_user_agent(NULL, NULL, 0, &error));
  CHECK_INVALID(aion_crawl_options_set_delay_ms(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_concurrency(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_connections_per_host(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_max_page_bytes(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_max_header_bytes(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_page_timeout_ms(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_connect_timeout_ms(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_max_redirects(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_retries(NULL, 1, &error));
  CHECK_INVALID(aion_crawl_options_set_sitemaps(NULL, true, &error));
  CHECK_INVALID(aion_crawl_options_set_documents(NULL, true, &error));
  CHECK_INVALID(aion_crawl_options_set_allow_private_hosts(NULL, true, &error));
  CHECK_INVALID(aion_crawl_options_set_state(NULL, NULL, 0, &error));
  CHECK_INVALID(aion_crawl_options_set_policy(NULL, NULL, &error));
  CHECK_INVALID(aion_crawl_options_set_resolver(NULL, NULL, NULL, NULL, &error));
}

static void options_out_of_their_range_are_refused(void) {
  aion_error_t *error = NULL;
  aion_crawl_t *crawl = NULL;
  aion_str_t hosts[] = {{"not a host", 10}};
  for (int wrong = 0; wrong < 8; wrong++) {
    aion_crawl_options_t *options = site_options();
    switch (wrong) {
      case 0: CHECK_OK(aion_crawl_options_set_max_pages(options, 0, &error)); break;
      case 1: CHECK_OK(aion_crawl_options_set_concurrency(options, 5000, &error)); break;
      case 2: CHECK_OK(aion_crawl_options_set_connections_per_host(options, 5000, &error)); break;
      case 3: CHECK_OK(aion_crawl_options_set_max_page_bytes(options, 0, &error)); break;
      case 4: CHECK_OK(aion_crawl_options_set_max_header_bytes(options, 0, &error)); break;
      case 5: CHECK_OK(aion_crawl_options_set_page_timeout_ms(options, 0, &error)); break;
      case 6: CHECK_OK(aion_crawl_options_set_connect_timeout_ms(options, 0, &error)); break;
      default: CHECK_OK(aion_crawl_options_set_hosts(options, hosts, 1, &error)); break;
    }
    aion_str_t seed = site_str("/");
    CHECK_INVALID(aion_crawl_start(engine(), seed.data, seed.length, options, NULL, &crawl, &error));
    CHECK(crawl == NULL);
    aion_crawl_options_free(options);
  }
}

static void a_text_that_is_no_utf8_is_refused(void) {
  aion_error_t *error = NULL;
  aion_crawl_t *crawl = NULL;
  aion_verdict_t *verdict = NULL;
  aion_extracted_t *extracted = NULL;
  aion_text_t *text = NULL;
  aion_preview_t *previews[2];
  aion_robots_t *robots = NULL;
  bool allowed = true;
  uint64_t delay = 7;
  aion_str_t list[] = {{"http://a/", 9}, {"\xff", 1}};
  aion_pair_t header = {"a", 1, "\xff", 1};
  aion_config_t *config = aion_config_new();
  aion_crawl_options_t *options = site_options();
  CHECK_OK(aion_robots_parse(NULL, 0, &robots, &error));
  CHECK_INVALID(aion_config_set_blocklist(config, list, 2, &error));
  CHECK_INVALID(aion_config_set_user_agent(config, "\xff", 1, &error));
  CHECK_INVALID(aion_crawl_options_set_hosts(options, list, 2, &error));
  CHECK_INVALID(aion_crawl_options_set_blocklist(options, list, 2, &error));
  CHECK_INVALID(aion_crawl_options_set_user_agent(options, "\xff", 1, &error));
  CHECK_INVALID(aion_crawl_options_set_state(options, "\xff", 1, &error));
  CHECK_INVALID(aion_crawl_options_set_state(options, "a\0b", 3, &error));
  CHECK_INVALID(aion_crawl_start(engine(), "http://\xff/", 9, options, NULL, &crawl, &error));
  aion_status_t status = aion_preview(engine(), list, 2, options, NULL, previews, &error);
  CHECK(error != NULL && strstr(aion_error_message(error, NULL), "`urls[1]`") != NULL);
  CHECK_INVALID(status);
  CHECK(previews[0] == NULL && previews[1] == NULL);
  aion_policy_page_t page = aion_policy_page("\xff", 1, NULL, 0);
  CHECK_INVALID(aion_check_policy(&page, NULL, &verdict, &error));
  page = aion_policy_page(NULL, 0, "\xff", 1);
  CHECK_INVALID(aion_check_policy(&page, NULL, &verdict, &error));
  page = aion_policy_page(NULL, 0, NULL, 0);
  page.headers = &header;
  page.header_count = 1;
  CHECK_INVALID(aion_check_policy(&page, NULL, &verdict, &error));
  header.name = "\xff";
  header.value = "a";
  CHECK_INVALID(aion_check_policy(&page, NULL, &verdict, &error));
  page.header_count = 0;
  aion_policy_options_t policy = aion_policy_options_default();
  policy.user_agent = "\xff";
  policy.user_agent_length = 1;
  CHECK_INVALID(aion_check_policy(&page, &policy, &verdict, &error));
  CHECK_INVALID(aion_crawl_options_set_policy(options, &policy, &error));
  policy = aion_policy_options_default();
  policy.ignore = list + 1;
  policy.ignore_count = 1;
  CHECK_INVALID(aion_check_policy(&page, &policy, &verdict, &error));
  CHECK_INVALID(aion_robots_allowed(robots, "\xff", 1, "/", 1, &allowed, &error));
  CHECK_INVALID(aion_robots_allowed(robots, "a", 1, "/\xff", 2, &allowed, &error));
  CHECK_INVALID(aion_robots_crawl_delay(robots, "\xff", 1, &delay, &error));
  aion_extract_options_t reading = aion_extract_options_default();
  reading.url = "\xff";
  reading.url_length = 1;
  CHECK_INVALID(aion_extract_text(NULL, 0, &reading, &extracted, &error));
  reading = aion_extract_options_default();
  reading.content_type = "\xff";
  reading.content_type_length = 1;
  CHECK_INVALID(aion_extract_text(NULL, 0, &reading, &extracted, &error));
  CHECK_INVALID(aion_canonical_url("\xff", 1, NULL, 0, &text, &error));
  CHECK_INVALID(aion_canonical_url("a", 1, "\xff", 1, &text, &error));
  CHECK(crawl == NULL && verdict == NULL && extracted == NULL && text == NULL && !allowed);
  aion_robots_free(robots);
  aion_crawl_options_free(options);
  aion_config_free(config);
}

const test_t WEB_BORDER_TESTS[] = {
    {"a getter answers NULL with nothing", a_getter_answers_null_with_nothing},
    {"NULL handles and places are refused", null_handles_and_places_are_refused},
    {"NULL options can not be changed", null_options_can_not_be_changed},
    {"options out of their range are refused", options_out_of_their_range_are_refused},
    {"a text that is no UTF-8 is refused", a_text_that_is_no_utf8_is_refused},
    {NULL, NULL},
};
