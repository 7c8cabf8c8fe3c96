/* Pictures read whole, alone and in batches, and their text. */
#include <stdlib.h>

#include "check.h"

static void pixels_come_back_as_rgba(void) {
  aion_error_t *error = NULL;
  aion_image_t *image = NULL;
  aion_parse_options_t options = pixels_only();
  const uint8_t expected[] = {255, 0, 0, 255, 0, 255, 0, 255};
  size_t length = 0;
  CHECK_OK(aion_parse_image(engine(), dot(), &options, NULL, &image, &error));
  const uint8_t *rgba = aion_image_rgba(image, &length);
  CHECK(aion_image_width(image) == 2 && aion_image_height(image) == 1);
  CHECK(length == sizeof expected && memcmp(rgba, expected, sizeof expected) == 0);
  CHECK(strstr(aion_image_meta_json(image, &length), "\"sourceRank\":0.6") != NULL);
  CHECK(length == strlen(aion_image_meta_json(image, NULL)));
  CHECK(aion_image_ocr(image) == NULL && aion_image_ocr_text(image, &length)[0] == '\0' && length == 0);
  float nothing;
  CHECK(aion_image_clip_dimension(image) == 0);
  CHECK_INVALID(aion_image_clip_vector(image, &nothing, 1, &error));
  aion_image_free(image);
}

static void every_example_is_read(void) {
  static const struct { const char *name; const char *word; } examples[] = {
      {"letter.jpg", "Quillmoor"}, {"captura.png", "Caderno"}, {"poster.png", "Saturday"}, {"recibo.jpg", "Fatura"}};
  aion_parse_options_t options = text_only();
  for (size_t i = 0; i < 4; i++) {
    aion_error_t *error = NULL;
    aion_image_t *image = NULL;
    CHECK_OK(aion_parse_image(engine(), picture(examples[i].name), &options, NULL, &image, &error));
    const char *text = aion_image_ocr_text(image, NULL);
    if (!CHECK(text != NULL && strstr(text, examples[i].word) != NULL)) printf("    %s: %s\n", examples[i].name, text);
    CHECK(aion_image_rgba(image, NULL) == NULL);
    CHECK(aion_ocr_confidence(aion_image_ocr(image)) > 0.5f);
    aion_image_free(image);
  }
}

static void bytes_and_path_are_the_same_picture(void) {
  aion_error_t *error = NULL;
  aion_image_t *by_path = NULL, *by_bytes = NULL;
  aion_parse_options_t options = pixels_only();
  aion_source_t path = picture("recibo.jpg");
  size_t length = 0, a = 0, b = 0;
  uint8_t *bytes = read_file((const char *)path.data, &length);
  CHECK_OK(aion_parse_image(engine(), path, &options, NULL, &by_path, &error));
  CHECK_OK(aion_parse_image(engine(), aion_source_bytes(bytes, length), &options, NULL, &by_bytes, &error));
  free(bytes); /* the image must not need it any more */
  const uint8_t *one = aion_image_rgba(by_path, &a), *other = aion_image_rgba(by_bytes, &b);
  CHECK(a == b && a > 0 && memcmp(one, other, a) == 0);
  aion_image_free(by_path);
  aion_image_free(by_bytes);
}

static void check_words(const aion_ocr_t *ocr, const aion_ocr_page_t *page) {
  aion_ocr_word_t word;
  memset(&word, 0, sizeof word);
  for (size_t i = 0; i < page->word_count; i++) {
    if (!CHECK(aion_ocr_word(ocr, page->first_word + i, &word))) return;
    CHECK(word.text_length > 0 && strlen(word.text) == word.text_length);
    CHECK(word.confidence >= 0.0f && word.confidence <= 1.0f && word.page == 0);
    CHECK(word.x + word.width <= page->width && word.y + word.height <= page->height);
  }
}

static void words_have_their_places(void) {
  aion_error_t *error = NULL;
  aion_ocr_t *ocr = NULL;
  aion_ocr_page_t page;
  aion_ocr_word_t word;
  size_t length = 0;
  memset(&page, 0, sizeof page);
  CHECK_OK(aion_ocr(engine(), picture("letter.jpg"), NULL, NULL, &ocr, &error));
  const char *text = aion_ocr_text(ocr, &length);
  CHECK(text != NULL && strlen(text) == length && strstr(text, "Quillmoor Paper Works\n") != NULL);
  CHECK(aion_ocr_page_count(ocr) == 1 && aion_ocr_word_count(ocr) > 100 && aion_ocr_confidence(ocr) > 0.8f);
  CHECK(aion_ocr_page(ocr, 0, &page) && page.word_count == aion_ocr_word_count(ocr));
  CHECK(strcmp(page.text, text) == 0 && page.text_length == length);
  check_words(ocr, &page);
  CHECK(!aion_ocr_page(ocr, 1, &page) && !aion_ocr_page(ocr, 0, NULL));
  CHECK(!aion_ocr_word(ocr, aion_ocr_word_count(ocr), &word) && !aion_ocr_word(ocr, 0, NULL));
  aion_ocr_free(ocr);
}

