#include "codec/account.h"

#include <string.h>

#include "codec/limits.h"
#include "codec/mask.h"
#include "codec/text.h"
#include "codec/url.h"
#include "codec/xml.h"

static const size_t default_limits[3] = {
    [RESEAL_LIMIT_BYTES] = RESEAL__BYTES, [RESEAL_LIMIT_DEPTH] = RESEAL__DEPTH, [RESEAL_LIMIT_ITEMS] = RESEAL__ITEMS};
static const size_t largest_limits[3] = {[RESEAL_LIMIT_BYTES] = RESEAL__MOST_BYTES,
                                         [RESEAL_LIMIT_DEPTH] = RESEAL__MOST_DEPTH,
                                         [RESEAL_LIMIT_ITEMS] = RESEAL__MOST_ITEMS};

const char *reseal_version(void) {
  return RESEAL_VERSION;
}

/* Names. */

int reseal_name_distance(const char *name, size_t name_len, const char *candidate, size_t candidate_len) {
  size_t distance = reseal__distance(name, name_len, candidate, candidate_len);
  return distance > 1 + name_len / 3 ? -1 : (int)distance;
}

void reseal__nearest_try(reseal__nearest *nearest, const char *candidate) {
  int distance = reseal_name_distance(nearest->name, nearest->len, candidate, strlen(candidate));
  if (distance < 0) return;
  if (!nearest->best || distance < nearest->distance) {
    nearest->best = candidate;
    nearest->distance = distance;
  }
}

void reseal__put_nearest(reseal__buffer *message, const reseal__nearest *nearest) {
  if (nearest->best) reseal__say(message, "; did you mean ", nearest->best, "?", NULL);
}

static void quote_name(reseal__buffer *message, const reseal_account *account, const char *name, size_t len) {
  reseal__put_byte(message, '"');
  reseal__put_name(message, account, name, len);
  reseal__put_byte(message, '"');
}

const reseal__provider *reseal__find_provider(const char *name, size_t len, reseal_error *err) {
  reseal__nearest nearest = {.name = name, .len = len};
  for (size_t i = 0; i < reseal__provider_count; i++) {
    if (reseal__same(name, len, reseal__providers[i]->name)) return reseal__providers[i];
    reseal__nearest_try(&nearest, reseal__providers[i]->name);
  }
  reseal__buffer *message = reseal__fault(err, "unknown_provider", 0, "provider", 8, 0);
  reseal__put_text(message, "there is no provider ");
  quote_name(message, NULL, name, len);
  reseal__put_nearest(message, &nearest);
  reseal__refuse(err);
  return NULL;
}

const char *reseal__default_edition(const reseal__provider *provider) {
  for (size_t i = 0; i < provider->settings.count; i++)
    if (strcmp(provider->settings.items[i].name, "edition") == 0) return provider->settings.items[i].initial;
  return NULL;
}

const reseal__method *reseal__find_method(const reseal__provider *provider, const char *name, size_t len,
                                          const char *edition, const reseal_account *account, reseal_error *err) {
  if (!edition) edition = reseal__default_edition(provider);
  reseal__nearest nearest = {.name = name, .len = len};
  for (size_t i = 0; i < provider->methods.count; i++) {
    const reseal__method *method = provider->methods.items[i];
    if (method->edition && (!edition || strcmp(method->edition, edition) != 0)) continue;
    if (reseal__same(name, len, method->name)) return method;
    reseal__nearest_try(&nearest, method->name);
  }
  reseal__buffer *message = reseal__fault(err, "unknown_method", 0, "method", 6, 0);
  reseal__say(message, provider->name, " has no method ", NULL);
  quote_name(message, account, name, len);
  reseal__put_nearest(message, &nearest);
  reseal__refuse(err);
  return NULL;
}

/* The handle. */

