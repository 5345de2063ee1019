/* Answers of XML APIs: from the nodes of a document to the result that the method's description names. */
#include <string.h>

#include "codec/convert.h"
#include "codec/decode.h"
#include "codec/mask.h"
#include "codec/xml.h"
#include "providers/quirks.h"

enum { MOST_UNKNOWN_NAMES = 256 };

typedef struct shaper {
  reseal__xml *xml;
  reseal__tree *tree;
  const reseal__method *method;
  const char *missing;         /* a required field that isn't there */
  const reseal__field *misfit; /* one whose value is not of its type */
  bool too_many;
} shaper;

static bool has_elements(const reseal__xml *xml, size_t node) {
  for (size_t at = node + 1; at < xml->nodes[node].next; at = xml->nodes[at].next)
    if (xml->nodes[at].type == RESEAL__NODE_ELEMENT) return true;
  return false;
}

/* Attributes as they are; the text of elements without the line breaks around it. */
static reseal__span value_of(const reseal__xml *xml, size_t node) {
  reseal__span text = reseal__node_text(xml, node);
  return xml->nodes[node].type == RESEAL__NODE_ATTRIBUTE ? text : reseal__trim(text.text, text.len);
}

/* What no description knows. */

static void shape_unknown_members(shaper *s, size_t node);

static void shape_unknown(shaper *s, size_t node, reseal__span name) {
  s->xml->nodes[node].used = true;
  bool leaf = s->xml->nodes[node].next == node + 1;
  reseal__span text = value_of(s->xml, node);
  if (leaf) {
    reseal__tree_text(s->tree, name.text, name.len, RESEAL_ITEM_STRING, text.text, text.len);
    return;
  }
  reseal__tree_open(s->tree, name.text, name.len, RESEAL_ITEM_OBJECT);
  shape_unknown_members(s, node);
  if (text.len) reseal__tree_text(s->tree, "value", 5, RESEAL_ITEM_STRING, text.text, text.len);
  reseal__tree_close(s->tree);
}

/* Members of one name become a list. */
static void shape_unknown_members(shaper *s, size_t node) {
  const reseal__node *nodes = s->xml->nodes;
  size_t names = 0;
  for (size_t at = node + 1; at < nodes[node].next && !s->tree->failure; at = nodes[at].next) {
    if (nodes[at].used) continue;
    if (++names > MOST_UNKNOWN_NAMES) {
      s->too_many = true;
      return;
    }
    reseal__span name = reseal__node_name(s->xml, at);
    size_t alike = 0;
    for (size_t other = at; other < nodes[node].next; other = nodes[other].next)
      alike += !nodes[other].used && reseal__same(name.text, name.len, reseal__node_name(s->xml, other).text);
    if (alike == 1) {
      shape_unknown(s, at, name);
      continue;
    }
    reseal__tree_open(s->tree, name.text, name.len, RESEAL_ITEM_LIST);
    for (size_t other = at; other < nodes[node].next; other = nodes[other].next)
      if (!nodes[other].used && reseal__same(name.text, name.len, reseal__node_name(s->xml, other).text))
        shape_unknown(s, other, (reseal__span){NULL, 0});
    reseal__tree_close(s->tree);
  }
}

/* What the description knows. */

static void shape_fields(shaper *s, size_t node, const reseal__field *fields, size_t count);

static void shape_record(shaper *s, size_t node, const char *name, const reseal__field *field) {
  s->xml->nodes[node].used = true;
  reseal__add_open(s->tree, name, RESEAL_ITEM_OBJECT);
  shape_fields(s, node, field->fields.items, field->fields.count);
  shape_unknown_members(s, node);
  reseal__tree_close(s->tree);
}

static void shape_item(shaper *s, size_t node, const reseal__field *field) {
  if (field->type == RESEAL__RECORDS) {
    shape_record(s, node, NULL, field);
  } else {
    s->xml->nodes[node].used = true;
    reseal__span text = value_of(s->xml, node);
    reseal__tree_text(s->tree, NULL, 0, RESEAL_ITEM_STRING, text.text, text.len);
  }
}

