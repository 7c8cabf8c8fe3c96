/* CLIP: with a model when AION_CLIP_MODEL_PATH names one, and without. */
#include <math.h>
#include <stdlib.h>

#include "check.h"

enum { MOST = 2048 };

static const char RED_CIRCLE[] = "a red circle";

static bool has_model(void) {
  const char *model = getenv("AION_CLIP_MODEL_PATH");
  if (model != NULL && model[0] != '\0') return true;
  skip("AION_CLIP_MODEL_PATH names no model");
  return false;
}

static double dot_product(const float *a, const float *b, size_t dimension) {
  double sum = 0.0;
  for (size_t i = 0; i < dimension; i++) sum += (double)a[i] * (double)b[i];
  return sum;
}

static bool is_unit(const float *vector, size_t dimension) {
  return fabs(dot_product(vector, vector, dimension) - 1.0) < 1e-4;
}

static void without_a_model_the_error_names_the_remedy(void) {
  aion_error_t *error = NULL;
  aion_engine_t *bare = NULL;
  aion_image_t *image = NULL;
  float floats[4];
  uint32_t ids[4];
  size_t count = 9;
  CHECK_OK(aion_engine_new(NULL, &bare, &error));
  aion_status_t status = aion_parse_image(bare, dot(), NULL, NULL, &image, &error);
  CHECK(error != NULL && strstr(aion_error_message(error, NULL), "clip_model") != NULL);
  CHECK_STATUS(status, AION_ERROR_NOT_CONFIGURED);
  CHECK_STATUS(aion_embed_clip_image(bare, dot(), NULL, floats, 4, &count, &error), AION_ERROR_NOT_CONFIGURED);
  CHECK(count == 0);
  CHECK_STATUS(aion_embed_clip_text(bare, "a", 1, NULL, floats, 4, &count, &error), AION_ERROR_NOT_CONFIGURED);
  CHECK_STATUS(aion_clip_tokenize(bare, "a", 1, ids, 4, &count, &error), AION_ERROR_NOT_CONFIGURED);
  aion_engine_free(bare);
}

static void what_clip_sees_needs_no_model(void) {
  aion_error_t *error = NULL;
  aion_engine_t *bare = NULL;
  uint32_t edge = 0;
  size_t count = 3 * 224 * 224;
  float *floats = (float *)malloc(count * sizeof *floats);
  CHECK_OK(aion_engine_new(NULL, &bare, &error));
  CHECK_OK(aion_clip_preprocess(bare, dot(), floats, count, &edge, &error));
  CHECK(edge == 224 && fabs(floats[0] - (1.0 - 0.48145466) / 0.26862954) < 1e-4);
  edge = 0;
  CHECK_INVALID(aion_clip_preprocess(bare, dot(), floats, count - 1, &edge, &error));
  CHECK(edge == 224);
  free(floats);
  aion_engine_free(bare);
}

static void a_text_becomes_ids(void) {
  if (!has_model()) return;
  aion_error_t *error = NULL;
  uint32_t ids[77];
  size_t count = 0, needed = 0;
  CHECK_OK(aion_clip_tokenize(engine(), RED_CIRCLE, strlen(RED_CIRCLE), ids, 77, &count, &error));
  CHECK(count >= 3);
  CHECK_INVALID(aion_clip_tokenize(engine(), RED_CIRCLE, strlen(RED_CIRCLE), ids, 1, &needed, &error));
  CHECK(needed == count);
  CHECK_INVALID(aion_clip_tokenize(engine(), "\xff", 1, ids, 77, &needed, &error));
}

static void a_picture_and_its_text_are_near(void) {
  if (!has_model()) return;
  aion_error_t *error = NULL;
  float picture_vector[MOST], text_vector[MOST];
  size_t dimension = 0, text_dimension = 0;
  CHECK_INVALID(aion_embed_clip_image(engine(), picture("poster.png"), NULL, NULL, 0, &dimension, &error));
  CHECK(dimension > 0 && dimension <= MOST);
  CHECK_OK(aion_embed_clip_image(engine(), picture("poster.png"), NULL, picture_vector, MOST, &dimension, &error));
  CHECK_OK(aion_embed_clip_text(engine(), RED_CIRCLE, strlen(RED_CIRCLE), NULL, text_vector, MOST, &text_dimension,
                                &error));
  CHECK(dimension == text_dimension);
  CHECK(is_unit(picture_vector, dimension) && is_unit(text_vector, dimension));
  CHECK_INVALID(aion_embed_clip_text(engine(), "a", 1, NULL, text_vector, dimension - 1, &text_dimension, &error));
  CHECK(text_dimension == dimension);
}

static void parsing_gives_the_same_vector(void) {
  if (!has_model()) return;
  aion_error_t *error = NULL;
  aion_image_t *image = NULL;
  float parsed[MOST], embedded[MOST];
  size_t dimension = 0;
  CHECK_OK(aion_parse_image(engine(), picture("poster.png"), NULL, NULL, &image, &error));
  CHECK_OK(aion_embed_clip_image(engine(), picture("poster.png"), NULL, embedded, MOST, &dimension, &error));
  CHECK(aion_image_clip_dimension(image) == dimension);
  CHECK_INVALID(aion_image_clip_vector(image, parsed, dimension - 1, &error));
  CHECK_OK(aion_image_clip_vector(image, parsed, dimension, &error));
  CHECK(fabs(dot_product(parsed, embedded, dimension) - 1.0) < 1e-4);
  aion_image_free(image);
}

static void rows_of_a_batch_keep_their_places(void) {
  if (!has_model()) return;
  static const uint8_t noise[] = {1, 2, 3, 4};
  aion_error_t *error = NULL;
  aion_error_t *errors[3];
  aion_source_t sources[] = {picture("poster.png"), aion_source_bytes(noise, 4), picture("letter.jpg")};
  float *rows = (float *)malloc(3 * MOST * sizeof *rows);
  size_t dimension = 0;
  CHECK_OK(aion_embed_clip_images(engine(), sources, 3, NULL, rows, 3 * MOST, &dimension, errors, &error));
  CHECK(is_unit(rows, dimension) && is_unit(rows + 2 * dimension, dimension));
  CHECK(dot_product(rows + dimension, rows + dimension, dimension) == 0.0);
  CHECK(errors[0] == NULL && errors[2] == NULL);
  check_status(aion_error_status(errors[1]), AION_ERROR_UNSUPPORTED, &errors[1], __FILE__, __LINE__);
  CHECK_INVALID(aion_embed_clip_images(engine(), sources, 3, NULL, rows, dimension, &dimension, errors, &error));
  CHECK(errors[1] == NULL && dimension > 0);
  CHECK_OK(aion_embed_clip_images(engine(), sources + 1, 1, NULL, NULL, 0, &dimension, NULL, &error));
  CHECK(dimension == 0);
  free(rows);
}

const test_t CLIP_TESTS[] = {
    {"without a model the error names the remedy", without_a_model_the_error_names_the_remedy},
    {"what CLIP sees needs no model", what_clip_sees_needs_no_model},
    {"a text becomes ids", a_text_becomes_ids},
    {"a picture and its text are near", a_picture_and_its_text_are_near},
    {"parsing gives the same vector", parsing_gives_the_same_vector},
    {"rows of a batch keep their places", rows_of_a_batch_keep_their_places},
    {NULL, NULL},
};
