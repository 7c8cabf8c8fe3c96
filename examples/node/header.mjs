// The structs and functions of include/aion.h that are used here, as koffi calls them.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import koffi from 'koffi';

// By default koffi gives a call 128 KiB of stack, which decoders and models do not fit into.
koffi.config({ async_stack_size: 4 << 20 });

const lib = koffi.load(findLibrary());

const HANDLES = `adapter_history adapter_pin adapter_version adapters budget budget_policy config control crawl
  crawl_options decision document engine error extracted grant held_out hits image knowledge lora ocr page preview robots sft_report text verdict`;
for (const name of HANDLES.split(/\s+/)) koffi.opaque(`aion_${name}_t`);
koffi.struct('aion_source_t', {
  data: 'const uint8_t *',
  length: 'size_t',
  kind: 'uint32_t',
  width: 'uint32_t',
  height: 'uint32_t',
  channels: 'uint32_t',
});
koffi.struct('aion_parse_options_t', { ocr: 'bool', clip: 'bool', rgba: 'bool' });
koffi.struct('aion_ocr_options_t', {
  lang: 'const char *',
  lang_length: 'size_t',
  page_mode: 'const char *',
  page_mode_length: 'size_t',
  orient: 'bool',
  whitelist: 'const char *',
  whitelist_length: 'size_t',
});
koffi.struct('aion_str_t', { data: 'const char *', length: 'size_t' });
koffi.struct('aion_knowledge_options_t', {
  read_only: 'bool',
  chunk_bytes: 'size_t',
  max_text_bytes: 'size_t',
  max_file_bytes: 'size_t',
  threads: 'size_t',
  patience_ms: 'uint64_t',
});
koffi.struct('aion_knowledge_item_t', {
  source: 'aion_str_t',
  text: 'aion_str_t',
  data: 'const uint8_t *',
  data_length: 'size_t',
  path: 'aion_str_t',
  title: 'aion_str_t',
  language: 'aion_str_t',
  parent: 'aion_str_t',
  etag: 'aion_str_t',
  last_modified: 'aion_str_t',
  fetched_at_ms: 'int64_t',
});
koffi.struct('aion_ingested_t', { document: 'int64_t', change: 'uint32_t' });
koffi.struct('aion_search_options_t', {
  kind: 'aion_str_t',
  host: 'aion_str_t',
  source_prefix: 'aion_str_t',
  since_ms: 'int64_t',
  until_ms: 'int64_t',
  mode: 'uint32_t',
  passages: 'bool',
  prefix: 'bool',
});
koffi.struct('aion_pair_t', { name: 'const char *', name_length: 'size_t', value: 'const char *', value_length: 'size_t' });
koffi.struct('aion_extract_options_t', {
  url: 'const char *',
  url_length: 'size_t',
  content_type: 'const char *',
  content_type_length: 'size_t',
  max_bytes: 'size_t',
});
koffi.struct('aion_document_options_t', {
  name: 'const char *',
  name_length: 'size_t',
  content_type: 'const char *',
  content_type_length: 'size_t',
  url: 'const char *',
  url_length: 'size_t',
  max_bytes: 'size_t',
  max_unpacked_bytes: 'uint64_t',
  max_text_bytes: 'size_t',
  max_pages: 'size_t',
  max_cells: 'size_t',
  max_pictures: 'size_t',
  max_picture_pixels: 'uint64_t',
});
koffi.struct('aion_policy_options_t', {
  user_agent: 'const char *',
  user_agent_length: 'size_t',
  min_text_chars: 'size_t',
  ignore: 'const aion_str_t *',
  ignore_count: 'size_t',
});
koffi.struct('aion_policy_page_t', {
  url: 'const char *',
  url_length: 'size_t',
  text: 'const char *',
  text_length: 'size_t',
  headers: 'const aion_pair_t *',
  header_count: 'size_t',
  html: 'const uint8_t *',
  html_length: 'size_t',
  tdmrep: 'const uint8_t *',
  tdmrep_length: 'size_t',
  robots: 'const aion_robots_t *',
  robots_unreachable: 'bool',
  status: 'uint32_t',
});
koffi.struct('aion_budget_status_t', {
  window: koffi.array('char', 16, 'String'),
  window_ends_ms: 'int64_t',
  daily_micro_usd: 'int64_t',
  spent_micro_usd: 'int64_t',
  held_micro_usd: 'int64_t',
  dispatched_micro_usd: 'int64_t',
  remaining_micro_usd: 'int64_t',
  overrun_micro_usd: 'int64_t',
  fallbacks_last_hour: 'uint64_t',
  max_fallbacks_per_hour: 'uint32_t',
  clock: koffi.array('char', 16, 'String'),
  ledger: koffi.array('char', 16, 'String'),
});