/* The one item that lies in `node` without an element of its own; one whose members are all empty is none. */
static void shape_bare_item(shaper *s, size_t node, const reseal__field *field) {
  bool empty = true;
  for (size_t i = 0; i < field->fields.count; i++) {
    size_t at = reseal__node_child(s->xml, node, field->fields.items[i].name);
    if (!at) continue;
    if (value_of(s->xml, at).len)
      empty = false;
    else
      s->xml->nodes[at].used = true;
  }
  if (empty) return;
  reseal__add_open(s->tree, NULL, RESEAL_ITEM_OBJECT);
  shape_fields(s, node, field->fields.items, field->fields.count);
  reseal__tree_close(s->tree);
}

/* A list is always there when what holds it is there, also with one item or none. */
static void shape_list(shaper *s, size_t node, const reseal__field *field) {
  const reseal__node *nodes = s->xml->nodes;
  size_t holder = node;
  if (field->wrapped) {
    holder = reseal__node_child(s->xml, node, field->name);
    if (!holder) return;
    s->xml->nodes[holder].used = true;
  }
  const char *name = field->wrapped ? field->wrapped : field->name;
  size_t found = 0;
  reseal__add_open(s->tree, field->name, RESEAL_ITEM_LIST);
  for (size_t at = holder + 1; at < nodes[holder].next && !s->tree->failure; at = nodes[at].next) {
    reseal__span own = reseal__node_name(s->xml, at);
    if (nodes[at].type != RESEAL__NODE_ELEMENT || !reseal__same_any_case(own.text, own.len, name)) continue;
    shape_item(s, at, field);
    found++;
  }
  if (!found && reseal__quirk_unwrapped(s->method, s->xml, node, field)) shape_bare_item(s, node, field);
  reseal__tree_close(s->tree);
}

static void misfit(shaper *s, const reseal__field *field) {
  if (!s->misfit) s->misfit = field;
}

static void shape_value(shaper *s, size_t node, const reseal__field *field) {
  s->xml->nodes[node].used = true;
  reseal__span text = value_of(s->xml, node);
  /* An empty attribute in the place of an element is none. */
  if (field->type == RESEAL__RECORD && !text.len) return;
  /* Documents are indented, and PEM in them with them. */
  if (field->type == RESEAL__PEM)
    reseal__tree_pem(s->tree, field->name, strlen(field->name), text.text, text.len);
  else if (!reseal__convert(s->tree, field->name, strlen(field->name), field->type, RESEAL_ITEM_STRING, text.text,
                            text.len))
    misfit(s, field);
}

static bool is_positive(reseal__span text) {
  int64_t value;
  text = reseal__trim(text.text, text.len);
  return reseal__to_integer(text.text, text.len, &value) && value > 0;
}

static void shape_fields(shaper *s, size_t node, const reseal__field *fields, size_t count) {
  for (size_t i = 0; i < count && !s->tree->failure; i++) {
    const reseal__field *field = &fields[i];
    if (field->type == RESEAL__RECORDS || field->type == RESEAL__TEXTS) {
      shape_list(s, node, field);
      continue;
    }
    size_t at = reseal__node_child(s->xml, node, field->name);
    bool there = at != 0;
    if (there && field->required && field->type == RESEAL__WHOLE) there = is_positive(reseal__node_text(s->xml, at));
    if (field->required && !there && !s->missing) s->missing = field->name;
    if (!at || s->xml->nodes[at].used) continue;
    if (field->type == RESEAL__RECORD && s->xml->nodes[at].type == RESEAL__NODE_ELEMENT)
      shape_record(s, at, field->name, field);
    else if (has_elements(s->xml, at))
      misfit(s, field);
    else
      shape_value(s, at, field);
  }
}

/* The envelope. */

