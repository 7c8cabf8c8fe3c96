/* Versions, errors, wrong use, and panics: what the border does whatever lies behind it. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

#include "check.h"

#ifdef __cplusplus
extern "C"
#endif
/* Exported for this test only. */
aion_status_t aion_test_panic(aion_error_t **error);

static const uint8_t NOISE[] = {1, 2, 3, 4};

static void the_version_is_that_of_the_header(void) {
  CHECK(aion_abi_version() == AION_ABI_VERSION);
  CHECK(strchr(aion_version(), '.') != NULL);
}

static void a_panic_comes_back_as_an_error(void) {
  aion_error_t *error = NULL;
  size_t length = 0;
  aion_status_t status = aion_test_panic(&error);
  CHECK(status == AION_ERROR_INTERNAL);
  CHECK(error != NULL && strstr(aion_error_message(error, &length), "a panic that a test asked for") != NULL);
  CHECK(length == strlen(aion_error_message(error, NULL)));
  CHECK_STATUS(status, AION_ERROR_INTERNAL);
  CHECK(aion_test_panic(NULL) == AION_ERROR_INTERNAL);
}

static void an_error_tells_what_it_is(void) {
  aion_error_t *error = NULL;
  aion_parse_options_t options = pixels_only();
  aion_image_t *image = NULL;
  size_t length = 0;
  aion_status_t status = aion_parse_image(engine(), picture("no such.png"), &options, NULL, &image, &error);
  CHECK(strcmp(aion_error_kind(error, &length), "not_found") == 0 && length == 9);
  CHECK(strstr(aion_error_message(error, NULL), "no such.png") != NULL);
  CHECK(!aion_error_is_retryable(error));
  CHECK_STATUS(status, AION_ERROR_NOT_FOUND);
  CHECK(aion_parse_image(engine(), picture("no such.png"), &options, NULL, &image, NULL) == AION_ERROR_NOT_FOUND);
  CHECK(image == NULL);
}

static void freeing_null_is_nothing(void) {
  aion_config_free(NULL);
  aion_control_free(NULL);
  aion_engine_free(NULL);
  aion_error_free(NULL);
  aion_image_free(NULL);
  aion_ocr_free(NULL);
  aion_text_free(NULL);
}

static void a_getter_answers_null_with_nothing(void) {
  aion_ocr_page_t page;
  aion_ocr_word_t word;
  size_t length = 7;
  CHECK(aion_image_width(NULL) == 0 && aion_image_height(NULL) == 0);
  CHECK(aion_image_rgba(NULL, &length) == NULL && length == 0);
  length = 7;
  CHECK(aion_image_ocr_text(NULL, &length) == NULL && length == 0);
  CHECK(aion_image_ocr(NULL) == NULL && aion_image_clip_dimension(NULL) == 0);
  CHECK(aion_image_meta_json(NULL, NULL) == NULL);
  CHECK(aion_ocr_text(NULL, NULL) == NULL && aion_ocr_confidence(NULL) == 0.0f);
  CHECK(aion_ocr_page_count(NULL) == 0 && aion_ocr_word_count(NULL) == 0);
  CHECK(!aion_ocr_page(NULL, 0, &page) && !aion_ocr_word(NULL, 0, &word));
  CHECK(aion_text_data(NULL, NULL) == NULL);
  CHECK(aion_error_status(NULL) == AION_OK && !aion_error_is_retryable(NULL));
  CHECK(aion_error_kind(NULL, NULL) == NULL && aion_error_message(NULL, NULL) == NULL);
  aion_control_cancel(NULL);
  aion_control_set_timeout_ms(NULL, 1);
  aion_control_set_progress(NULL, NULL, NULL);
}

static void null_where_it_must_not_be_is_refused(void) {
  aion_error_t *error = NULL;
  aion_image_t *image = NULL;
  aion_image_t *images[2];
  aion_ocr_t *ocr = NULL;
  aion_text_t *text = NULL;
  float floats[4];
  size_t count = 0;
  CHECK_INVALID(aion_engine_new(NULL, NULL, &error));
  CHECK_INVALID(aion_config_from_env(NULL, &error));
  CHECK_INVALID(aion_config_set_threads(NULL, 1, &error));
  CHECK_INVALID(aion_parse_image(NULL, dot(), NULL, NULL, &image, &error));
  CHECK_INVALID(aion_parse_image(engine(), dot(), NULL, NULL, NULL, &error));
  CHECK_INVALID(aion_parse_image(engine(), aion_source_bytes(NULL, 4), NULL, NULL, &image, &error));
  CHECK_INVALID(aion_parse_images(engine(), NULL, 2, NULL, NULL, images, NULL, &error));
  CHECK_INVALID(aion_parse_images(engine(), NULL, 2, NULL, NULL, NULL, NULL, &error));
  CHECK_INVALID(aion_ocr(NULL, dot(), NULL, NULL, &ocr, &error));
  CHECK_INVALID(aion_ocr_to_hocr(NULL, &text, &error));
  CHECK_INVALID(aion_image_clip_vector(NULL, floats, 4, &error));
  CHECK_INVALID(aion_embed_clip_image(engine(), dot(), NULL, floats, 4, NULL, &error));
  CHECK_INVALID(aion_embed_clip_image(engine(), dot(), NULL, NULL, 4, &count, &error));
  CHECK_INVALID(aion_clip_tokenize(engine(), NULL, 4, NULL, 0, &count, &error));
  CHECK_INVALID(aion_clip_preprocess(engine(), dot(), floats, 4, NULL, &error));
  CHECK(image == NULL && images[0] == NULL && images[1] == NULL && ocr == NULL && text == NULL);
}

