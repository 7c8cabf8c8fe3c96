/* A small web site on this machine, served by threads of the test program. */
#ifndef AION_SITE_H
#define AION_SITE_H

#include "check.h"

/*
 * /            the home: links to /a, /b, /thin, /gone, /secret, /login and another host
 * /a /b        pages; /a comes with `X-Robots-Tag: noai`, /b with an image, a language and a date
 * /thin        a page with too little text
 * /levels      a page that links to /levels.csv, a table
 * /secret      disallowed by robots.txt
 * /tree/N      two children each, without end
 * /silent      never answered
 * anything else is a 404. Pages never change, and say so to whom asks.
 */

/* The address of a path. Lives until eight more were asked for. The first call opens the site. */
const char *site_url(const char *path);
/* The same in the form of a list. */
aion_str_t site_str(const char *path);
/* How often a path was asked for. */
int site_hits(const char *path);

/* Options for the site: private hosts allowed, no delay, nothing tried again. To be freed. */
aion_crawl_options_t *site_options(void);
/* A crawl of it, or NULL. */
aion_crawl_t *site_crawl(const char *path, const aion_crawl_options_t *options, const aion_control_t *control);
/* The next page, which must come. */
aion_page_t *next_page(const aion_crawl_t *crawl);
/* Whether the text of a getter is this one. */
bool is_text(const char *got, const char *wanted);

#endif