static void shape_meta(reseal__answer *answer, reseal__xml *xml) {
  const reseal__xml_envelope *envelope = answer->codec->provider->xml;
  reseal__tree *tree = &answer->result->tree;
  reseal__open_meta(answer);
  reseal__add_open(tree, "warnings", RESEAL_ITEM_LIST);
  size_t warnings = reseal__node_child(xml, 0, envelope->warnings);
  for (size_t at = warnings + 1; warnings && at < xml->nodes[warnings].next; at = xml->nodes[at].next) {
    reseal__span text = value_of(xml, at);
    reseal__tree_text(tree, NULL, 0, RESEAL_ITEM_STRING, text.text, text.len);
  }
  reseal__tree_close(tree);
  for (const reseal__meta *meta = envelope->meta; meta->name; meta++) {
    size_t at = reseal__node_child(xml, 0, meta->wire);
    if (!at) continue;
    reseal__span text = value_of(xml, at);
    if (text.len) reseal__tree_text(tree, meta->name, strlen(meta->name), RESEAL_ITEM_STRING, text.text, text.len);
  }
  reseal__tree_close(tree);
}

static reseal__span child_text(const reseal__xml *xml, size_t node, const char *name) {
  size_t at = reseal__node_child(xml, node, name);
  return at ? value_of(xml, at) : (reseal__span){NULL, 0};
}

/* One verdict for several errors: in doubt when any of them leaves doubt, to be retried only when all may be. */
static void merge(reseal__verdict *all, const reseal__verdict *one, bool first) {
  if (first) {
    *all = *one;
    return;
  }
  if (one->outcome == RESEAL__UNKNOWN && all->outcome != RESEAL__UNKNOWN) {
    all->outcome = RESEAL__UNKNOWN;
    all->advice = one->advice;
  }
  if (one->retry < all->retry) all->retry = one->retry;
}

/* The message of an error: the provider's text, its row's, or the parts of its number; never nothing. */
static void add_error(reseal__answer *answer, int64_t number, reseal__span code, reseal__span text,
                      const reseal__error_row *row) {
  reseal__buffer message = reseal__buffer_of(&answer->codec->memory, false);
  reseal__put(&message, text.text, text.len);
  if (row && !text.len) reseal__put_text(&message, row->text);
  if (!row) {
    reseal__buffer parts = reseal__buffer_of(&answer->codec->memory, false);
    if (reseal__explain(answer->codec->provider, number, &parts))
      reseal__say(&message, text.len ? " (" : "(", parts.data ? parts.data : "", ")", NULL);
    reseal__buffer_free(&parts);
  }
  if (!message.len) reseal__put_text(&message, "the provider gives no reason");
  if (!message.failed)
    reseal__provider_fault(answer, number ? code.text : "unspecified", number, (reseal__span){NULL, 0},
                           (reseal__span){message.data, message.len});
  reseal__buffer_free(&message);
}

static int decode_errors(reseal__answer *answer, const reseal__xml *xml, size_t errors) {
  const reseal__xml_envelope *envelope = answer->codec->provider->xml;
  const reseal__provider *provider = answer->codec->provider;
  reseal__verdict all = {.category = RESEAL__INTERNAL, .retry = RESEAL__LATER, .outcome = RESEAL__UNKNOWN};
  all.advice = reseal__advice(all.category, all.outcome);
  reseal__span none = {NULL, 0};
  bool first = true;
  for (size_t at = errors + 1; errors && at < xml->nodes[errors].next; at = xml->nodes[at].next) {
    reseal__span code = child_text(xml, at, envelope->number), text = value_of(xml, at);
    int64_t number = 0;
    if (!reseal__to_integer(code.text ? code.text : "", code.len, &number) || number < 0) number = 0;
    if (number && reseal__tells_secret(answer->codec, code.text, code.len)) number = 0;
    const reseal__error_row *row;
    reseal__verdict one = reseal__judge(provider, answer->method->name, number, none, text, &row);
    add_error(answer, number, code, text, row);
    merge(&all, &one, first);
    first = false;
  }
  if (first) add_error(answer, 0, none, none, NULL);
  return reseal__provider_refusal(answer, &all);
}

/* What a call that failed leaves empty: nothing, or a zero of some length. */
static bool is_nothing(reseal__span text) {
  for (size_t i = 0; i < text.len; i++)
    if (text.text[i] != '0' && text.text[i] != '.') return false;
  return true;
}