int reseal__account_open(reseal_account **out, const reseal__provider *provider, const reseal__memory *memory,
                         reseal_error *err) {
  size_t count = provider->settings.count;
  reseal_account *account = reseal__resize(memory, NULL, 0, sizeof *account);
  if (!account) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  *account = (reseal_account){.memory = *memory,
                              .provider = provider,
                              .endpoint = reseal__buffer_of(memory, false),
                              .credentials = reseal__buffer_of(memory, true)};
  memcpy(account->limits, default_limits, sizeof default_limits);
  reseal__put_text(&account->endpoint,
                   provider->endpoints && provider->endpoints[0].url ? provider->endpoints[0].url : "");
  account->settings = reseal__resize_array(memory, NULL, 0, count ? count : 1, sizeof *account->settings);
  for (size_t i = 0; account->settings && i < count; i++) account->settings[i] = reseal__buffer_of(memory, true);
  if (!account->settings || account->endpoint.failed) {
    reseal_account_free(account);
    return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  }
  *out = account;
  return RESEAL_OK;
}

int reseal_account_new(reseal_account **out, const char *provider, size_t provider_len, reseal_alloc alloc,
                       void *context, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  const reseal__provider *found = reseal__find_provider(provider, provider_len, err);
  if (!found) return reseal__refused(err);
  reseal__memory memory = reseal__memory_of(alloc, context);
  return reseal__account_open(out, found, &memory, err);
}

void reseal_account_free(reseal_account *account) {
  if (!account) return;
  reseal__memory memory = account->memory;
  size_t count = account->provider->settings.count;
  for (size_t i = 0; account->settings && i < count; i++) reseal__buffer_free(&account->settings[i]);
  if (account->settings)
    reseal__resize_array(&memory, account->settings, count ? count : 1, 0, sizeof *account->settings);
  reseal__buffer_free(&account->endpoint);
  reseal__buffer_free(&account->credentials);
  reseal__xml_free(account->xml);
  reseal__resize(&memory, account, sizeof *account, 0);
}

int reseal_account_limit(reseal_account *account, int limit, size_t value, reseal_error *err) {
  reseal_error_clear(err);
  if (!account) return reseal__no_handle(err, "account");
  if (limit < RESEAL_LIMIT_BYTES || limit > RESEAL_LIMIT_ITEMS || value > largest_limits[limit]) {
    reseal__buffer *message = reseal__fault(err, "not_allowed", 0, "limit", 5, 0);
    if (limit < RESEAL_LIMIT_BYTES || limit > RESEAL_LIMIT_ITEMS) {
      reseal__put_text(message, "there is no such limit");
    } else {
      reseal__put_text(message, "the limit may be at most ");
      reseal__put_integer(message, (int64_t)largest_limits[limit]);
    }
    return reseal__refuse(err);
  }
  account->limits[limit] = value ? value : default_limits[limit];
  return RESEAL_OK;
}

int reseal_url_check(const char *url, size_t len) {
  return url ? reseal__url_check(url, len) : RESEAL_URL_REFUSED;
}

const char *reseal_account_endpoint(const reseal_account *account) {
  return account ? account->endpoint.data : NULL;
}

/* Settings. */

/* The account's own value of a setting, perhaps empty; NULL: there is no such setting. */
static const reseal__buffer *find_setting(const reseal_account *account, const char *name) {
  for (size_t i = 0; name && i < account->provider->settings.count; i++)
    if (strcmp(account->provider->settings.items[i].name, name) == 0) return &account->settings[i];
  return NULL;
}

const reseal__buffer *reseal__setting_value(const reseal_account *account, const reseal__setting *setting) {
  const reseal__setting *settings = account->provider->settings.items;
  const reseal__buffer *own = &account->settings[setting - settings];
  if (own->len || !setting->fallback) return own;
  const reseal__buffer *other = find_setting(account, setting->fallback);
  return other ? other : own;
}

const reseal__buffer *reseal__named_setting(const reseal_account *account, const char *name) {
  const reseal__buffer *own = find_setting(account, name);
  return own ? reseal__setting_value(account, &account->provider->settings.items[own - account->settings]) : NULL;
}

const reseal__buffer *reseal__param_setting(const reseal_account *account, const reseal__param *param) {
  const reseal__buffer *value = find_setting(account, param->setting);
  return value && value->len ? value : NULL;
}

