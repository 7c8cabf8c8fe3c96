// Tesseract's C interface lets C++ exceptions out, such as std::bad_alloc, and an exception that reaches Rust ends the
// process. Each function here calls the one of its name and turns an exception into the value that means failure.
//
// The prototypes are those of tesseract/capi.h, without its types, so that no header has to be found.

namespace {
template <typename Call, typename Value>
Value guarded(Call call, Value failure) noexcept {
  try {
    return call();
  } catch (...) {
    return failure;
  }
}
}  // namespace

extern "C" {
void *TessBaseAPICreate();
void TessBaseAPIDelete(void *api);
int TessBaseAPIInit2(void *api, const char *directory, const char *languages, int mode);
int TessBaseAPISetVariable(void *api, const char *name, const char *value);
void TessBaseAPISetImage(void *api, const unsigned char *bytes, int width, int height, int depth, int stride);
int TessBaseAPIRecognize(void *api, void *monitor);
void *TessBaseAPIGetIterator(void *api);
void TessBaseAPIClear(void *api);
char *TessResultIteratorGetUTF8Text(const void *iterator, int level);
int TessResultIteratorNext(void *iterator, int level);

void *aion_tess_create() {
  return guarded([] { return TessBaseAPICreate(); }, static_cast<void *>(nullptr));
}

int aion_tess_delete(void *api) {
  return guarded([=] { TessBaseAPIDelete(api); return 0; }, -1);
}

int aion_tess_init(void *api, const char *directory, const char *languages, int mode) {
  return guarded([=] { return TessBaseAPIInit2(api, directory, languages, mode); }, -1);
}

int aion_tess_set_variable(void *api, const char *name, const char *value) {
  return guarded([=] { return TessBaseAPISetVariable(api, name, value); }, 0);
}

int aion_tess_set_image(void *api, const unsigned char *bytes, int width, int height) {
  return guarded([=] { TessBaseAPISetImage(api, bytes, width, height, 1, width); return 0; }, -1);
}

int aion_tess_recognize(void *api, void *monitor) {
  return guarded([=] { return TessBaseAPIRecognize(api, monitor); }, -1);
}

void *aion_tess_iterator(void *api) {
  return guarded([=] { return TessBaseAPIGetIterator(api); }, static_cast<void *>(nullptr));
}

int aion_tess_clear(void *api) {
  return guarded([=] { TessBaseAPIClear(api); return 0; }, -1);
}

char *aion_tess_text(const void *iterator, int level) {
  return guarded([=] { return TessResultIteratorGetUTF8Text(iterator, level); }, static_cast<char *>(nullptr));
}

int aion_tess_next(void *iterator, int level) {
  return guarded([=] { return TessResultIteratorNext(iterator, level); }, 0);
}

// A function that stops a recognition by an exception: what the tests see the guard with.
bool aion_tess_stop_by_throwing(void *, int) { throw 1; }
}
