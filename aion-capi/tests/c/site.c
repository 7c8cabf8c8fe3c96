#define _POSIX_C_SOURCE 200809L
#include "site.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILLER                                                                                                     \
  "The quick brown fox jumps over the lazy dog near the bank of a slow and quiet river, and nobody is there to " \
  "see it but a heron that has been standing in the shallows all morning long."

enum { MOST_HITS = 4096, MOST_PATH = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char asked[MOST_HITS][MOST_PATH];
static int asked_count;
static int listener = -1;
static unsigned port;

typedef struct {
  const char *path, *status, *headers, *body;
} answer_t;

static const answer_t ANSWERS[] = {
    {"/robots.txt", "200 OK", "Content-Type: text/plain\r\n",
     "User-agent: *\nDisallow: /secret\nCrawl-delay: 0\nSitemap: /map.xml\n"},
    {"/", "200 OK", "Content-Type: text/html; charset=utf-8\r\n",
     "<title>Home</title><p>" FILLER "</p><a href='/a'>a</a> <a href='/b'>b</a> <a href='/thin'>t</a>"
     "<a href='/secret'>s</a> <a href='/gone'>g</a> <a href='/login'>l</a> <a href='http://other.example/'>o</a>"},
    {"/a", "200 OK", "Content-Type: text/html\r\nX-Robots-Tag: noai\r\n",
     "<title>A</title><p>A. " FILLER "</p><a href='/'>home</a>"},
    {"/b", "200 OK", "Content-Type: text/html\r\n",
     "<html lang='pt-BR'><title>B</title><meta property='article:published_time' content='2026-11-22'>"
     "<meta name='author' content='Quillmoor'><p>B. " FILLER "</p><img src='/i.png' alt='a heron'>"},
    {"/thin", "200 OK", "Content-Type: text/html\r\n", "<title>Thin</title><p>Hi.</p>"},
    {"/levels", "200 OK", "Content-Type: text/html\r\n",
     "<title>Levels</title><p>" FILLER "</p><a href='/levels.csv'>the table</a>"},
    {"/levels.csv", "200 OK", "Content-Type: text/csv\r\n", "Port;Height\nBelem;3.6\n"},
    {"/secret", "200 OK", "Content-Type: text/html\r\n", "<title>Secret</title><p>" FILLER "</p>"},
};

static void send_all(int connection, const char *text) {
  size_t length = strlen(text);
  while (length > 0) {
    ssize_t sent = send(connection, text, length, MSG_NOSIGNAL);
    if (sent <= 0) return;
    text += sent;
    length -= (size_t)sent;
  }
}

static void respond(int connection, const char *status, const char *headers, const char *body) {
  char head[512];
  snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sETag: \"1\"\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status, headers,
           strlen(body));
  send_all(connection, head);
  send_all(connection, body);
}

static void respond_tree(int connection, unsigned long number) {
  char body[1024];
  number %= 1UL << 40;
  snprintf(body, sizeof body, "<title>%lu</title><p>%lu. " FILLER "</p><a href='/tree/%lu'>l</a><a href='/tree/%lu'>r</a>",
           number, number, 2 * number, 2 * number + 1);
  respond(connection, "200 OK", "Content-Type: text/html\r\n", body);
}

static void answer(int connection, const char *path, const char *request) {
  char rest[256];
  if (strstr(request, "\r\nif-none-match: \"1\"") != NULL) {
    respond(connection, "304 Not Modified", "", "");
    return;
  }
  if (strcmp(path, "/silent") == 0) {
    while (recv(connection, rest, sizeof rest, 0) > 0) continue; /* until the other side has enough of it */
    return;
  }
  if (strncmp(path, "/tree/", 6) == 0) {
    respond_tree(connection, strtoul(path + 6, NULL, 10));
    return;
  }
  for (size_t i = 0; i < sizeof ANSWERS / sizeof ANSWERS[0]; i++) {
    if (strcmp(path, ANSWERS[i].path) == 0) {
      respond(connection, ANSWERS[i].status, ANSWERS[i].headers, ANSWERS[i].body);
      return;
    }
  }
  respond(connection, "404 Not Found", "Content-Type: text/html\r\n", "<title>404</title>");
}

static void note(const char *path) {
  pthread_mutex_lock(&lock);
  if (asked_count < MOST_HITS) snprintf(asked[asked_count++], MOST_PATH, "%s", path);
  pthread_mutex_unlock(&lock);
}

static void *serve(void *argument) {
  int connection = (int)(size_t)argument;
  char request[4096] = "", path[MOST_PATH] = "";
  size_t length = 0;
  while (strstr(request, "\r\n\r\n") == NULL && length + 1 < sizeof request) {
    ssize_t got = recv(connection, request + length, sizeof request - length - 1, 0);
    if (got <= 0) break;
    length += (size_t)got;
    request[length] = '\0';
  }
  if (sscanf(request, "GET %63s HTTP", path) == 1) {
    note(path);
    answer(connection, path, request);
  }
  close(connection);
  return NULL;
}

static void *accept_all(void *nothing) {
  pthread_attr_t detached;
  pthread_t thread;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  for (;;) {
    int connection = accept(listener, NULL, NULL);
    if (connection < 0) continue;
    if (pthread_create(&thread, &detached, serve, (void *)(size_t)connection) != 0) close(connection);
  }
  return nothing;
}

static void open_site(void) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  pthread_t thread;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
      pthread_create(&thread, NULL, accept_all, NULL) != 0) {
    perror("the test site");
    exit(EXIT_FAILURE);
  }
  pthread_detach(thread);
  port = ntohs(address.sin_port);
}

const char *site_url(const char *path) {
  static char urls[8][128];
  static int next;
  if (listener < 0) open_site();
  char *url = urls[next++ % 8];
  snprintf(url, sizeof urls[0], "http://127.0.0.1:%u%s", port, path);
  return url;
}

aion_str_t site_str(const char *path) {
  const char *url = site_url(path);
  aion_str_t text = {url, strlen(url)};
  return text;
}

int site_hits(const char *path) {
  int hits = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < asked_count; i++) hits += strcmp(asked[i], path) == 0;
  pthread_mutex_unlock(&lock);
  return hits;
}

aion_crawl_options_t *site_options(void) {
  aion_error_t *error = NULL;
  aion_crawl_options_t *options = aion_crawl_options_new(NULL);
  CHECK_OK(aion_crawl_options_set_allow_private_hosts(options, true, &error));
  CHECK_OK(aion_crawl_options_set_delay_ms(options, 0, &error));
  CHECK_OK(aion_crawl_options_set_retries(options, 0, &error));
  return options;
}

aion_crawl_t *site_crawl(const char *path, const aion_crawl_options_t *options, const aion_control_t *control) {
  aion_error_t *error = NULL;
  aion_crawl_t *crawl = NULL;
  const char *seed = site_url(path);
  CHECK_OK(aion_crawl_start(engine(), seed, strlen(seed), options, control, &crawl, &error));
  return crawl;
}

aion_page_t *next_page(const aion_crawl_t *crawl) {
  aion_error_t *error = NULL;
  aion_page_t *page = NULL;
  CHECK_OK(aion_crawl_next(crawl, AION_NO_TIMEOUT, &page, &error));
  CHECK(page != NULL && !aion_crawl_has_ended(crawl));
  return page;
}

bool is_text(const char *got, const char *wanted) { return got != NULL && strcmp(got, wanted) == 0; }
