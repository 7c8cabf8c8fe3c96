/* The local model, a budget and a paid endpoint of this machine, joined. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LLAMA "../../models/llama-tiny"
#define KEY "sk-test-0123456789abcdefghij"
#define MESSAGE(role, content) {role, sizeof role - 1, content, sizeof content - 1}

static const aion_message_t KNOWN[] = {MESSAGE("system", "Voc\303\252 \303\251 a AION, IA aut\303\264noma da plataforma."),
                                       MESSAGE("user", "Who are you?")};
static const aion_message_t UNKNOWN[] = {MESSAGE("user", "Zwoelf Boxkaempfer jagen wen?")};

/* An endpoint that gives one answer, again and again, until it is closed. */
typedef struct {
  const char *status, *body;
  char base_url[64], request[8192];
  int listener, hits;
  pthread_t thread;
} endpoint_t;

static const char PAID[] =
    "{\"choices\":[{\"message\":{\"content\":\"Victor.\"},\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":5}}";

/* Whether a request has come whole: its head, and as much after it as the head says. */
static bool is_whole(const char *request) {
  const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "content-length: ");
  return end != NULL && length != NULL && strlen(end + 4) >= strtoul(length + 16, NULL, 10);
}

static void *serve(void *argument) {
  endpoint_t *endpoint = (endpoint_t *)argument;
  int connection;
  while ((connection = accept(endpoint->listener, NULL, NULL)) >= 0) {
    char answer[1024];
    size_t length = 0;
    ssize_t got = 1;
    endpoint->request[0] = '\0';
    while (!is_whole(endpoint->request) && got > 0) {
      got = recv(connection, endpoint->request + length, sizeof endpoint->request - length - 1, 0);
      length += got > 0 ? (size_t)got : 0;
      endpoint->request[length] = '\0';
    }
    endpoint->hits++;
    snprintf(answer, sizeof answer,
             "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             endpoint->status, strlen(endpoint->body), endpoint->body);
    CHECK(send(connection, answer, strlen(answer), MSG_NOSIGNAL) > 0);
    close(connection);
  }
  return NULL;
}

static void open_endpoint(endpoint_t *endpoint, const char *status, const char *body) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset(endpoint, 0, sizeof *endpoint);
  memset(&address, 0, sizeof address);
  endpoint->status = status;
  endpoint->body = body;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  endpoint->listener = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(endpoint->listener, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK(listen(endpoint->listener, 8) == 0);
  CHECK(getsockname(endpoint->listener, (struct sockaddr *)&address, &length) == 0);
  snprintf(endpoint->base_url, sizeof endpoint->base_url, "http://127.0.0.1:%u/v1", ntohs(address.sin_port));
  CHECK(pthread_create(&endpoint->thread, NULL, serve, endpoint) == 0);
}

static void close_endpoint(endpoint_t *endpoint) {
  shutdown(endpoint->listener, SHUT_RDWR);
  pthread_join(endpoint->thread, NULL);
  close(endpoint->listener);
}

static aion_str_t str(const char *text) {
  aion_str_t made;
  made.data = text;
  made.length = strlen(text);
  return made;
}

static aion_openai_options_t paid_options(const char *base_url) {
  aion_openai_options_t options;
  memset(&options, 0, sizeof options);
  options.key = str(KEY);
  options.model = str("paid-model");
  options.base_url = str(base_url);
  options.has_price = true;
  options.price.input_per_million = 10000000;
  options.price.output_per_million = 20000000;
  return options;
}

/* A driver whose parts are freed already. */
static aion_hybrid_t *open_driver(const aion_budget_t *budget, const char *base_url) {
  aion_error_t *error = NULL;
  aion_model_t *model = NULL;
  aion_openai_t *openai = NULL;
  aion_hybrid_t *driver = NULL;
  aion_openai_options_t options = paid_options(base_url);
  CHECK_OK(aion_model_open(LLAMA, sizeof LLAMA - 1, NULL, 0, NULL, NULL, &model, &error));
  CHECK_OK(aion_openai_new(&options, &openai, &error));
  CHECK_OK(aion_hybrid_open(model, budget, openai, &driver, &error));
  aion_openai_free(openai);
  aion_model_free(model);
  return driver;
}

static aion_hybrid_options_t quick(void) {
  aion_hybrid_options_t options;
  memset(&options, 0, sizeof options);
  options.generate.max_tokens = 20;
  options.no_retries = true;
  return options;
}

static bool hear(void *user, const char *source, const char *piece, size_t length) {
  char *heard = (char *)user;
  CHECK(strlen(piece) == length);
  snprintf(heard, 256, "%s: %s", source, piece);
  return true;
}

static void an_unsure_answer_is_paid_for(void) {
  aion_error_t *error = NULL;
  aion_hybrid_answer_t *sure = NULL, *unsure = NULL;
  aion_text_t *json = NULL;
  endpoint_t endpoint;
  char heard[256] = "";
  aion_hybrid_options_t options = quick();
  open_endpoint(&endpoint, "200 OK", PAID);
  aion_budget_t *budget = open_budget("", 5000000, AION_NO_HOURLY_LIMIT);
  aion_hybrid_t *driver = open_driver(budget, endpoint.base_url);
  CHECK_OK(aion_hybrid_answer(driver, KNOWN, 2, &options, NULL, &sure, &error));
  CHECK(strcmp(aion_hybrid_answer_source(sure, NULL), "local") == 0 && endpoint.hits == 0);
  CHECK(strcmp(aion_hybrid_answer_reason(sure, NULL), "confident") == 0);
  CHECK(aion_hybrid_answer_confidence(sure) > 0.62 && aion_hybrid_answer_cost_micro_usd(sure) == 0);
  options.on_answer = hear;
  options.user = heard;
  CHECK_OK(aion_hybrid_answer(driver, UNKNOWN, 1, &options, NULL, &unsure, &error));
  CHECK(strcmp(aion_hybrid_answer_text(unsure, NULL), "Victor.") == 0 && strcmp(heard, "paid: Victor.") == 0);
  CHECK(strcmp(aion_hybrid_answer_source(unsure, NULL), "paid") == 0);
  CHECK(strcmp(aion_hybrid_answer_reason(unsure, NULL), "granted") == 0);
  CHECK(aion_hybrid_answer_cost_micro_usd(unsure) == 40 * 10 + 5 * 20);
  CHECK_OK(aion_hybrid_answer_to_json(unsure, &json, &error));
  CHECK(strstr(aion_text_data(json, NULL), "\"verdict\":\"fallback\"") != NULL);
  CHECK(strstr(aion_text_data(json, NULL), KEY) == NULL);
  CHECK(endpoint.hits == 1 && strstr(endpoint.request, "Bearer " KEY) != NULL);
  CHECK(strstr(endpoint.request, "\"max_tokens\":400") != NULL);
  CHECK(stands_at(budget, 500, 0));
  aion_text_free(json);
  aion_hybrid_answer_free(sure);
  aion_hybrid_answer_free(unsure);
  aion_hybrid_free(driver);
  aion_budget_free(budget);
  close_endpoint(&endpoint);
}

static void a_refusal_costs_nothing_and_tells_no_key(void) {
  aion_error_t *error = NULL;
  aion_hybrid_answer_t *answer = NULL;
  endpoint_t endpoint;
  aion_hybrid_options_t options = quick();
  open_endpoint(&endpoint, "401 Unauthorized", "{\"error\":{\"message\":\"bad key " KEY "\"}}");
  aion_budget_t *budget = open_budget("", 5000000, AION_NO_HOURLY_LIMIT);
  aion_hybrid_t *driver = open_driver(budget, endpoint.base_url);
  CHECK_OK(aion_hybrid_answer(driver, UNKNOWN, 1, &options, NULL, &answer, &error));
  CHECK(strcmp(aion_hybrid_answer_source(answer, NULL), "local") == 0);
  CHECK(strcmp(aion_hybrid_answer_reason(answer, NULL), "unauthorized") == 0);
  const char *explanation = aion_hybrid_answer_explanation(answer, NULL);
  CHECK(strstr(explanation, "401") != NULL && strstr(explanation, KEY) == NULL);
  CHECK(stands_at(budget, 0, 0));
  aion_hybrid_answer_free(answer);
  aion_hybrid_free(driver);
  aion_budget_free(budget);
  close_endpoint(&endpoint);
}

static void what_is_wrong_is_refused(void) {
  aion_error_t *error = NULL;
  aion_model_t *model = NULL;
  aion_openai_t *openai = NULL;
  aion_hybrid_t *driver = NULL;
  aion_hybrid_answer_t *answer = NULL;
  aion_openai_options_t options = paid_options("http://example.com/v1");
  CHECK(aion_openai_new(&options, &openai, &error) == AION_ERROR_INVALID_ARGUMENT);
  CHECK(error != NULL && strstr(aion_error_message(error, NULL), KEY) == NULL);
  aion_error_free(error);
  options = paid_options("https://example.com/v1");
  options.price.input_per_million = -1;
  CHECK_INVALID(aion_openai_new(&options, &openai, &error));
  CHECK(openai == NULL && driver == NULL);
  aion_budget_t *budget = open_budget("", 5000000, AION_NO_HOURLY_LIMIT);
  CHECK_OK(aion_model_open(LLAMA, sizeof LLAMA - 1, NULL, 0, NULL, NULL, &model, &error));
  CHECK_INVALID(aion_hybrid_open(NULL, budget, NULL, &driver, &error));
  CHECK_INVALID(aion_hybrid_open(model, NULL, NULL, &driver, &error));
  CHECK_OK(aion_hybrid_open(model, budget, NULL, &driver, &error));
  CHECK_INVALID(aion_hybrid_answer(NULL, UNKNOWN, 1, NULL, NULL, &answer, &error));
  CHECK_STATUS(aion_hybrid_answer(driver, NULL, 0, NULL, NULL, &answer, &error), AION_ERROR_INVALID_INPUT);
  aion_hybrid_options_t local = quick();
  CHECK_OK(aion_hybrid_answer(driver, UNKNOWN, 1, &local, NULL, &answer, &error));
  CHECK(strcmp(aion_hybrid_answer_reason(answer, NULL), "no_external") == 0);
  CHECK(aion_hybrid_answer_text(NULL, NULL) == NULL && aion_hybrid_answer_source(NULL, NULL) == NULL);
  CHECK(aion_hybrid_answer_cost_micro_usd(NULL) == 0 && aion_hybrid_answer_confidence(NULL) == 0);
  aion_hybrid_answer_free(answer);
  aion_hybrid_answer_free(NULL);
  aion_openai_free(NULL);
  aion_hybrid_free(NULL);
  aion_hybrid_free(driver);
  aion_model_free(model);
  aion_budget_free(budget);
}

const test_t HYBRID_TESTS[] = {
    {"an unsure answer is paid for", an_unsure_answer_is_paid_for},
    {"a refusal costs nothing and tells no key", a_refusal_costs_nothing_and_tells_no_key},
    {"what is wrong is refused", what_is_wrong_is_refused},
    {NULL, NULL},
};
