/* Documents that are read by OCR. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "site.h"

/* A PDF of so many pages that show this picture of gray pixels and nothing else. To be freed. */
static uint8_t *scan_of(const char *jpeg, unsigned width, unsigned height, int pages, size_t *length) {
  size_t picture_length = 0;
  uint8_t *data = read_file(jpeg, &picture_length);
  char *out = (char *)malloc(picture_length + 4096);
  size_t at = (size_t)sprintf(out, "%%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
                              "2 0 obj <</Type /Pages /Count %d /Kids [", pages);
  for (int i = 0; i < pages; i++) at += (size_t)sprintf(out + at, "%d 0 R ", 5 + i);
  at += (size_t)sprintf(out + at, "]>> endobj\n3 0 obj <</Length 28>>\nstream\nq 595 0 0 842 0 0 cm /I Do Q\nendstream "
                        "endobj\n4 0 obj <</Type /XObject /Subtype /Image /Width %u /Height %u /ColorSpace /DeviceGray "
                        "/BitsPerComponent 8 /Filter /DCTDecode /Length %zu>>\nstream\n", width, height, picture_length);
  memcpy(out + at, data, picture_length);
  at += picture_length;
  at += (size_t)sprintf(out + at, "\nendstream endobj\n");
  for (int i = 0; i < pages; i++) {
    at += (size_t)sprintf(out + at, "%d 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R "
                          "/Resources <</XObject <</I 4 0 R>> >> >> endobj\n", 5 + i);
  }
  at += (size_t)sprintf(out + at, "trailer <</Root 1 0 R>>\n%%%%EOF\n");
  free(data);
  *length = at;
  return (uint8_t *)out;
}

static void a_scan_is_read_by_ocr_if_it_is_wanted(void) {
  aion_error_t *error = NULL;
  aion_document_t *document = NULL;
  aion_ocr_options_t ocr = aion_ocr_options_default();
  size_t length = 0;
  uint8_t *scan = scan_of("letter.jpg", 1240, 1754, 1, &length);
  aion_source_t source = aion_source_bytes(scan, length);
  document = read_document(source, NULL, NULL);
  CHECK(aion_document_scanned_count(document) == 1 && aion_document_recognized_count(document) == 0);
  CHECK(is_text(document_text(document), ""));
  aion_document_free(document);
  ocr.lang = "eng";
  ocr.lang_length = 3;
  document = read_document(source, NULL, &ocr);
  CHECK(aion_document_scanned_count(document) == 1 && aion_document_recognized_count(document) == 1);
  CHECK(strstr(document_text(document), "Quillmoor Paper Works") != NULL);
  CHECK(is_text(aion_extracted_detected_language(aion_document_extracted(document), NULL), "en"));
  aion_document_free(document);
  document = NULL;
  ocr.lang = "xx";
  ocr.lang_length = 2;
  CHECK_STATUS(aion_extract_document(engine(), source, NULL, &ocr, NULL, &document, &error), AION_ERROR_NOT_FOUND);
  ocr.page_mode = "no such mode";
  ocr.page_mode_length = 12;
  CHECK_INVALID(aion_extract_document(engine(), source, NULL, &ocr, NULL, &document, &error));
  CHECK(document == NULL);
  free(scan);
}

static void only_so_many_pictures_are_read(void) {
  aion_error_t *error = NULL;
  aion_document_t *document = NULL;
  aion_ocr_options_t ocr = aion_ocr_options_default();
  aion_document_options_t options = aion_document_options_default();
  size_t length = 0;
  uint8_t *scan = scan_of("letter.jpg", 1240, 1754, 2, &length);
  options.max_pictures = 1;
  aion_status_t status =
      aion_extract_document(engine(), aion_source_bytes(scan, length), &options, &ocr, NULL, &document, &error);
  CHECK(error != NULL && strstr(aion_error_message(error, NULL), "max_pictures") != NULL && document == NULL);
  CHECK_STATUS(status, AION_ERROR_LIMIT_EXCEEDED);
  options.max_picture_pixels = 10000;
  document = read_document(aion_source_bytes(scan, length), &options, &ocr);
  CHECK(aion_document_scanned_count(document) == 2 && aion_document_recognized_count(document) == 0);
  CHECK(aion_document_warning_count(document) == 2 && is_text(document_text(document), ""));
  aion_document_free(document);
  free(scan);
}

static void *cancel_soon(void *control) {
  sleep_ms(50);
  aion_control_cancel((const aion_control_t *)control);
  return NULL;
}

static void ocr_of_a_document_is_cancelled_and_late(void) {
  aion_error_t *error = NULL;
  aion_document_t *document = NULL;
  aion_ocr_options_t ocr = aion_ocr_options_default();
  aion_control_t *control = aion_control_new();
  pthread_t thread;
  size_t length = 0;
  uint8_t *scan = scan_of("letter.jpg", 1240, 1754, 8, &length);
  aion_source_t source = aion_source_bytes(scan, length);
  aion_control_set_timeout_ms(control, 50);
  CHECK_STATUS(aion_extract_document(engine(), source, NULL, &ocr, control, &document, &error),
               AION_ERROR_DEADLINE_EXCEEDED);
  aion_control_set_timeout_ms(control, AION_NO_TIMEOUT);
  CHECK(pthread_create(&thread, NULL, cancel_soon, control) == 0);
  double begin = seconds();
  CHECK_STATUS(aion_extract_document(engine(), source, NULL, &ocr, control, &document, &error), AION_ERROR_CANCELLED);
  CHECK(seconds() - begin < 4.0 && document == NULL); /* one page of the eight alone takes about one */
  pthread_join(thread, NULL);
  aion_control_free(control);
  free(scan);
}

/* In the child: 0 when the engine of the parent answers at once, with OCR and without. */
static int use_after_fork(const aion_engine_t *old) {
  aion_error_t *error = NULL;
  aion_document_t *document = NULL;
  aion_ocr_options_t ocr = aion_ocr_options_default();
  aion_source_t source = aion_source_bytes((const uint8_t *)"a word", 6);
  bool holds = CHECK_STATUS(aion_extract_document(old, source, NULL, &ocr, NULL, &document, &error), AION_ERROR_FORKED);
  holds &= CHECK_STATUS(aion_extract_document(old, source, NULL, NULL, NULL, &document, &error), AION_ERROR_FORKED);
  return holds ? 0 : 1;
}

static void an_engine_reads_no_document_after_a_fork(void) {
  int status = -1;
  const aion_engine_t *old = engine();
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) _exit(use_after_fork(old));
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

const test_t SCAN_TESTS[] = {
    {"a scan is read by OCR if it is wanted", a_scan_is_read_by_ocr_if_it_is_wanted},
    {"only so many pictures are read", only_so_many_pictures_are_read},
    {"OCR of a document is cancelled, and late", ocr_of_a_document_is_cancelled_and_late},
    {"an engine reads no document after a fork", an_engine_reads_no_document_after_a_fork},
    {NULL, NULL},
};