typedef aion_status_t (*format_t)(const aion_ocr_t *, aion_text_t **, aion_error_t **);

static void check_format(const aion_ocr_t *ocr, format_t format, const char *mark) {
  aion_error_t *error = NULL;
  aion_text_t *text = NULL;
  size_t length = 0;
  CHECK_OK(format(ocr, &text, &error));
  const char *data = aion_text_data(text, &length);
  CHECK(data != NULL && strlen(data) == length && strstr(data, mark) != NULL && strstr(data, "SUMMER") != NULL);
  aion_text_free(text);
  CHECK_INVALID(format(ocr, NULL, &error));
}

static void a_result_has_four_formats(void) {
  aion_error_t *error = NULL;
  aion_image_t *image = NULL;
  aion_parse_options_t options = text_only();
  CHECK_OK(aion_parse_image(engine(), picture("poster.png"), &options, NULL, &image, &error));
  const aion_ocr_t *ocr = aion_image_ocr(image);
  check_format(ocr, aion_ocr_to_hocr, "ocrx_word");
  check_format(ocr, aion_ocr_to_alto, "<alto");
  check_format(ocr, aion_ocr_to_tsv, "level\t");
  check_format(ocr, aion_ocr_to_json, "\"pages\"");
  aion_image_free(image);
}

static void ocr_options_reach_the_recognizer(void) {
  aion_error_t *error = NULL;
  aion_ocr_t *ocr = NULL;
  aion_ocr_options_t options = aion_ocr_options_default();
  options.page_mode = "no such mode";
  options.page_mode_length = strlen(options.page_mode);
  CHECK_INVALID(aion_ocr(engine(), picture("poster.png"), &options, NULL, &ocr, &error));
  options.page_mode = "sparse_text";
  options.page_mode_length = strlen(options.page_mode);
  options.lang = "xx";
  options.lang_length = 2;
  CHECK_STATUS(aion_ocr(engine(), picture("poster.png"), &options, NULL, &ocr, &error), AION_ERROR_NOT_FOUND);
  CHECK(ocr == NULL);
  options.lang = "eng";
  options.lang_length = 3;
  CHECK_OK(aion_ocr(engine(), picture("poster.png"), &options, NULL, &ocr, &error));
  const char *text = aion_ocr_text(ocr, NULL);
  CHECK(text != NULL && strstr(text, "SUMMER") != NULL);
  aion_ocr_free(ocr);
  options.whitelist = "0123456789";
  options.whitelist_length = 10;
  CHECK_OK(aion_ocr(engine(), picture("poster.png"), &options, NULL, &ocr, &error));
  text = aion_ocr_text(ocr, NULL);
  CHECK(text != NULL && strstr(text, "14") != NULL && strspn(text, "0123456789 \n") == strlen(text));
  aion_ocr_free(ocr);
  options.whitelist = "\0";
  options.whitelist_length = 1;
  CHECK_INVALID(aion_ocr(engine(), picture("poster.png"), &options, NULL, &ocr, &error));
}

static void a_batch_has_an_error_per_item(void) {
  enum { COUNT = 5 };
  static const uint8_t noise[] = {1, 2, 3, 4};
  aion_source_t sources[COUNT] = {dot(), aion_source_bytes(noise, 4), aion_source_bytes(NULL, 4),
                                  picture("no such.png"), picture("poster.png")};
  const aion_status_t expected[COUNT] = {AION_OK, AION_ERROR_UNSUPPORTED, AION_ERROR_INVALID_ARGUMENT,
                                         AION_ERROR_NOT_FOUND, AION_OK};
  aion_error_t *error = NULL;
  aion_image_t *images[COUNT];
  aion_error_t *errors[COUNT];
  aion_parse_options_t options = pixels_only();
  CHECK_OK(aion_parse_images(engine(), sources, COUNT, &options, NULL, images, errors, &error));
  for (size_t i = 0; i < COUNT; i++) {
    CHECK((images[i] != NULL) == (expected[i] == AION_OK));
    check_status(aion_error_status(errors[i]), expected[i], &errors[i], __FILE__, __LINE__);
  }
  CHECK(aion_image_width(images[0]) == 2 && aion_image_width(images[4]) > 100);
  aion_image_free(images[0]);
  aion_image_free(images[4]);
  CHECK_OK(aion_parse_images(engine(), sources, COUNT, &options, NULL, images, NULL, &error));
  for (size_t i = 0; i < COUNT; i++) aion_image_free(images[i]);
  CHECK_OK(aion_parse_images(engine(), NULL, 0, &options, NULL, NULL, NULL, &error));
}

const test_t PICTURE_TESTS[] = {
    {"pixels come back as RGBA", pixels_come_back_as_rgba},
    {"every example is read", every_example_is_read},
    {"bytes and path are the same picture", bytes_and_path_are_the_same_picture},
    {"words have their places", words_have_their_places},
    {"a result has four formats", a_result_has_four_formats},
    {"OCR options reach the recognizer", ocr_options_reach_the_recognizer},
    {"a batch has an error per item", a_batch_has_an_error_per_item},
    {NULL, NULL},
};
