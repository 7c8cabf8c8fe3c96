/* Reads a picture: its size, its first words, and the caption that fits it best.
 *
 *     parse_image PICTURE
 *
 * Settings come from the environment; captions need AION_CLIP_MODEL_PATH, and mostly ORT_DYLIB_PATH.
 */
#include <aion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static void stop_on(aion_status_t status, const aion_error_t *error) {
  if (status == AION_OK) return;
  fprintf(stderr, "%s\n", aion_error_message(error, NULL));
  exit(EXIT_FAILURE);
}

static void print_words(const aion_ocr_t *ocr, size_t most) {
  aion_ocr_word_t word;
  for (size_t i = 0; i < most && aion_ocr_word(ocr, i, &word); i++) {
    printf("  (%4u, %4u) %3.0f %%  %s\n", word.x, word.y, 100.0 * (double)word.confidence, word.text);
  }
}

/* The vectors are unit vectors, so the largest dot product is the nearest. */
static void print_nearest_caption(const aion_engine_t *engine, const aion_image_t *image) {
  static const char *const captions[] = {"a red circle", "a letter", "a receipt", "a screenshot", "a poster"};
  float picture[MOST], text[MOST];
  aion_error_t *error = NULL;
  const char *nearest = "";
  double best = -2.0;
  size_t dimension = 0;
  stop_on(aion_image_clip_vector(image, picture, MOST, &error), error);
  for (size_t i = 0; i < sizeof captions / sizeof captions[0]; i++) {
    double likeness = 0.0;
    stop_on(aion_embed_clip_text(engine, captions[i], strlen(captions[i]), NULL, text, MOST, &dimension, &error),
            error);
    for (size_t d = 0; d < dimension; d++) likeness += (double)picture[d] * (double)text[d];
    if (likeness > best) {
      best = likeness;
      nearest = captions[i];
    }
  }
  printf("nearest caption: %s (%.3f)\n", nearest, best);
}

int main(int count, char **arguments) {
  aion_config_t *config = NULL;
  aion_engine_t *engine = NULL;
  aion_image_t *image = NULL;
  aion_error_t *error = NULL;
  aion_parse_options_t options = aion_parse_options_default();
  const char *model = getenv("AION_CLIP_MODEL_PATH");
  if (count != 2) {
    fprintf(stderr, "usage: %s PICTURE\n", arguments[0]);
    return EXIT_FAILURE;
  }
  options.clip = model != NULL && model[0] != '\0';

  stop_on(aion_config_from_env(&config, &error), error);
  stop_on(aion_engine_new(config, &engine, &error), error);
  aion_source_t source = aion_source_path(arguments[1], strlen(arguments[1]));
  stop_on(aion_parse_image(engine, source, &options, NULL, &image, &error), error);

  printf("%u x %u pixels\n", aion_image_width(image), aion_image_height(image));
  printf("text, %.0f %% sure: %.60s\n", 100.0 * (double)aion_ocr_confidence(aion_image_ocr(image)),
         aion_image_ocr_text(image, NULL));
  print_words(aion_image_ocr(image), 4);
  if (options.clip) print_nearest_caption(engine, image);

  aion_image_free(image);
  aion_engine_free(engine);
  aion_config_free(config);
  return EXIT_SUCCESS;
}
