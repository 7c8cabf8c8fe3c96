/* Cancel, timeout, progress, threads and fork. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void *cancel_soon(void *control) {
  sleep_ms(30);
  aion_control_cancel((const aion_control_t *)control);
  return NULL;
}

static void another_thread_cancels_a_call(void) {
  aion_error_t *error = NULL;
  aion_ocr_t *ocr = NULL;
  aion_control_t *control = aion_control_new();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, cancel_soon, control) == 0);
  double begin = seconds();
  CHECK_STATUS(aion_ocr(engine(), picture("letter.jpg"), NULL, control, &ocr, &error), AION_ERROR_CANCELLED);
  CHECK(seconds() - begin < 2.0);
  CHECK(ocr == NULL);
  pthread_join(thread, NULL);
  CHECK_STATUS(aion_ocr(engine(), dot(), NULL, control, &ocr, &error), AION_ERROR_CANCELLED);
  aion_control_free(control);
  CHECK_OK(aion_ocr(engine(), picture("poster.png"), NULL, NULL, &ocr, &error));
  aion_ocr_free(ocr);
}

static void a_timeout_counts_from_the_beginning_of_each_call(void) {
  aion_error_t *error = NULL;
  aion_ocr_t *ocr = NULL;
  aion_control_t *control = aion_control_new();
  aion_control_set_timeout_ms(control, 20);
  CHECK_STATUS(aion_ocr(engine(), picture("letter.jpg"), NULL, control, &ocr, &error), AION_ERROR_DEADLINE_EXCEEDED);
  aion_control_set_timeout_ms(control, 0);
  CHECK_STATUS(aion_ocr(engine(), dot(), NULL, control, &ocr, &error), AION_ERROR_DEADLINE_EXCEEDED);
  aion_control_set_timeout_ms(control, 60000);
  sleep_ms(30);
  CHECK_OK(aion_ocr(engine(), picture("poster.png"), NULL, control, &ocr, &error));
  aion_ocr_free(ocr);
  aion_control_set_timeout_ms(control, AION_NO_TIMEOUT);
  CHECK_OK(aion_ocr(engine(), picture("poster.png"), NULL, control, &ocr, &error));
  aion_ocr_free(ocr);
  aion_control_free(control);
}

typedef struct {
  pthread_mutex_t lock;
  int calls;
  size_t most, total;
  bool is_images;
} progress_t;

static void note_progress(void *user, const char *stage, size_t stage_length, size_t done, size_t total) {
  progress_t *progress = (progress_t *)user;
  pthread_mutex_lock(&progress->lock);
  progress->calls++;
  if (done > progress->most) progress->most = done;
  progress->total = total;
  progress->is_images = stage_length == 6 && strcmp(stage, "images") == 0;
  pthread_mutex_unlock(&progress->lock);
}

static void a_batch_tells_its_progress(void) {
  aion_error_t *error = NULL;
  aion_source_t sources[] = {dot(), picture("poster.png"), dot()};
  aion_image_t *images[3];
  aion_parse_options_t options = pixels_only();
  aion_control_t *control = aion_control_new();
  progress_t progress;
  memset(&progress, 0, sizeof progress);
  pthread_mutex_init(&progress.lock, NULL);
  aion_control_set_progress(control, note_progress, &progress);
  CHECK_OK(aion_parse_images(engine(), sources, 3, &options, control, images, NULL, &error));
  CHECK(progress.calls == 3 && progress.most == 3 && progress.total == 3 && progress.is_images);
  for (size_t i = 0; i < 3; i++) aion_image_free(images[i]);
  aion_control_set_progress(control, NULL, NULL);
  CHECK_OK(aion_parse_images(engine(), sources, 3, &options, control, images, NULL, &error));
  CHECK(progress.calls == 3);
  for (size_t i = 0; i < 3; i++) aion_image_free(images[i]);
  aion_control_free(control);
  pthread_mutex_destroy(&progress.lock);
}

static void a_cancelled_batch_says_so_of_each_item(void) {
  aion_error_t *error = NULL;
  aion_source_t sources[] = {dot(), dot()};
  aion_image_t *images[2];
  aion_error_t *errors[2];
  aion_parse_options_t options = pixels_only();
  aion_control_t *control = aion_control_new();
  aion_control_cancel(control);
  CHECK_OK(aion_parse_images(engine(), sources, 2, &options, control, images, errors, &error));
  for (size_t i = 0; i < 2; i++) {
    CHECK(images[i] == NULL && aion_error_is_retryable(errors[i]));
    check_status(aion_error_status(errors[i]), AION_ERROR_CANCELLED, &errors[i], __FILE__, __LINE__);
  }
  aion_control_free(control);
}

static void *read_poster(void *is_read) {
  aion_ocr_t *ocr = NULL;
  *(bool *)is_read = aion_ocr(engine(), picture("poster.png"), NULL, NULL, &ocr, NULL) == AION_OK &&
                     strstr(aion_ocr_text(ocr, NULL), "SUMMER") != NULL;
  aion_ocr_free(ocr);
  return NULL;
}

static void threads_share_an_engine(void) {
  enum { COUNT = 4 };
  pthread_t threads[COUNT];
  bool is_read[COUNT] = {false};
  engine();
  for (size_t i = 0; i < COUNT; i++) CHECK(pthread_create(&threads[i], NULL, read_poster, &is_read[i]) == 0);
  for (size_t i = 0; i < COUNT; i++) {
    pthread_join(threads[i], NULL);
    CHECK(is_read[i]);
  }
}

/* In the child: 0 when everything answers as it should. */
static int use_after_fork(aion_engine_t *old) {
  aion_error_t *error = NULL;
  aion_engine_t *fresh = NULL;
  aion_image_t *image = NULL;
  aion_ocr_t *ocr = NULL;
  aion_parse_options_t options = pixels_only();
  float floats[8];
  size_t dimension = 0;
  bool holds = CHECK_STATUS(aion_ocr(old, picture("poster.png"), NULL, NULL, &ocr, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_parse_image(old, dot(), &options, NULL, &image, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_embed_clip_image(old, dot(), NULL, floats, 8, &dimension, &error), AION_ERROR_FORKED);
  aion_engine_free(old);
  holds &= CHECK_OK(aion_engine_new(NULL, &fresh, &error));
  holds &= CHECK_OK(aion_parse_image(fresh, dot(), &options, NULL, &image, &error));
  aion_image_free(image);
  aion_engine_free(fresh);
  return holds ? 0 : 1;
}

static void an_engine_answers_at_once_after_a_fork(void) {
  aion_error_t *error = NULL;
  aion_engine_t *made = NULL;
  aion_ocr_t *ocr = NULL;
  int status = -1;
  CHECK_OK(aion_engine_new(NULL, &made, &error));
  CHECK_OK(aion_ocr(made, picture("poster.png"), NULL, NULL, &ocr, &error)); /* its threads now run */
  aion_ocr_free(ocr);
  fflush(stdout);
  double begin = seconds();
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    int result = use_after_fork(made);
    fflush(stdout);
    _exit(result);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(seconds() - begin < 5.0);
  CHECK_OK(aion_ocr(made, picture("poster.png"), NULL, NULL, &ocr, &error));
  aion_ocr_free(ocr);
  aion_engine_free(made);
}

const test_t CONTROL_TESTS[] = {
    {"another thread cancels a call", another_thread_cancels_a_call},
    {"a timeout counts from the beginning of each call", a_timeout_counts_from_the_beginning_of_each_call},
    {"a batch tells its progress", a_batch_tells_its_progress},
    {"a cancelled batch says so of each item", a_cancelled_batch_says_so_of_each_item},
    {"threads share an engine", threads_share_an_engine},
    {"an engine answers at once after a fork", an_engine_answers_at_once_after_a_fork},
    {NULL, NULL},
};
