#include "codec/mask.h"

#include <string.h>

#include "codec/text.h"

enum { MOST_NAME = 64 };

static int hex_digit(char c) {
  if (reseal__is_digit(c)) return c - '0';
  c = reseal__lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes at the start of `text` are the secret, each as it is or as %XX; 0: it isn't there. */
static size_t secret_len(const reseal__buffer *secret, const char *text, size_t len) {
  size_t at = 0;
  for (size_t i = 0; i < secret->len; i++) {
    if (at < len && text[at] == secret->data[i]) {
      at++;
      continue;
    }
    if (len - at < 3 || text[at] != '%') return 0;
    int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0 || high * 16 + low != (unsigned char)secret->data[i]) return 0;
    at += 3;
  }
  return at;
}

/* The longest secret at the start of `text`; 0: none. */
static size_t find_secret(const reseal_account *account, const char *text, size_t len) {
  size_t longest = 0;
  for (size_t i = 0; account && i < account->provider->settings.count; i++) {
    if (!account->provider->settings.items[i].secret || !account->settings[i].len) continue;
    size_t found = secret_len(&account->settings[i], text, len);
    if (found > longest) longest = found;
  }
  size_t sent = account && account->credentials.len ? secret_len(&account->credentials, text, len) : 0;
  if (sent > longest) longest = sent;
  return longest;
}

void reseal__put_masked(reseal__buffer *buffer, const reseal_account *account, const char *text, size_t len) {
  size_t from = 0;
  for (size_t at = 0; at < len;) {
    size_t secret = find_secret(account, text + at, len - at);
    if (!secret) {
      at++;
      continue;
    }
    reseal__put(buffer, text + from, at - from);
    reseal__put_text(buffer, "***");
    from = at += secret;
  }
  if (from < len) reseal__put(buffer, text + from, len - from);
}

/* Cuts what was put since `from`, not within a character: back over the bytes that continue one. */
static bool shorten(reseal__buffer *buffer, size_t from, size_t most) {
  if (buffer->failed || buffer->len - from <= most) return false;
  size_t end = from + most;
  while (end > from && ((unsigned char)buffer->data[end] & 0xC0) == 0x80) end--;
  reseal__buffer_cut(buffer, end);
  return true;
}

void reseal__put_foreign(reseal__buffer *buffer, const reseal_account *account, const char *text, size_t len,
                         size_t most) {
  if (!buffer) return;
  size_t from = buffer->len;
  reseal__put_masked(buffer, account, text, len);
  if (buffer->failed) return;
  for (size_t i = from; i < buffer->len; i++) {
    unsigned char byte = (unsigned char)buffer->data[i];
    if (byte < 0x20 || byte == 0x7F) buffer->data[i] = ' ';
  }
  if (shorten(buffer, from, most)) reseal__put_text(buffer, " (cut)");
}

void reseal__put_given(reseal__buffer *buffer, const reseal_account *account, const char *name, size_t len) {
  if (!buffer) return;
  size_t from = buffer->len;
  reseal__put_masked(buffer, account, name, len);
  shorten(buffer, from, MOST_NAME);
}

void reseal__put_name(reseal__buffer *buffer, const reseal_account *account, const char *name, size_t len) {
  reseal__put_foreign(buffer, account, name, len, MOST_NAME);
}

bool reseal__tells_secret(const reseal_account *account, const char *text, size_t len) {
  for (size_t at = 0; at < len; at++)
    if (find_secret(account, text + at, len - at)) return true;
  return false;
}
