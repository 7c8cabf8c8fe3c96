/* A folder of each test's own, and versions of an adapter in it. */
#define _POSIX_C_SOURCE 200809L
#include "learning.h"

#include <stdlib.h>

static char folder[64];

const char *inside(const char *name) {
  static char paths[4][128];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

void make_folder(void) {
  strcpy(folder, "/tmp/aion-learning-XXXXXX");
  CHECK(mkdtemp(folder) != NULL);
}

void remove_folder(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  CHECK(system(command) == 0);
}

void write_text(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  if (CHECK(file != NULL)) {
    fputs(text, file);
    fclose(file);
  }
}

aion_adapters_t *open_adapters(void) {
  aion_error_t *error = NULL;
  aion_adapters_t *adapters = NULL;
  const char *root = inside("adapters");
  CHECK_OK(aion_adapters_open(root, strlen(root), NULL, NULL, &adapters, &error));
  return adapters;
}

bool is_current(const aion_adapters_t *adapters, const aion_adapter_version_t *version) {
  aion_error_t *error = NULL;
  aion_adapter_version_t *current = NULL;
  CHECK_OK(aion_adapters_current(adapters, &current, &error));
  const char *id = aion_adapter_version_id(version, NULL);
  bool same = current != NULL && strcmp(aion_adapter_version_id(current, NULL), id) == 0;
  aion_adapter_version_free(current);
  return same;
}