koffi.struct('aion_sft_options_t', {
  system: 'const char *',
  system_length: 'size_t',
  without_system: 'bool',
  has_min_rating: 'bool',
  min_rating: 'double',
  limit: 'size_t',
  keep_pii: 'bool',
});
koffi.struct('aion_held_out_options_t', {
  epsilon: 'double',
  batch_tokens: 'size_t',
  max_length: 'size_t',
  assistant_only: 'bool',
  chat_template: 'bool',
  threads: 'size_t',
});
koffi.struct('aion_adapters_options_t', { keep: 'size_t', patience_ms: 'uint64_t' });
koffi.struct('aion_metric_t', { name: 'const char *', name_length: 'size_t', value: 'double' });
koffi.struct('aion_promote_options_t', {
  check: 'void *',
  user: 'void *',
  base: 'const char *',
  base_length: 'size_t',
  metrics: 'const aion_metric_t *',
  metric_count: 'size_t',
  held_out: 'const aion_held_out_t *',
});
koffi.struct('aion_lora_options_t', {
  rank: 'size_t',
  alpha: 'double',
  dropout: 'double',
  target_modules: 'const aion_str_t *',
  target_module_count: 'size_t',
  learning_rate: 'double',
  weight_decay: 'double',
  schedule: 'uint32_t',
  total_steps: 'uint64_t',
  warmup_steps: 'uint64_t',
  max_grad_norm: 'double',
  max_length: 'size_t',
  gradient_accumulation: 'uint32_t',
  recompute: 'bool',
  seed: 'uint64_t',
  threads: 'size_t',
});
koffi.struct('aion_lora_train_options_t', {
  epochs: 'uint32_t',
  batch_size: 'size_t',
  batch_tokens: 'size_t',
  held_out: 'double',
  evaluate_every: 'uint64_t',
  checkpoint: 'const char *',
  checkpoint_length: 'size_t',
  checkpoint_every: 'uint64_t',
  assistant_only: 'bool',
  chat_template: 'bool',
});

