#include "codec/convert.h"

#include <string.h>

#include "codec/text.h"

enum { MOST_DIGITS = 60 };

/* The digits of a JSON number that is whole, however it is written; false: it isn't, or has too many. */
static bool whole_digits(const char *text, size_t len, char digits[MOST_DIGITS + 2], size_t *out) {
  size_t at = 0, count = 0, fraction = 0;
  bool minus = len && text[0] == '-', point = false, zero = true;
  if (minus) at++;
  char kept[MOST_DIGITS];
  for (; at < len && (reseal__is_digit(text[at]) || text[at] == '.'); at++) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    fraction += point;
    if (text[at] != '0') zero = false;
    if (zero && !point) continue; /* a leading zero */
    if (count == MOST_DIGITS) return false;
    kept[count++] = text[at];
  }
  int64_t exponent = 0;
  if (at < len) {
    at++; /* e */
    if (at < len && text[at] == '+') at++;
    if (!reseal__to_integer(text + at, len - at, &exponent)) return false;
  }
  *out = 0;
  if (zero) {
    digits[(*out)++] = '0';
    return true;
  }
  if (exponent < -1000 || exponent > 1000) return false;
  exponent -= (int64_t)fraction;
  for (; exponent < 0; exponent++)
    if (count == 0 || kept[--count] != '0') return false;
  if (count + (size_t)exponent > MOST_DIGITS) return false;
  size_t first = 0;
  while (first < count && kept[first] == '0') first++; /* of a fraction that became whole */
  if (minus) digits[(*out)++] = '-';
  for (; first < count; first++) digits[(*out)++] = kept[first];
  for (; exponent > 0; exponent--) digits[(*out)++] = '0';
  return true;
}

static bool is_digits(reseal__span text) {
  size_t at = text.len && text.text[0] == '-';
  if (at == text.len) return false;
  for (; at < text.len; at++)
    if (!reseal__is_digit(text.text[at])) return false;
  return true;
}

/* Digits, perhaps with a minus and a point between two of them: no exponent, no sign of a currency. */
static bool is_decimal(reseal__span text) {
  size_t start = text.len && text.text[0] == '-', points = 0;
  for (size_t i = start; i < text.len; i++) {
    bool inside = i > start && i + 1 < text.len;
    if (text.text[i] == '.' ? !inside || points++ : !reseal__is_digit(text.text[i])) return false;
  }
  return text.len > start;
}

static bool convert_whole(reseal__tree *tree, const char *name, size_t name_len, int kind, const char *text,
                          size_t len) {
  char digits[MOST_DIGITS + 2];
  size_t count;
  reseal__span bare = reseal__trim(text, len);
  if (kind == RESEAL_ITEM_STRING) {
    if (!bare.len) return true;
    if (!is_digits(bare)) return false;
    reseal__tree_digits(tree, name, name_len, bare.text, bare.len);
    return true;
  }
  if (kind != RESEAL_ITEM_NUMBER || !whole_digits(text, len, digits, &count)) return false;
  reseal__tree_digits(tree, name, name_len, digits, count);
  return true;
}

bool reseal__convert(reseal__tree *tree, const char *name, size_t name_len, reseal__result_type type, int kind,
                     const char *text, size_t len) {
  reseal__span bare = reseal__trim(text, len);
  bool yes = reseal__same_any_case(bare.text, bare.len, "true");
  switch (type) {
    case RESEAL__TEXT:
    case RESEAL__MONEY:
      reseal__tree_text(tree, name, name_len, RESEAL_ITEM_STRING, text, len);
      return true;
    case RESEAL__DECIMAL:
      if (!bare.len) return true;
      if (kind == RESEAL_ITEM_BOOLEAN || !is_decimal(bare)) return false;
      reseal__tree_text(tree, name, name_len, RESEAL_ITEM_STRING, bare.text, bare.len);
      return true;
    case RESEAL__WHOLE:
    case RESEAL__CENTS:
      return convert_whole(tree, name, name_len, kind, text, len);
    case RESEAL__TRUTH:
      if (kind == RESEAL_ITEM_NUMBER) return false;
      if (!bare.len) return true;
      if (!yes && !reseal__same_any_case(bare.text, bare.len, "false")) return false;
      reseal__tree_boolean(tree, name, name_len, yes);
      return true;
    case RESEAL__PEM:
      if (kind != RESEAL_ITEM_STRING) return false;
      reseal__tree_text(tree, name, name_len, RESEAL_ITEM_STRING, bare.text, bare.len);
      return true;
    case RESEAL__RECORD:
    case RESEAL__RECORDS:
    case RESEAL__TEXTS:
    case RESEAL__WHOLES:
      break;
  }
  return false;
}

const char *reseal__type_words(reseal__result_type type) {
  switch (type) {
    case RESEAL__TEXT:
      return "a text";
    case RESEAL__MONEY:
    case RESEAL__DECIMAL:
      return "an amount";
    case RESEAL__WHOLE:
      return "an integer";
    case RESEAL__CENTS:
      return "a whole number of cents";
    case RESEAL__TRUTH:
      return "true or false";
    case RESEAL__PEM:
      return "a text in PEM";
    case RESEAL__RECORD:
      return "an object";
    case RESEAL__RECORDS:
    case RESEAL__TEXTS:
    case RESEAL__WHOLES:
      return "a list";
  }
  return "what is described";
}
