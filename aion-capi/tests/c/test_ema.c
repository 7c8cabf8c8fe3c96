/* The exponential moving average in buffers of the caller. */
#include <math.h>
#include <stdlib.h>

#include "check.h"

static bool is_near(float value, double wanted) { return fabs((double)value - wanted) < 1e-6; }

static void one_vector_moves_towards_the_mean_of_the_new(void) {
  aion_error_t *error = NULL;
  const float current[] = {1.0F, 0.0F}, new_vectors[] = {0.0F, 1.0F, 0.0F, 3.0F};
  float out[] = {9.0F, 9.0F};
  CHECK_OK(aion_ema_update(current, new_vectors, 2, 2, 1, NULL, out, &error));
  CHECK(is_near(out[0], 0.75) && is_near(out[1], 0.5));
  CHECK_OK(aion_ema_update(NULL, new_vectors, 2, 2, 7, NULL, out, &error));
  CHECK(is_near(out[0], 0.0) && is_near(out[1], 2.0));
  CHECK_OK(aion_ema_update(out, new_vectors, 1, 2, 0, NULL, out, &error));
  CHECK(is_near(out[0], 0.0) && is_near(out[1], 1.5));
}

static void the_options_are_heeded(void) {
  aion_error_t *error = NULL;
  const float current[] = {3.0F, 0.0F}, new_vector[] = {3.0F, 8.0F};
  float out[2];
  aion_ema_options_t options = aion_ema_options_default();
  CHECK(options.c == 0.5 && !options.normalize && options.threads == 0);
  options.normalize = true;
  CHECK_OK(aion_ema_update(current, new_vector, 1, 2, 0, &options, out, &error));
  CHECK(is_near(out[0], 0.6) && is_near(out[1], 0.8));
  options.normalize = false;
  options.c = 4.0;
  CHECK_OK(aion_ema_update(current, new_vector, 1, 2, 1, &options, out, &error));
  CHECK(out[0] == 3.0F && out[1] == 8.0F);
}

static void a_vector_that_does_not_fit_changes_nothing(void) {
  aion_error_t *error = NULL;
  const float good[] = {1.0F, 2.0F}, bad[] = {1.0F, NAN};
  float out[] = {9.0F, 9.0F};
  aion_ema_options_t options = aion_ema_options_default();
  CHECK_INVALID(aion_ema_update(good, bad, 1, 2, 0, NULL, out, &error));
  CHECK_INVALID(aion_ema_update(bad, good, 1, 2, 0, NULL, out, &error));
  CHECK_INVALID(aion_ema_update(good, good, 0, 2, 0, NULL, out, &error));
  CHECK_INVALID(aion_ema_update(good, NULL, 1, 2, 0, NULL, out, &error));
  CHECK_INVALID(aion_ema_update(NULL, NULL, 1, 0, 0, NULL, out, &error));
  CHECK_INVALID(aion_ema_update(good, good, SIZE_MAX, 2, 0, NULL, out, &error));
  CHECK_INVALID(aion_ema_update(good, good, 1, 2, 0, NULL, NULL, &error));
  options.c = 0.0;
  CHECK_INVALID(aion_ema_update(good, good, 1, 2, 0, &options, out, &error));
  CHECK(out[0] == 9.0F && out[1] == 9.0F);
}

static void a_batch_is_updated_in_place_or_not_at_all(void) {
  aion_error_t *error = NULL;
  float vectors[] = {1.0F, 0.0F, 0.0F, 2.0F}, targets[] = {0.0F, 1.0F, 0.0F, 1.0F};
  const uint64_t updates[] = {0, 4};
  float before[4];
  CHECK_OK(aion_ema_update_batch(vectors, targets, updates, 2, 2, NULL, &error));
  CHECK(is_near(vectors[0], 0.5) && is_near(vectors[1], 0.5));
  CHECK(is_near(vectors[2], 0.0) && is_near(vectors[3], 1.9));
  CHECK_OK(aion_ema_update_batch(NULL, NULL, NULL, 0, 2, NULL, &error));

  memcpy(before, vectors, sizeof before);
  CHECK_INVALID(aion_ema_update_batch(vectors, vectors, updates, 2, 2, NULL, &error));
  CHECK_INVALID(aion_ema_update_batch(vectors, vectors + 1, updates, 1, 2, NULL, &error));
  CHECK_INVALID(aion_ema_update_batch(NULL, targets, updates, 2, 2, NULL, &error));
  CHECK_INVALID(aion_ema_update_batch(vectors, targets, NULL, 2, 2, NULL, &error));
  CHECK_INVALID(aion_ema_update_batch(vectors, targets, updates, 2, 0, NULL, &error));
  CHECK_INVALID(aion_ema_update_batch(vectors, targets, updates, 2, SIZE_MAX, NULL, &error));
  targets[3] = INFINITY;
  CHECK_INVALID(aion_ema_update_batch(vectors, targets, updates, 2, 2, NULL, &error));
  CHECK(memcmp(before, vectors, sizeof before) == 0);
}

static void a_large_batch_is_the_same_for_every_number_of_threads_and_is_taken_back(void) {
  enum { COUNT = 70000, DIMENSION = 128, ALL = COUNT * DIMENSION };
  aion_error_t *error = NULL;
  float *one = (float *)malloc(ALL * sizeof *one), *two = (float *)malloc(ALL * sizeof *two);
  float *targets = (float *)malloc(ALL * sizeof *targets);
  uint64_t *updates = (uint64_t *)malloc(COUNT * sizeof *updates);
  aion_ema_options_t options = aion_ema_options_default();
  for (size_t i = 0; i < ALL; i++) {
    one[i] = two[i] = (float)sin((double)i);
    targets[i] = (float)cos((double)i * 0.7);
  }
  for (size_t i = 0; i < COUNT; i++) updates[i] = i % 9;
  options.threads = 1;
  CHECK_OK(aion_ema_update_batch(one, targets, updates, COUNT, DIMENSION, &options, &error));
  options.threads = 2;
  CHECK_OK(aion_ema_update_batch(two, targets, updates, COUNT, DIMENSION, &options, &error));
  CHECK(memcmp(one, two, ALL * sizeof *one) == 0);
  CHECK(is_near(one[1], 0.5 * sin(1.0) + 0.5 * cos(0.7)));
  targets[ALL - 1] = NAN;
  CHECK_INVALID(aion_ema_update_batch(one, targets, updates, COUNT, DIMENSION, NULL, &error));
  CHECK(memcmp(one, two, ALL * sizeof *one) == 0);
  free(one);
  free(two);
  free(targets);
  free(updates);
}

const test_t EMA_TESTS[] = {
    {"one vector moves towards the mean of the new", one_vector_moves_towards_the_mean_of_the_new},
    {"the options are heeded", the_options_are_heeded},
    {"a vector that does not fit changes nothing", a_vector_that_does_not_fit_changes_nothing},
    {"a batch is updated in place or not at all", a_batch_is_updated_in_place_or_not_at_all},
    {"a large batch is the same for every number of threads and is taken back",
     a_large_batch_is_the_same_for_every_number_of_threads_and_is_taken_back},
    {NULL, NULL},
};