/* Names what stands in `node` of the things that the call makes. */
static void find_made(reseal__answer *answer, const reseal__xml *xml, size_t node, const reseal__field *fields,
                      size_t count, reseal__made made) {
  for (size_t at = node + 1; at < xml->nodes[node].next; at = xml->nodes[at].next) {
    reseal__span name = reseal__node_name(xml, at), text = reseal__node_text(xml, at);
    for (size_t i = 0; i < count; i++) {
      if (!reseal__same_any_case(name.text, name.len, fields[i].name)) continue;
      if (fields[i].type == RESEAL__RECORD)
        find_made(answer, xml, at, fields[i].fields.items, fields[i].fields.count, made);
      text = reseal__trim(text.text, text.len);
      if (fields[i].made == made && !is_nothing(text))
        reseal__name_made(answer, fields[i].name, text, made != RESEAL__MADE_PAYMENT);
    }
  }
}

/* Whether a result says nothing but that it succeeded; `said`: whether it says anything. What is not "true" is no success. */
static bool is_successful(const reseal__xml *xml, size_t result, const char *name, bool *said) {
  bool yes = true;
  *said = false;
  for (size_t at = result + 1; at < xml->nodes[result].next; at = xml->nodes[at].next) {
    reseal__span own = reseal__node_name(xml, at), text = reseal__node_text(xml, at);
    if (!reseal__same_any_case(own.text, own.len, name)) continue;
    text = reseal__trim(text.text, text.len);
    yes = yes && reseal__same_any_case(text.text, text.len, "true");
    *said = true;
  }
  return yes;
}

/*
 * Failures have results too, filled with zeros, or with the id that was asked. One that names what the call makes, or that says
 * it succeeded, was carried out, whatever stands beside it.
 */
static void look_for_made(reseal__answer *answer, const reseal__xml *xml, bool failed) {
  const reseal__xml_envelope *envelope = answer->codec->provider->xml;
  if (answer->method->effect == RESEAL_EFFECT_READ) return;
  for (int made = RESEAL__MADE_CERTIFICATE; made <= RESEAL__MADE_PAYMENT; made++)
    for (size_t in = 1; in < xml->nodes[0].next; in = xml->nodes[in].next) {
      reseal__span name = reseal__node_name(xml, in);
      if (!reseal__same_any_case(name.text, name.len, envelope->response)) continue;
      for (size_t at = in + 1; at < xml->nodes[in].next; at = xml->nodes[at].next) {
        if (xml->nodes[at].type != RESEAL__NODE_ELEMENT) continue;
        find_made(answer, xml, at, answer->method->result.items, answer->method->result.count, (reseal__made)made);
        bool said;
        if (made == RESEAL__MADE_PAYMENT && failed && is_successful(xml, at, envelope->success, &said) && said)
          reseal__name_made(answer, envelope->success, (reseal__span){"true", 4}, false);
      }
    }
}

static size_t find_result(const reseal__answer *answer, const reseal__xml *xml, size_t response) {
  for (const char *const *name = answer->method->elements; *name; name++) {
    size_t at = reseal__node_child(xml, response, *name);
    if (at) return at;
  }
  return 0;
}