/** Every function of the header that is used here, by its name. */
export const c = bind(`
  uint32_t aion_abi_version(void)
  const char *aion_version(void)
  int32_t aion_error_status(const aion_error_t *error)
  const char *aion_error_kind(const aion_error_t *error, void *length)
  const char *aion_error_message(const aion_error_t *error, void *length)
  bool aion_error_is_retryable(const aion_error_t *error)
  void aion_error_free(aion_error_t *error)
  int32_t aion_config_from_env(_Out_ aion_config_t **out, _Out_ aion_error_t **error)
  int32_t aion_config_set_clip_model(aion_config_t *config, const char *path, size_t length, _Out_ aion_error_t **error)
  int32_t aion_config_set_onnxruntime(aion_config_t *config, const char *path, size_t length, _Out_ aion_error_t **error)
  int32_t aion_config_set_ocr_lang(aion_config_t *config, const char *lang, size_t length, _Out_ aion_error_t **error)
  int32_t aion_config_set_blocklist(aion_config_t *config, const aion_str_t *sites, size_t count, _Out_ aion_error_t **error)
  int32_t aion_config_set_user_agent(aion_config_t *config, const char *agent, size_t length, _Out_ aion_error_t **error)
  int32_t aion_config_set_threads(aion_config_t *config, size_t threads, _Out_ aion_error_t **error)
  void aion_config_free(aion_config_t *config)
  aion_control_t *aion_control_new(void)
  void aion_control_cancel(const aion_control_t *control)
  void aion_control_set_timeout_ms(const aion_control_t *control, uint64_t milliseconds)
  void aion_control_free(aion_control_t *control)
  int32_t aion_engine_new(const aion_config_t *config, _Out_ aion_engine_t **out, _Out_ aion_error_t **error)
  void aion_engine_free(aion_engine_t *engine)
  int32_t aion_parse_image(const aion_engine_t *engine, aion_source_t source, const aion_parse_options_t *options, const aion_control_t *control, _Out_ aion_image_t **out, _Out_ aion_error_t **error)
  uint32_t aion_image_width(const aion_image_t *image)
  uint32_t aion_image_height(const aion_image_t *image)
  void *aion_image_rgba(const aion_image_t *image, _Out_ size_t *length)
  const char *aion_image_ocr_text(const aion_image_t *image, void *length)
  const aion_ocr_t *aion_image_ocr(const aion_image_t *image)
  size_t aion_image_clip_dimension(const aion_image_t *image)
  int32_t aion_image_clip_vector(const aion_image_t *image, float *out, size_t capacity, _Out_ aion_error_t **error)
  const char *aion_image_meta_json(const aion_image_t *image, void *length)
  void aion_image_free(aion_image_t *image)
  int32_t aion_ocr(const aion_engine_t *engine, aion_source_t source, const aion_ocr_options_t *options, const aion_control_t *control, _Out_ aion_ocr_t **out, _Out_ aion_error_t **error)
  int32_t aion_ocr_to_json(const aion_ocr_t *ocr, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_ocr_free(aion_ocr_t *ocr)
  const char *aion_text_data(const aion_text_t *text, void *length)
  void aion_text_free(aion_text_t *text)
  int32_t aion_embed_clip_image(const aion_engine_t *engine, aion_source_t source, const aion_control_t *control, float *out, size_t capacity, _Out_ size_t *dimension, _Out_ aion_error_t **error)
  int32_t aion_embed_clip_text(const aion_engine_t *engine, const char *text, size_t length, const aion_control_t *control, float *out, size_t capacity, _Out_ size_t *dimension, _Out_ aion_error_t **error)
  int32_t aion_extract_text(const uint8_t *html, size_t length, const aion_extract_options_t *options, _Out_ aion_extracted_t **out, _Out_ aion_error_t **error)
  aion_extract_options_t aion_extract_options_default(void)
  int32_t aion_extracted_to_json(const aion_extracted_t *extracted, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_extracted_free(aion_extracted_t *extracted)
  int32_t aion_extract_document(const aion_engine_t *engine, aion_source_t source, const aion_document_options_t *options, const aion_ocr_options_t *ocr_options, const aion_control_t *control, _Out_ aion_document_t **out, _Out_ aion_error_t **error)
  aion_document_options_t aion_document_options_default(void)
  int32_t aion_document_to_json(const aion_document_t *document, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_document_free(aion_document_t *document)
  int32_t aion_canonical_url(const char *url, size_t url_length, const char *base, size_t base_length, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  int32_t aion_robots_parse(const uint8_t *body, size_t length, _Out_ aion_robots_t **out, _Out_ aion_error_t **error)
  int32_t aion_robots_allowed(const aion_robots_t *robots, const char *user_agent, size_t user_agent_length, const char *url, size_t url_length, _Out_ bool *allowed, _Out_ aion_error_t **error)
  int32_t aion_robots_crawl_delay(const aion_robots_t *robots, const char *user_agent, size_t user_agent_length, _Out_ uint64_t *milliseconds, _Out_ aion_error_t **error)
  size_t aion_robots_sitemap_count(const aion_robots_t *robots)
  const char *aion_robots_sitemap(const aion_robots_t *robots, size_t index, void *length)
  void aion_robots_free(aion_robots_t *robots)
  aion_policy_options_t aion_policy_options_default(void)
  int32_t aion_check_policy(const aion_policy_page_t *page, const aion_policy_options_t *options, _Out_ aion_verdict_t **out, _Out_ aion_error_t **error)
  int32_t aion_verdict_to_json(const aion_verdict_t *verdict, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_verdict_free(aion_verdict_t *verdict)
  aion_crawl_options_t *aion_crawl_options_new(const aion_engine_t *engine)
  int32_t aion_crawl_options_set_max_pages(aion_crawl_options_t *options, size_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_max_depth(aion_crawl_options_t *options, uint32_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_same_host(aion_crawl_options_t *options, bool value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_respect_robots(aion_crawl_options_t *options, bool value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_delay_ms(aion_crawl_options_t *options, uint64_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_concurrency(aion_crawl_options_t *options, size_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_connections_per_host(aion_crawl_options_t *options, size_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_max_page_bytes(aion_crawl_options_t *options, size_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_max_header_bytes(aion_crawl_options_t *options, size_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_page_timeout_ms(aion_crawl_options_t *options, uint64_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_connect_timeout_ms(aion_crawl_options_t *options, uint64_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_max_redirects(aion_crawl_options_t *options, uint32_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_retries(aion_crawl_options_t *options, uint32_t value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_sitemaps(aion_crawl_options_t *options, bool value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_documents(aion_crawl_options_t *options, bool value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_allow_private_hosts(aion_crawl_options_t *options, bool value, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_hosts(aion_crawl_options_t *options, const aion_str_t *hosts, size_t count, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_blocklist(aion_crawl_options_t *options, const aion_str_t *sites, size_t count, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_user_agent(aion_crawl_options_t *options, const char *agent, size_t length, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_state(aion_crawl_options_t *options, const char *path, size_t length, _Out_ aion_error_t **error)
  int32_t aion_crawl_options_set_policy(aion_crawl_options_t *options, const aion_policy_options_t *policy, _Out_ aion_error_t **error)
  void aion_crawl_options_free(aion_crawl_options_t *options)
  int32_t aion_crawl_start(const aion_engine_t *engine, const char *seed, size_t length, const aion_crawl_options_t *options, const aion_control_t *control, _Out_ aion_crawl_t **out, _Out_ aion_error_t **error)
  int32_t aion_crawl_next(const aion_crawl_t *crawl, uint64_t timeout_ms, _Out_ aion_page_t **out, _Out_ aion_error_t **error)
  bool aion_crawl_has_ended(const aion_crawl_t *crawl)
  int32_t aion_crawl_stats_json(const aion_crawl_t *crawl, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_crawl_free(aion_crawl_t *crawl)
  void *aion_page_html(const aion_page_t *page, _Out_ size_t *length)
  int32_t aion_page_to_json(const aion_page_t *page, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_page_free(aion_page_t *page)
  int32_t aion_preview(const aion_engine_t *engine, const aion_str_t *urls, size_t count, const aion_crawl_options_t *options, const aion_control_t *control, _Out_ aion_preview_t **previews, _Out_ aion_error_t **error)
  int32_t aion_preview_to_json(const aion_preview_t *preview, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_preview_free(aion_preview_t *preview)
  int32_t aion_usd_at_least(const char *text, size_t length, _Out_ int64_t *micro_usd, _Out_ aion_error_t **error)
  int32_t aion_usd_at_most(const char *text, size_t length, _Out_ int64_t *micro_usd, _Out_ aion_error_t **error)
  aion_budget_policy_t *aion_budget_policy_new(void)
  int32_t aion_budget_policy_from_env(_Out_ aion_budget_policy_t **out, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_enabled(aion_budget_policy_t *policy, bool enabled, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_daily_micro_usd(aion_budget_policy_t *policy, int64_t micro_usd, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_max_fallbacks_per_hour(aion_budget_policy_t *policy, uint32_t calls, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_confidence_threshold(aion_budget_policy_t *policy, double threshold, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_max_tokens_per_reply(aion_budget_policy_t *policy, uint32_t tokens, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_timezone(aion_budget_policy_t *policy, const char *zone, size_t length, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_after_reboot(aion_budget_policy_t *policy, const char *belief, size_t length, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_clock_tolerance_ms(aion_budget_policy_t *policy, uint64_t milliseconds, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_grace_ms(aion_budget_policy_t *policy, uint64_t milliseconds, _Out_ aion_error_t **error)
  int32_t aion_budget_policy_set_patience_ms(aion_budget_policy_t *policy, uint64_t milliseconds, _Out_ aion_error_t **error)
  void aion_budget_policy_free(aion_budget_policy_t *policy)
  int32_t aion_budget_open(const char *path, size_t length, const aion_budget_policy_t *policy, _Out_ aion_budget_t **out, _Out_ aion_error_t **error)
  uint32_t aion_budget_max_tokens_per_reply(const aion_budget_t *budget)
  int32_t aion_budget_decide(const aion_budget_t *budget, double confidence, int64_t cost_micro_usd, const char *key, size_t key_length, _Out_ aion_decision_t **out, _Out_ aion_error_t **error)
  int32_t aion_budget_status(const aion_budget_t *budget, _Out_ aion_budget_status_t *out, _Out_ aion_error_t **error)
  int32_t aion_budget_sweep(const aion_budget_t *budget, _Out_ size_t *ended, _Out_ aion_error_t **error)
  int32_t aion_budget_confirm_clock(const aion_budget_t *budget, _Out_ aion_error_t **error)
  int32_t aion_budget_audit(const aion_budget_t *budget, _Out_ size_t *problems, _Out_ aion_text_t **report, _Out_ aion_error_t **error)
  int32_t aion_budget_journal_json(const aion_budget_t *budget, int64_t after, size_t limit, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  int32_t aion_budget_grant(const aion_budget_t *budget, const char *id, size_t length, _Out_ aion_grant_t **out, _Out_ aion_error_t **error)
  void aion_budget_free(aion_budget_t *budget)
  int32_t aion_replay_decision(const char *json, size_t length, _Out_ aion_decision_t **out, _Out_ aion_error_t **error)
  const char *aion_decision_explanation(const aion_decision_t *decision, void *length)
  bool aion_decision_is_fallback(const aion_decision_t *decision)
  const char *aion_decision_reason(const aion_decision_t *decision, void *length)
  const char *aion_decision_record_json(const aion_decision_t *decision, void *length)
  aion_grant_t *aion_decision_take_grant(aion_decision_t *decision)
  void aion_decision_free(aion_decision_t *decision)
  const char *aion_grant_id(const aion_grant_t *grant, void *length)
  int64_t aion_grant_held(const aion_grant_t *grant)
  int32_t aion_grant_state(const aion_grant_t *grant, _Out_ uint32_t *state, _Out_ aion_error_t **error)
  int32_t aion_grant_dispatched(const aion_grant_t *grant, _Out_ aion_error_t **error)
  int32_t aion_grant_settle(const aion_grant_t *grant, int64_t actual_micro_usd, _Out_ int64_t *captured, _Out_ int64_t *overrun, _Out_ aion_error_t **error)
  int32_t aion_grant_release(const aion_grant_t *grant, _Out_ aion_error_t **error)
  int32_t aion_grant_end(const aion_grant_t *grant, _Out_ aion_error_t **error)
  void aion_grant_free(aion_grant_t *grant)
  int32_t aion_knowledge_open(const char *path, size_t length, const aion_knowledge_options_t *options, const aion_engine_t *engine, _Out_ aion_knowledge_t **out, _Out_ aion_error_t **error)
  int32_t aion_knowledge_ingest(const aion_knowledge_t *knowledge, const aion_knowledge_item_t *items, size_t count, const aion_control_t *control, _Out_ aion_ingested_t *results, _Out_ aion_error_t **errors, _Out_ aion_error_t **error)
  int32_t aion_knowledge_search_text(const aion_knowledge_t *knowledge, const char *query, size_t length, size_t k, const aion_search_options_t *options, const aion_control_t *control, _Out_ aion_hits_t **out, _Out_ aion_error_t **error)
  int32_t aion_knowledge_update_ema(const aion_knowledge_t *knowledge, int64_t document, _Out_ size_t *used, _Out_ aion_error_t **error)
  void aion_knowledge_free(aion_knowledge_t *knowledge)
  int32_t aion_hits_to_json(const aion_hits_t *hits, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_hits_free(aion_hits_t *hits)
  int32_t aion_sft_build(const char *source, size_t source_length, const char *path, size_t path_length, const aion_sft_options_t *options, const aion_control_t *control, _Out_ aion_sft_report_t **out, _Out_ aion_error_t **error)
  int32_t aion_sft_report_to_json(const aion_sft_report_t *report, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_sft_report_free(aion_sft_report_t *report)
  aion_held_out_options_t aion_held_out_options_default(void)
  int32_t aion_held_out_open(const char *base, size_t base_length, const char *path, size_t path_length, const aion_held_out_options_t *options, const aion_control_t *control, _Out_ aion_held_out_t **out, _Out_ aion_error_t **error)
  int32_t aion_held_out_loss(const aion_held_out_t *held_out, const char *adapter, size_t length, const aion_control_t *control, _Out_ double *loss, _Out_ aion_error_t **error)
  void aion_held_out_free(aion_held_out_t *held_out)
  int32_t aion_adapters_open(const char *root, size_t length, const aion_adapters_options_t *options, const aion_control_t *control, _Out_ aion_adapters_t **out, _Out_ aion_error_t **error)
  int32_t aion_adapter_promote(const aion_adapters_t *adapters, const char *path, size_t length, const aion_promote_options_t *options, const aion_control_t *control, _Out_ aion_adapter_version_t **out, _Out_ aion_error_t **error)
  int32_t aion_adapters_current(const aion_adapters_t *adapters, _Out_ aion_adapter_version_t **out, _Out_ aion_error_t **error)
  int32_t aion_adapters_rollback(const aion_adapters_t *adapters, const aion_control_t *control, _Out_ aion_adapter_version_t **out, _Out_ aion_error_t **error)
  int32_t aion_adapters_history(const aion_adapters_t *adapters, _Out_ aion_adapter_history_t **out, _Out_ aion_error_t **error)
  int32_t aion_adapters_pin(const aion_adapters_t *adapters, const char *id, size_t length, _Out_ aion_adapter_pin_t **out, _Out_ aion_error_t **error)
  void aion_adapters_free(aion_adapters_t *adapters)
  const aion_adapter_version_t *aion_adapter_pin_version(const aion_adapter_pin_t *pin)
  int32_t aion_adapter_pin_verify(const aion_adapter_pin_t *pin, const aion_control_t *control, _Out_ aion_error_t **error)
  void aion_adapter_pin_free(aion_adapter_pin_t *pin)
  int32_t aion_adapter_version_to_json(const aion_adapter_version_t *version, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  void aion_adapter_version_free(aion_adapter_version_t *version)
  size_t aion_adapter_history_count(const aion_adapter_history_t *history)
  const aion_adapter_version_t *aion_adapter_history_at(const aion_adapter_history_t *history, size_t index)
  void aion_adapter_history_free(aion_adapter_history_t *history)
  aion_lora_options_t aion_lora_options_default(void)
  int32_t aion_lora_new(const char *base, size_t base_length, const char *adapter, size_t adapter_length, const aion_lora_options_t *options, const aion_control_t *control, _Out_ aion_lora_t **out, _Out_ aion_error_t **error)
  int32_t aion_lora_train(aion_lora_t *lora, const char *path, size_t length, const aion_lora_train_options_t *options, const aion_control_t *control, _Out_ aion_text_t **out, _Out_ aion_error_t **error)
  int32_t aion_lora_save(const aion_lora_t *lora, const char *path, size_t length, _Out_ aion_error_t **error)
  void aion_lora_free(aion_lora_t *lora)
`);

function bind(prototypes) {
  const lines = prototypes.split('\n').map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries(lines.map((line) => [/(aion_\w+)\(/.exec(line)[1], lib.func(line)]));
}

function findLibrary() {
  const target = new URL('../../target/', import.meta.url);
  const built = ['release/libaion.so', 'install/lib/libaion.so'].map((path) => fileURLToPath(new URL(path, target)));
  return process.env.AION_LIBRARY ?? built.find((path) => existsSync(path)) ?? 'libaion.so.0';
}
