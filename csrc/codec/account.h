/* An account at one provider, from the inside. */
#ifndef RESEAL_CODEC_ACCOUNT_H
#define RESEAL_CODEC_ACCOUNT_H

#include "codec/error.h"
#include "codec/tree.h"
#include "description.h"

typedef struct reseal__xml reseal__xml;

struct reseal_account {
  reseal__memory memory;
  const reseal__provider *provider;
  reseal__buffer *settings; /* in the order of the provider's, and as many; empty: not set */
  reseal__buffer endpoint;  /* the base URL */
  /* With RESEAL__AUTH_BASIC: user and secret as they travel, in Base64; empty until both are set. As secret as these. */
  reseal__buffer credentials;
  bool strict;
  size_t limits[3];
  reseal__xml *xml; /* made at the first XML answer */
};

struct reseal_params {
  reseal__tree tree; /* item 0 is the object of all parameters */
};

/* Refuses parameters that did not fit into their tree; returns as `reseal__refuse`. */
int reseal__params_fault(const reseal__tree *tree, reseal_error *err);

/* A handle for a provider that need not be listed. Returns RESEAL_OK or RESEAL_ENOMEM. */
int reseal__account_open(reseal_account **out, const reseal__provider *provider, const reseal__memory *memory,
                         reseal_error *err);
const reseal__provider *reseal__find_provider(const char *name, size_t len, reseal_error *err);
/*
 * The method of that name in `edition` (NULL: the provider's default); tells the nearest name when there is none. `account` is
 * the account whose secrets are kept out of the message; NULL: none.
 */
const reseal__method *reseal__find_method(const reseal__provider *provider, const char *name, size_t len,
                                          const char *edition, const reseal_account *account, reseal_error *err);
const char *reseal__default_edition(const reseal__provider *provider);
/* A setting's value, its fallback's or its initial one; text NULL when there is none. */
const reseal__buffer *reseal__setting_value(const reseal_account *account, const reseal__setting *setting);
const char *reseal__account_edition(const reseal_account *account);
/* What the account says for a parameter that a call leaves out; NULL: nothing. */
const reseal__buffer *reseal__param_setting(const reseal_account *account, const reseal__param *param);
/* The value of the setting `name`, perhaps empty; NULL: there is no such setting. */
const reseal__buffer *reseal__named_setting(const reseal_account *account, const char *name);

/* The candidate that is nearest to `name`, when it is near enough to be meant; else NULL. */
typedef struct reseal__nearest {
  const char *name;
  size_t len;
  const char *best;
  int distance;
} reseal__nearest;
void reseal__nearest_try(reseal__nearest *nearest, const char *candidate);
void reseal__put_nearest(reseal__buffer *message, const reseal__nearest *nearest);

#endif
