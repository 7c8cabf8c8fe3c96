/* Leaks an image on purpose: the run must fail, or the leak check of the other tests sees nothing. */
#include "aion.h"

int main(void) {
  static const uint8_t rgb[] = {255, 0, 0};
  aion_parse_options_t options = aion_parse_options_default();
  aion_engine_t *engine = NULL;
  aion_image_t *image = NULL;
  options.ocr = options.clip = false;
  aion_engine_new(NULL, &engine, NULL);
  aion_parse_image(engine, aion_source_pixels(rgb, sizeof rgb, 1, 1, 3), &options, NULL, &image, NULL);
  image = NULL;
  aion_engine_free(engine);
  return 0;
}