static void a_length_that_can_not_be_is_refused(void) {
  aion_error_t *error = NULL;
  aion_image_t *image = NULL;
  aion_parse_options_t options = pixels_only();
  float floats[2];
  float *misaligned = (float *)(void *)((char *)floats + 1);
  size_t count = 0;
  CHECK_INVALID(aion_parse_image(engine(), aion_source_bytes(NOISE, (size_t)-1), &options, NULL, &image, &error));
  CHECK_INVALID(aion_parse_image(engine(), aion_source_path("a", (size_t)-9), &options, NULL, &image, &error));
  CHECK_INVALID(aion_parse_images(engine(), (const aion_source_t *)(const void *)&count, (size_t)-1 / 8, &options,
                                  NULL, &image, NULL, &error));
  CHECK_INVALID(aion_embed_clip_image(engine(), dot(), NULL, misaligned, 1, &count, &error));
  CHECK_INVALID(aion_parse_image(engine(), aion_source_pixels(NOISE, 4, 100, 100, 4), &options, NULL, &image, &error));
}

static void a_source_that_is_none_is_refused(void) {
  aion_error_t *error = NULL;
  aion_image_t *image = NULL;
  aion_parse_options_t options = pixels_only();
  aion_source_t zeroed, unknown = dot();
  memset(&zeroed, 0, sizeof zeroed);
  unknown.kind = 99;
  CHECK_INVALID(aion_parse_image(engine(), zeroed, &options, NULL, &image, &error));
  CHECK_INVALID(aion_parse_image(engine(), unknown, &options, NULL, &image, &error));
  CHECK_INVALID(aion_parse_image(engine(), aion_source_pixels(NOISE, 4, 1, 1, 260), &options, NULL, &image, &error));
  CHECK_INVALID(aion_parse_image(engine(), aion_source_path("a\xff", 2), &options, NULL, &image, &error));
  CHECK_INVALID(aion_parse_image(engine(), aion_source_path("a\0b", 3), &options, NULL, &image, &error));
  CHECK_STATUS(aion_parse_image(engine(), aion_source_bytes(NOISE, 4), &options, NULL, &image, &error),
               AION_ERROR_UNSUPPORTED);
}

static void settings_are_checked_when_an_engine_is_made(void) {
  aion_error_t *error = NULL;
  aion_engine_t *made = NULL;
  aion_config_t *config = aion_config_new();
  CHECK(config != NULL);
  CHECK_INVALID(aion_config_set_ocr_lang(config, "\xff", 1, &error));
  CHECK_INVALID(aion_config_set_clip_model(config, "a\0b", 3, &error));
  CHECK_OK(aion_config_set_ocr_lang(config, "../eng", 6, &error));
  CHECK_INVALID(aion_engine_new(config, &made, &error));
  CHECK_OK(aion_config_set_ocr_lang(config, NULL, 0, &error));
  CHECK_OK(aion_config_set_clip_max_length(config, 1, &error));
  CHECK_INVALID(aion_engine_new(config, &made, &error));
  CHECK(made == NULL);
  CHECK_OK(aion_config_set_clip_max_length(config, 32, &error));
  CHECK_OK(aion_config_set_clip_model(config, "nowhere", 7, &error));
  CHECK_OK(aion_config_set_tessdata(config, "nowhere", 7, &error));
  CHECK_OK(aion_config_set_onnxruntime(config, "nowhere", 7, &error));
  CHECK_OK(aion_config_set_threads(config, 2, &error));
  CHECK_OK(aion_config_set_max_image_pixels(config, 1, &error));
  CHECK_OK(aion_config_set_max_image_bytes(config, 100, &error));
  CHECK_OK(aion_engine_new(config, &made, &error));
  aion_config_free(config);
  aion_image_t *image = NULL;
  CHECK_STATUS(aion_parse_image(made, dot(), NULL, NULL, &image, &error), AION_ERROR_NOT_FOUND);
  aion_parse_options_t options = pixels_only();
  CHECK_STATUS(aion_parse_image(made, dot(), &options, NULL, &image, &error), AION_ERROR_LIMIT_EXCEEDED);
  CHECK_STATUS(aion_parse_image(made, picture("poster.png"), &options, NULL, &image, &error),
               AION_ERROR_LIMIT_EXCEEDED);
  aion_engine_free(made);
}

static void a_variable_that_can_not_be_used_is_refused_by_its_name(void) {
  aion_error_t *error = NULL;
  aion_config_t *config = NULL;
  setenv("AION_MAX_IMAGE_BYTES", "lots", 1);
  aion_status_t status = aion_config_from_env(&config, &error);
  CHECK(error != NULL && strstr(aion_error_message(error, NULL), "AION_MAX_IMAGE_BYTES") != NULL);
  CHECK_INVALID(status);
  CHECK(config == NULL);
  unsetenv("AION_MAX_IMAGE_BYTES");
}

const test_t BORDER_TESTS[] = {
    {"the version is that of the header", the_version_is_that_of_the_header},
    {"a panic comes back as an error", a_panic_comes_back_as_an_error},
    {"an error tells what it is", an_error_tells_what_it_is},
    {"freeing NULL is nothing", freeing_null_is_nothing},
    {"a getter answers NULL with nothing", a_getter_answers_null_with_nothing},
    {"NULL where it must not be is refused", null_where_it_must_not_be_is_refused},
    {"a length that can not be is refused", a_length_that_can_not_be_is_refused},
    {"a source that is none is refused", a_source_that_is_none_is_refused},
    {"settings are checked when an engine is made", settings_are_checked_when_an_engine_is_made},
    {"a variable that can not be used is refused by its name", a_variable_that_can_not_be_used_is_refused_by_its_name},
    {NULL, NULL},
};
