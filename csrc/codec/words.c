/* The words for the numbers of reseal.h. */
#include "reseal.h"

#include <stddef.h>

#define WORD_OF(words, number) \
  ((number) >= 0 && (size_t)(number) < sizeof(words) / sizeof((words)[0]) ? (words)[number] : NULL)

const char *reseal_class_name(int class) {
  static const char *const words[] = {
      [RESEAL_CLASS_INVALID] = "invalid",
      [RESEAL_CLASS_PROTOCOL] = "protocol",
      [RESEAL_CLASS_PROVIDER] = "provider",
  };
  return WORD_OF(words, class);
}

const char *reseal_outcome_name(int outcome) {
  static const char *const words[] = {
      [RESEAL_OUTCOME_NOT_SENT] = "not_sent",
      [RESEAL_OUTCOME_REFUSED] = "refused",
      [RESEAL_OUTCOME_UNKNOWN] = "unknown",
  };
  return WORD_OF(words, outcome);
}

const char *reseal_retry_name(int retry) {
  static const char *const words[] = {
      [RESEAL_RETRY_NEVER] = "never",
      [RESEAL_RETRY_LATER] = "later",
      [RESEAL_RETRY_NOW] = "now",
  };
  return WORD_OF(words, retry);
}

const char *reseal_category_name(int category) {
  static const char *const words[] = {
      [RESEAL_CATEGORY_AUTH] = "auth",           [RESEAL_CATEGORY_FUNDS] = "funds",
      [RESEAL_CATEGORY_PROMOTION] = "promotion", [RESEAL_CATEGORY_PARAMETER] = "parameter",
      [RESEAL_CATEGORY_STATE] = "state",         [RESEAL_CATEGORY_THROTTLE] = "throttle",
      [RESEAL_CATEGORY_UPSTREAM] = "upstream",   [RESEAL_CATEGORY_INTERNAL] = "internal",
  };
  return WORD_OF(words, category);
}

const char *reseal_effect_name(int effect) {
  static const char *const words[] = {
      [RESEAL_EFFECT_READ] = "read",
      [RESEAL_EFFECT_CHANGE] = "change",
      [RESEAL_EFFECT_PURCHASE] = "purchase",
  };
  return WORD_OF(words, effect);
}

const char *reseal_item_name(int type) {
  static const char *const words[] = {
      [RESEAL_ITEM_STRING] = "string", [RESEAL_ITEM_INTEGER] = "integer", [RESEAL_ITEM_BOOLEAN] = "boolean",
      [RESEAL_ITEM_NUMBER] = "number", [RESEAL_ITEM_LIST] = "list",       [RESEAL_ITEM_OBJECT] = "object",
      [RESEAL_ITEM_NULL] = "null",
  };
  return WORD_OF(words, type);
}