const char *reseal__account_edition(const reseal_account *account) {
  const reseal__buffer *value = find_setting(account, "edition");
  return value && value->len ? value->data : NULL;
}

/* A path that needs no escaping and cannot hide a query, a fragment or a step upwards. */
static bool is_path(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    char c = reseal__lower(text[i]);
    if (!c || (!reseal__is_digit(c) && (c < 'a' || c > 'z') && !strchr("/-._~", c))) return false;
  }
  return !reseal__contains(text, len, "..");
}

/* Puts the base URL that `value` names. */
static bool put_endpoint(reseal__buffer *url, const reseal__provider *provider, const char *value, size_t len,
                         const char **expected) {
  for (const reseal__endpoint *named = provider->endpoints; named && named->name; named++)
    if (named->url && reseal__same(value, len, named->name)) {
      reseal__put_text(url, named->url);
      return true;
    }
  *expected =
      "a name of the provider's endpoints or a URL such as https://api.example.com without user, query or fragment";
  reseal__url parts;
  if (!reseal__url_split(&parts, value, len) || !is_path(parts.path, parts.path_len)) return false;
  if (!parts.https && !reseal__url_is_loopback(parts.host, parts.host_len)) {
    *expected = "https: plain http would show the API key to everyone on the way, and is allowed to this machine only";
    return false;
  }
  const char *path = parts.path, *end = path + parts.path_len;
  while (end > path && end[-1] == '/') end--;
  size_t suffix = provider->base_suffix ? strlen(provider->base_suffix) : 0;
  if (suffix && (size_t)(end - path) >= suffix && memcmp(end - suffix, provider->base_suffix, suffix) == 0)
    end -= suffix;
  while (end > path && end[-1] == '/') end--;
  reseal__put(url, value, (size_t)(end - value));
  return true;
}

static bool is_listed(const char *const *values, const char *value, size_t len) {
  for (; *values; values++)
    if (reseal__same(value, len, *values)) return true;
  return false;
}

static bool is_named(const reseal__setting *setting, const char *name) {
  return name && strcmp(setting->name, name) == 0;
}

/* What is wrong with a setting's value, as a code; NULL when it is fine. */
static const char *setting_fault(const reseal__provider *provider, const reseal__setting *setting, const char *value,
                                 size_t len, reseal__buffer *why) {
  if (len == 0) {
    reseal__put_text(why, " must not be empty");
    return "too_short";
  }
  if (len < setting->min) {
    reseal__put_text(why, " is ");
    reseal__put_integer(why, (int64_t)len);
    reseal__put_text(why, " bytes long; at least ");
    reseal__put_integer(why, setting->min);
    reseal__put_text(why, " are needed");
    return "too_short";
  }
  if (setting->max && len > setting->max) {
    reseal__put_text(why, " is ");
    reseal__put_integer(why, (int64_t)len);
    reseal__put_text(why, " bytes long; at most ");
    reseal__put_integer(why, setting->max);
    reseal__put_text(why, " are allowed");
    return "too_long";
  }
  const reseal__format *format = setting->format;
  if (format && format->matches && !format->matches(value, len)) {
    reseal__say(why, " must be ", format->expected ? format->expected : format->name, NULL);
    return "bad_format";
  }
  /* Whatever follows the first colon would be read as the secret (RFC 7617, 2). */
  if (provider->auth.kind == RESEAL__AUTH_BASIC && is_named(setting, provider->auth.user) && memchr(value, ':', len)) {
    reseal__put_text(why, " must not contain a colon");
    return "bad_format";
  }
  if (setting->values && !is_listed(setting->values, value, len)) {
    reseal__put_text(why, " must be one of ");
    for (const char *const *one = setting->values; *one; one++)
      reseal__say(why, one == setting->values ? "" : ", ", *one, NULL);
    return "not_allowed";
  }
  return NULL;
}

static void put_base64(reseal__buffer *out, const char *text, size_t len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < len; i += 3) {
    uint32_t three = 0;
    for (size_t j = 0; j < 3; j++) three = three << 8 | (i + j < len ? (unsigned char)text[i + j] : 0);
    for (size_t j = 0; j < 4; j++) reseal__put_byte(out, i + j <= len ? digits[three >> (18 - 6 * j) & 63] : '=');
  }
}