static int decode_result(reseal__answer *answer, reseal__xml *xml) {
  const reseal__xml_envelope *envelope = answer->codec->provider->xml;
  size_t response = reseal__node_child(xml, 0, envelope->response);
  size_t result = response ? find_result(answer, xml, response) : 0;
  if (!result) return reseal__protocol(answer, "incomplete", "the answer lacks ", answer->method->elements[0]);
  bool said;
  if (!is_successful(xml, result, envelope->success, &said)) {
    static const char text[] = "the provider reports no error, but does not say that the call was successful";
    reseal__verdict verdict = {.category = RESEAL__UPSTREAM, .retry = RESEAL__LATER, .outcome = RESEAL__UNKNOWN};
    verdict.advice = reseal__advice(verdict.category, verdict.outcome);
    reseal__span none = {NULL, 0};
    reseal__provider_fault(answer, "not_successful", 0, none, (reseal__span){text, sizeof text - 1});
    return reseal__provider_refusal(answer, &verdict);
  }

  reseal__tree *tree = &answer->result->tree;
  shaper s = {.xml = xml, .tree = tree, .method = answer->method};
  reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
  xml->nodes[result].used = true;
  shape_fields(&s, result, answer->method->result.items, answer->method->result.count);
  shape_unknown_members(&s, result);
  /* What stands beside the result element (paging) belongs to the result; of the response's attributes nothing does. */
  for (size_t at = response + 1; at < xml->nodes[response].next; at = xml->nodes[at].next) {
    if (xml->nodes[at].type != RESEAL__NODE_ELEMENT || xml->nodes[at].used) continue;
    reseal__span name = reseal__node_name(xml, at);
    const reseal__field *field = NULL;
    for (size_t i = 0; i < answer->method->result.count && !field; i++)
      if (reseal__same_any_case(name.text, name.len, answer->method->result.items[i].name))
        field = &answer->method->result.items[i];
    if (field && field->type == RESEAL__RECORD)
      shape_record(&s, at, field->name, field);
    else
      shape_unknown(&s, at, name);
  }
  shape_meta(answer, xml);
  reseal__tree_close(tree);
  if (s.too_many) return reseal__protocol(answer, "too_large", "the answer has too many unknown members", "");
  if (s.misfit) return reseal__misfit(answer, s.misfit->name, s.misfit->type);
  if (s.missing) return reseal__protocol(answer, "incomplete", "the answer lacks ", s.missing);
  return reseal__deliver(answer);
}

/* Too many requests are refused by a status, with a page or nothing. What may be an answer, or a part of one, is none of these. */
static bool is_throttled(const reseal__answer *answer) {
  const reseal__provider *provider = answer->codec->provider;
  return answer->status == provider->throttle_status && !memchr(answer->body, '\0', answer->body_len) &&
         !reseal__contains(answer->body, answer->body_len, provider->xml->root);
}

/* A body that is no answer of the provider. */
static int refuse_body(reseal__answer *answer, const char *code, const char *why) {
  const reseal__error_row *row = NULL;
  if (is_throttled(answer)) row = reseal__find_status_row(answer->codec->provider, answer->status);
  if (row) return reseal__status_refusal(answer, row);
  if (reseal__is_success(answer->status)) return reseal__protocol(answer, code, why, "");
  reseal__buffer digits = reseal__buffer_of(&answer->codec->memory, false);
  reseal__put_integer(&digits, answer->status);
  int end = reseal__protocol(answer, "http_status", "the answer has no error of the provider, only HTTP status ",
                             digits.data ? digits.data : "");
  reseal__buffer_free(&digits);
  return end;
}

int reseal__decode_xml(reseal__answer *answer) {
  reseal_codec *codec = answer->codec;
  const reseal__xml_envelope *envelope = codec->provider->xml;
  if (reseal__trim(answer->body, answer->body_len).len == 0)
    return refuse_body(answer, "empty", "the answer has no body");
  if (reseal__is_html(answer->body, answer->body_len))
    return refuse_body(answer, "html",
                       "the answer is an HTML page instead of XML, as the provider sends when it is overloaded");
  if (!codec->xml) codec->xml = reseal__xml_new(&codec->memory);
  if (!codec->xml) return reseal__answer_no_memory(answer);
  reseal__xml *xml = codec->xml;
  if (!reseal__xml_parse(xml, answer->body, answer->body_len, codec->limits[RESEAL_LIMIT_DEPTH],
                         codec->limits[RESEAL_LIMIT_ITEMS])) {
    if (xml->no_memory) return reseal__answer_no_memory(answer);
    return refuse_body(answer, xml->fault_code, xml->fault);
  }
  reseal__span root = reseal__node_name(xml, 0);
  if (!reseal__same(root.text, root.len, envelope->root))
    return refuse_body(answer, "malformed", "the answer is XML, but none of this provider");

  size_t errors = reseal__node_child(xml, 0, envelope->errors);
  bool has_error = errors && has_elements(xml, errors);
  reseal__span status = child_text(xml, 0, envelope->status);
  bool is_ok = reseal__same_any_case(status.text, status.len, envelope->ok);
  look_for_made(answer, xml, has_error || !is_ok);
  if (has_error || !is_ok) return decode_errors(answer, xml, errors);
  if (!reseal__is_success(answer->status)) return refuse_body(answer, "http_status", "");
  return decode_result(answer, xml);
}
