/* The parameters of one call, built front to back. */
#include "codec/account.h"
#include "codec/text.h"

int reseal_params_new(reseal_params **out, reseal_account *account, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  if (!account) return reseal__no_handle(err, "account");
  reseal_params *params = reseal__resize(&account->memory, NULL, 0, sizeof *params);
  *out = params;
  if (!params) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  /* Secret: a private key given for a CSR by mistake must not stay behind. */
  reseal__tree_init(&params->tree, &account->memory, account->limits[RESEAL_LIMIT_DEPTH],
                    account->limits[RESEAL_LIMIT_ITEMS], true);
  reseal_params_clear(params);
  return RESEAL_OK;
}

void reseal_params_free(reseal_params *params) {
  if (!params) return;
  reseal__memory memory = params->tree.memory;
  reseal__tree_free(&params->tree);
  reseal__resize(&memory, params, sizeof *params, 0);
}

void reseal_params_clear(reseal_params *params) {
  if (!params) return;
  reseal__tree_clear(&params->tree);
  reseal__tree_open(&params->tree, NULL, 0, RESEAL_ITEM_OBJECT);
}

int reseal__params_fault(const reseal__tree *tree, reseal_error *err) {
  if (tree->failure == RESEAL__TREE_NO_MEMORY) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  bool deep = tree->failure == RESEAL__TREE_TOO_DEEP;
  reseal__put_text(reseal__fault(err, deep ? "too_deep" : "too_large", 0, NULL, 0, 0),
                   deep ? "the parameters are nested too deeply" : "there are too many parameters");
  return reseal__refuse(err);
}

static int begin(reseal_params *params, reseal_error *err) {
  reseal_error_clear(err);
  return params ? RESEAL_OK : reseal__no_handle(err, "params");
}

/* What came of the last step, or of the first that failed: after it nothing is added any more. */
static int end(const reseal_params *params, reseal_error *err) {
  return params->tree.failure ? reseal__params_fault(&params->tree, err) : RESEAL_OK;
}

int reseal_params_string(reseal_params *params, const char *name, size_t name_len, const char *value, size_t value_len,
                         reseal_error *err) {
  if (begin(params, err) != RESEAL_OK) return reseal__refused(err);
  reseal__tree_text(&params->tree, name, name_len, RESEAL_ITEM_STRING, value, value_len);
  return end(params, err);
}

int reseal_params_integer(reseal_params *params, const char *name, size_t name_len, int64_t value, reseal_error *err) {
  if (begin(params, err) != RESEAL_OK) return reseal__refused(err);
  reseal__tree_integer(&params->tree, name, name_len, value);
  return end(params, err);
}

int reseal_params_number(reseal_params *params, const char *name, size_t name_len, double value, reseal_error *err) {
  if (value >= -(double)RESEAL__SAFE_INTEGER && value <= (double)RESEAL__SAFE_INTEGER &&
      value == (double)(int64_t)value)
    return reseal_params_integer(params, name, name_len, (int64_t)value, err);
  static const char what[] = "a number that is not whole or beyond 2^53";
  return reseal_params_other(params, name, name_len, what, sizeof what - 1, err);
}

int reseal_params_boolean(reseal_params *params, const char *name, size_t name_len, int value, reseal_error *err) {
  if (begin(params, err) != RESEAL_OK) return reseal__refused(err);
  reseal__tree_boolean(&params->tree, name, name_len, value != 0);
  return end(params, err);
}

int reseal_params_null(reseal_params *params, const char *name, size_t name_len, reseal_error *err) {
  if (begin(params, err) != RESEAL_OK) return reseal__refused(err);
  reseal__tree_text(&params->tree, name, name_len, RESEAL__ITEM_NULL, "", 0);
  return end(params, err);
}

int reseal_params_other(reseal_params *params, const char *name, size_t name_len, const char *what, size_t what_len,
                        reseal_error *err) {
  if (begin(params, err) != RESEAL_OK) return reseal__refused(err);
  reseal__tree_text(&params->tree, name, name_len, RESEAL__ITEM_OTHER, what, what_len);
  return end(params, err);
}

int reseal_params_open(reseal_params *params, const char *name, size_t name_len, int type, reseal_error *err) {
  if (begin(params, err) != RESEAL_OK) return reseal__refused(err);
  if (type != RESEAL_ITEM_LIST && type != RESEAL_ITEM_OBJECT) {
    reseal__put_text(reseal__fault(err, "not_allowed", 0, "type", 4, 0), "only a list or an object can be opened");
    return reseal__refuse(err);
  }
  reseal__tree_open(&params->tree, name, name_len, type);
  return end(params, err);
}

int reseal_params_close(reseal_params *params, reseal_error *err) {
  if (begin(params, err) != RESEAL_OK) return reseal__refused(err);
  /* The object of all parameters stays open: it is no caller's to close. */
  if (!params->tree.failure && params->tree.depth <= 1) {
    reseal__put_text(reseal__fault(err, "conflict", 0, NULL, 0, 0), "no list or object of the parameters is open");
    return reseal__refuse(err);
  }
  reseal__tree_close(&params->tree);
  return end(params, err);
}
