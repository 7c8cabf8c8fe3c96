/* What the tests of learning share: a folder of each test's own, and versions in it. */
#ifndef AION_LEARNING_H
#define AION_LEARNING_H

#include "check.h"

#define DATA "../../aion-core/tests/data/adapter/"
#define LLAMA "../../models/llama-tiny"

/* The folder of the running test. */
void make_folder(void);
void remove_folder(void);
/* A path in it; good until the fourth call after. */
const char *inside(const char *name);
void write_text(const char *path, const char *text);

/* Versions in the folder, to be freed. */
aion_adapters_t *open_adapters(void);
/* Whether this is the current one. */
bool is_current(const aion_adapters_t *adapters, const aion_adapter_version_t *version);

#endif