/* What the credentials of basic authentication are once that setting has that value; nothing while one is missing. */
static void put_credentials(reseal__buffer *out, const reseal_account *account, const reseal__setting *changed,
                            const reseal__buffer *value) {
  const reseal__auth *auth = &account->provider->auth;
  const reseal__buffer *user = is_named(changed, auth->user) ? value : reseal__named_setting(account, auth->user);
  const reseal__buffer *secret = is_named(changed, auth->secret) ? value : reseal__named_setting(account, auth->secret);
  if (auth->kind != RESEAL__AUTH_BASIC || !user || !secret || !user->len || !secret->len) return;
  reseal__buffer pair = reseal__buffer_of(&account->memory, true);
  reseal__put(&pair, user->data, user->len);
  reseal__put_byte(&pair, ':');
  reseal__put(&pair, secret->data, secret->len);
  if (pair.failed)
    out->failed = true;
  else
    put_base64(out, pair.data, pair.len);
  reseal__buffer_free(&pair);
}

static void swap(reseal__buffer *a, reseal__buffer *b) {
  reseal__buffer old = *a;
  *a = *b;
  *b = old;
}

/* Checks and sets one: the new value, or without memory the old one. */
static int set_setting(reseal_account *account, size_t index, const char *value, size_t len, reseal_error *err) {
  const reseal__setting *setting = &account->provider->settings.items[index];
  bool is_endpoint = strcmp(setting->name, "endpoint") == 0;
  reseal__buffer why = reseal__buffer_of(&account->memory, false), url = why;
  reseal__buffer copy = reseal__buffer_of(&account->memory, true), credentials = copy;
  const char *expected = NULL, *code = setting_fault(account->provider, setting, value, len, &why);
  if (!code && is_endpoint && !put_endpoint(&url, account->provider, value, len, &expected)) {
    reseal__say(&why, " must be ", expected, NULL);
    code = "bad_format";
  }
  if (!code) reseal__put(&copy, value, len);
  if (!code && !copy.failed) put_credentials(&credentials, account, setting, &copy);
  int status = RESEAL_OK;
  if (why.failed || url.failed || copy.failed || credentials.failed) {
    status = reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  } else if (code) {
    reseal__buffer *message = reseal__fault(err, code, 0, setting->name, strlen(setting->name), 0);
    reseal__put_text(message, setting->name);
    reseal__put(message, why.data, why.len);
    status = reseal__refuse(err);
  } else {
    swap(&account->settings[index], &copy);
    swap(&account->credentials, &credentials);
    if (is_endpoint) swap(&account->endpoint, &url);
    if (strcmp(setting->name, "strict") == 0) account->strict = len == 4;
  }
  reseal__buffer_free(&why);
  reseal__buffer_free(&url);
  reseal__buffer_free(&copy);
  reseal__buffer_free(&credentials);
  return status;
}

int reseal_account_set(reseal_account *account, const char *name, size_t name_len, const char *value, size_t value_len,
                       reseal_error *err) {
  reseal_error_clear(err);
  if (!account) return reseal__no_handle(err, "account");
  reseal__nearest nearest = {.name = name, .len = name_len};
  for (size_t i = 0; i < account->provider->settings.count; i++) {
    const char *own = account->provider->settings.items[i].name;
    if (reseal__same(name, name_len, own)) return set_setting(account, i, value, value_len, err);
    reseal__nearest_try(&nearest, own);
  }
  reseal__buffer shown = reseal__buffer_of(&account->memory, false);
  reseal__put_given(&shown, account, name, name_len);
  if (shown.failed) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  reseal__buffer *message = reseal__fault(err, "unknown_param", 0, shown.data, shown.len, 0);
  reseal__buffer_free(&shown);
  reseal__say(message, account->provider->name, " has no setting ", NULL);
  quote_name(message, account, name, name_len);
  reseal__put_nearest(message, &nearest);
  return reseal__refuse(err);
}
