/* Answers of XML APIs: from the nodes of a document to the result that the method's description names. */
#include <string.h>

#include "codec/convert.h"
#include "codec/decode.h"
#include "codec/mask.h"
#include "codec/names.h"
#include "codec/xml.h"
#include "providers/quirks.h"

typedef struct shaper {
  reseal__xml *xml;
  reseal__tree *tree;
  const reseal__method *method;
  const char *missing;         /* a required field that isn't there */
  const char *twice;           /* a described name that the answer has two readings of */
  const reseal__field *misfit; /* a field whose value is not of its type */
  size_t misfit_node;
} shaper;

/* One object of the answer: an element, and what stands beside it (0: nothing) and belongs to it. */
typedef struct object {
  size_t node, beside;
  const reseal__field *fields; /* what its description knows */
  size_t count;
} object;

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

static bool has_unused(const reseal__xml *xml, size_t node) {
  for (size_t at = node + 1; at < xml->nodes[node].next; at = xml->nodes[at].next)
    if (!xml->nodes[at].used) return true;
  return false;
}

static void add_span(shaper *s, const char *name, size_t name_len, reseal__span text) {
  reseal__tree_text(s->tree, name, name_len, RESEAL_ITEM_STRING, text.text, text.len);
}

static void shape_members(shaper *s, const object *o);

/* What no description knows: nothing is dropped, and nothing of it stands where something known does. */

static void shape_unknown(shaper *s, size_t node, reseal__span name) {
  s->xml->nodes[node].used = true;
  if (s->xml->nodes[node].next == node + 1) {
    add_span(s, name.text, name.len, value_of(s->xml, node));
    return;
  }
  reseal__tree_open(s->tree, name.text, name.len, RESEAL_ITEM_OBJECT);
  shape_members(s, &(object){.node = node});
  reseal__tree_close(s->tree);
}

/* The described field that has this name; names are read in any letter case. */
static const reseal__field *find_field(const object *o, reseal__span name) {
  for (size_t i = 0; i < o->count; i++)
    if (reseal__same_any_case(name.text, name.len, o->fields[i].name)) return &o->fields[i];
  return NULL;
}

/* The child that a field is read from: the element's own, or one beside it; 0: none. */
static size_t find_child(const shaper *s, const object *o, const char *name) {
  size_t at = reseal__node_child(s->xml, o->node, name);
  if (at || !o->beside) return at;
  at = reseal__node_child(s->xml, o->beside, name);
  return at && s->xml->nodes[at].type == RESEAL__NODE_ELEMENT && !s->xml->nodes[at].used ? at : 0;
}

/* The nodes of an object that nothing was read from, and their names, which lie in `bytes` of the document. */
typedef struct others {
  reseal__name *names;
  uint32_t *nodes;
  uint32_t *next; /* the next one of the same name, as an index; 0: none */
  size_t count;
} others;

static void collect(const shaper *s, size_t node, others *o) {
  const reseal__node *nodes = s->xml->nodes;
  for (size_t at = node + 1; at < nodes[node].next; at = nodes[at].next) {
    if (nodes[at].used) continue;
    if (o->nodes) {
      o->nodes[o->count] = (uint32_t)at;
      o->names[o->count] = (reseal__name){nodes[at].name, nodes[at].name_len, (uint32_t)o->count};
    }
    o->count++;
  }
}

/* Links those of one name, in the order of the document. Followers are marked as used: their leader shapes them. */
static void link_names(const shaper *s, others *o) {
  const char *bytes = s->xml->bytes.data;
  reseal__sort_names(bytes, o->names, o->count);
  for (size_t i = 0; i < o->count; i++) {
    uint32_t number = o->names[i].number;
    bool more = i + 1 < o->count && reseal__same_name(bytes, &o->names[i], &o->names[i + 1]);
    o->next[number] = more ? o->names[i + 1].number : 0;
    if (more) s->xml->nodes[o->nodes[o->names[i + 1].number]].used = true;
  }
}

/* Members of one name become a list. */
static void shape_group(shaper *s, const others *o, size_t first) {
  reseal__span name = reseal__node_name(s->xml, o->nodes[first]);
  if (!o->next[first]) {
    shape_unknown(s, o->nodes[first], name);
    return;
  }
  reseal__tree_open(s->tree, name.text, name.len, RESEAL_ITEM_LIST);
  size_t at = first;
  do {
    shape_unknown(s, o->nodes[at], (reseal__span){NULL, 0});
    at = o->next[at];
  } while (at && !s->tree->failure);
  reseal__tree_close(s->tree);
}

static void shape_others(shaper *s, const object *from) {
  enum { FEW = 16 };
  reseal__name few_names[FEW];
  uint32_t few[2 * FEW];
  others o = {0};
  collect(s, from->node, &o);
  if (from->beside) collect(s, from->beside, &o);
  size_t count = o.count;
  if (!count) return;
  o = (others){.names = few_names, .nodes = few, .next = few + FEW};
  char *block = NULL;
  size_t each = sizeof *o.names + 2 * sizeof *o.nodes;
  if (count > FEW) {
    block = reseal__resize_array(&s->tree->memory, NULL, 0, count, each);
    if (!block) {
      s->tree->failure = RESEAL__TREE_NO_MEMORY;
      return;
    }
    o.names = (void *)block;
    o.nodes = (void *)(o.names + count);
    o.next = o.nodes + count;
  }
  collect(s, from->node, &o);
  if (from->beside) collect(s, from->beside, &o);
  link_names(s, &o);
  for (size_t i = 0; i < count && !s->tree->failure; i++) {
    if (s->xml->nodes[o.nodes[i]].used) continue;
    const reseal__field *known = find_field(from, reseal__node_name(s->xml, o.nodes[i]));
    if (!known)
      shape_group(s, &o, i);
    else if (!s->twice)
      s->twice = known->name;
  }
  if (block) reseal__resize_array(&s->tree->memory, block, count, 0, each);
}

/* Character data between the children. */
static void shape_stray(shaper *s, size_t node) {
  reseal__span text = value_of(s->xml, node);
  if (!text.len) return;
  reseal__tree_set_aside(s->tree, "value");
  add_span(s, "value", 5, text);
}

/* What the description knows. */

static bool is_list(const reseal__field *field) {
  return field->type == RESEAL__RECORDS || field->type == RESEAL__TEXTS || field->type == RESEAL__WHOLES;
}

static void misfit(shaper *s, size_t node, const reseal__field *field) {
  if (s->misfit) return;
  s->misfit = field;
  s->misfit_node = node;
}

static bool shape_fields(shaper *s, const object *o);

/*
 * What an element holds beside that which its field is read from, under the field's name with an underscore: attributes of a
 * text; of a list's element whatever is no item, and what an item of a list of strings has but its text.
 */
static void shape_rest(shaper *s, size_t node, const char *name, bool with_text) {
  if (!has_unused(s->xml, node) && !(with_text && value_of(s->xml, node).len)) return;
  reseal__buffer other = reseal__buffer_of(&s->tree->memory, false);
  reseal__say(&other, name, "_", NULL);
  reseal__tree_free_name(s->tree, &other);
  if (other.failed) s->tree->failure = RESEAL__TREE_NO_MEMORY;
  reseal__tree_open(s->tree, other.data, other.len, RESEAL_ITEM_OBJECT);
  shape_others(s, &(object){.node = node});
  if (with_text) shape_stray(s, node);
  reseal__tree_close(s->tree);
  reseal__buffer_free(&other);
}

static void shape_rests(shaper *s, const object *o) {
  for (size_t i = 0; i < o->count && !s->tree->failure; i++) {
    const reseal__field *field = &o->fields[i];
    bool list = is_list(field);
    if (list && !field->wrapped) continue;
    size_t at = reseal__node_child(s->xml, o->node, field->name);
    if (!at && o->beside) at = reseal__node_child(s->xml, o->beside, field->name);
    if (at && s->xml->nodes[at].used) shape_rest(s, at, field->name, list);
  }
}

/* An object's members: the described ones, the others, its text, and what was left over. */
static void shape_members(shaper *s, const object *o) {
  bool rest = shape_fields(s, o);
  shape_others(s, o);
  shape_stray(s, o->node);
  if (rest) shape_rests(s, o);
}

static void shape_record(shaper *s, size_t node, const char *name, const reseal__field *field) {
  s->xml->nodes[node].used = true;
  reseal__add_open(s->tree, name, RESEAL_ITEM_OBJECT);
  shape_members(s, &(object){.node = node, .fields = field->fields.items, .count = field->fields.count});
  reseal__tree_close(s->tree);
}

static void shape_item(shaper *s, size_t node, const reseal__field *field) {
  if (field->type == RESEAL__RECORDS) {
    shape_record(s, node, NULL, field);
  } else {
    /* One with more than its text is also among the rest. */
    s->xml->nodes[node].used = s->xml->nodes[node].next == node + 1;
    reseal__span text = value_of(s->xml, node);
    if (field->type == RESEAL__TEXTS)
      add_span(s, NULL, 0, text);
    else if (!text.len || !reseal__convert(s->tree, NULL, 0, RESEAL__WHOLE, RESEAL_ITEM_STRING, text.text, text.len))
      misfit(s, node, field);
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
  object o = {.node = node, .fields = field->fields.items, .count = field->fields.count};
  reseal__add_open(s->tree, NULL, RESEAL_ITEM_OBJECT);
  if (shape_fields(s, &o)) shape_rests(s, &o);
  reseal__tree_close(s->tree);
}

/* A list is always there when what holds it is there, also with one item or none. Returns whether it holds other things. */
static bool shape_list(shaper *s, const object *o, const reseal__field *field) {
  const reseal__node *nodes = s->xml->nodes;
  size_t holder = o->node;
  if (field->wrapped) {
    holder = find_child(s, o, field->name);
    if (!holder) {
      if (field->always) {
        reseal__add_open(s->tree, field->name, RESEAL_ITEM_LIST);
        reseal__tree_close(s->tree);
      }
      return false;
    }
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
  if (!found && reseal__quirk_unwrapped(s->method, s->xml, o->node, field)) shape_bare_item(s, o->node, field);
  reseal__tree_close(s->tree);
  return field->wrapped && (has_unused(s->xml, holder) || value_of(s->xml, holder).len);
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
    misfit(s, node, field);
}

static bool is_positive(reseal__span text) {
  int64_t value;
  text = reseal__trim(text.text, text.len);
  return reseal__to_integer(text.text, text.len, &value) && value > 0;
}

/* Returns whether elements that were read hold more than that. */
static bool shape_fields(shaper *s, const object *o) {
  bool rest = false;
  for (size_t i = 0; i < o->count && !s->tree->failure; i++) {
    const reseal__field *field = &o->fields[i];
    if (is_list(field)) {
      rest = shape_list(s, o, field) || rest;
      continue;
    }
    size_t at = find_child(s, o, field->name);
    bool there = at > o->node && at < s->xml->nodes[o->node].next;
    if (there && field->required && field->type == RESEAL__WHOLE) there = is_positive(reseal__node_text(s->xml, at));
    if (field->required && !there && !s->missing) s->missing = field->name;
    if (!at || s->xml->nodes[at].used) continue;
    s->xml->nodes[at].used = true;
    if (field->type == RESEAL__RECORD && s->xml->nodes[at].type == RESEAL__NODE_ELEMENT) {
      shape_record(s, at, field->name, field);
    } else if (has_elements(s->xml, at)) {
      misfit(s, at, field);
    } else {
      shape_value(s, at, field);
      rest = rest || s->xml->nodes[at].next > at + 1;
    }
  }
  return rest;
}

/* The envelope. */

/* A member of `meta` that is ours; whatever the answer has of that name has given way. */
static void add_meta(shaper *s, const char *name, reseal__span text) {
  reseal__tree_set_aside(s->tree, name);
  add_span(s, name, strlen(name), text);
}

/* The first child of that name, which is no longer among the others. */
static size_t use_child(shaper *s, size_t node, const char *name) {
  size_t at = reseal__node_child(s->xml, node, name);
  if (at) s->xml->nodes[at].used = true;
  return at;
}

static void shape_warnings(shaper *s, size_t warnings, const char *number) {
  reseal__node *nodes = s->xml->nodes;
  reseal__tree_set_aside(s->tree, "warnings");
  reseal__add_open(s->tree, "warnings", RESEAL_ITEM_LIST);
  for (size_t at = warnings + 1; warnings && at < nodes[warnings].next; at = nodes[at].next) {
    if (nodes[at].type != RESEAL__NODE_ELEMENT) continue;
    /* Its number says nothing more: no page lists any. */
    use_child(s, at, number);
    nodes[at].used = !has_unused(s->xml, at);
    add_span(s, NULL, 0, value_of(s->xml, at));
  }
  reseal__tree_close(s->tree);
  if (warnings) shape_rest(s, warnings, "warnings", true);
}

/* Takes what belongs to the envelope from what belongs to the result. */
static void use_envelope(reseal__answer *answer, shaper *s) {
  const reseal__xml_envelope *envelope = answer->account->provider->xml;
  use_child(s, 0, envelope->status);
  use_child(s, 0, envelope->response);
  use_child(s, 0, envelope->warnings);
  size_t errors = reseal__node_child(s->xml, 0, envelope->errors);
  if (errors && s->xml->nodes[errors].next == errors + 1 && !value_of(s->xml, errors).len)
    s->xml->nodes[errors].used = true;
  for (const reseal__meta *meta = envelope->meta; meta && meta->name; meta++) use_child(s, 0, meta->wire);
}

/* What stands around the result, and the rest of what the answer has outside of it. */
static void shape_meta(reseal__answer *answer, shaper *s) {
  const reseal__xml_envelope *envelope = answer->account->provider->xml;
  reseal__open_meta(answer);
  shape_others(s, &(object){.node = 0});
  if (envelope->response) shape_stray(s, 0);
  if (envelope->warnings) shape_warnings(s, reseal__node_child(s->xml, 0, envelope->warnings), envelope->number);
  for (const reseal__meta *meta = envelope->meta; meta && meta->name; meta++) {
    size_t at = reseal__node_child(s->xml, 0, meta->wire);
    if (!at) continue;
    if (has_elements(s->xml, at)) {
      reseal__tree_set_aside(s->tree, meta->name);
      shape_unknown(s, at, (reseal__span){meta->name, strlen(meta->name)});
      continue;
    }
    if (value_of(s->xml, at).len) add_meta(s, meta->name, value_of(s->xml, at));
    shape_rest(s, at, meta->name, false);
  }
  reseal__close_meta(answer);
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
  reseal__buffer message = reseal__buffer_of(&answer->account->memory, false);
  reseal__put(&message, text.text, text.len);
  if (row && row->text && !text.len) reseal__put_text(&message, row->text);
  if (!row) {
    reseal__buffer parts = reseal__buffer_of(&answer->account->memory, false);
    if (reseal__explain(answer->account->provider, number, &parts))
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
  const reseal__xml_envelope *envelope = answer->account->provider->xml;
  const reseal__provider *provider = answer->account->provider;
  reseal__verdict all = {.category = RESEAL__INTERNAL, .retry = RESEAL__LATER, .outcome = RESEAL__UNKNOWN};
  all.advice = reseal__advice(all.category, all.outcome);
  reseal__span none = {NULL, 0};
  bool first = true;
  for (size_t at = errors + 1; errors && at < xml->nodes[errors].next; at = xml->nodes[at].next) {
    reseal__span code = child_text(xml, at, envelope->number), text = value_of(xml, at);
    int64_t number = 0;
    if (!reseal__to_integer(code.text ? code.text : "", code.len, &number) || number < 0) number = 0;
    if (number && reseal__tells_secret(answer->account, code.text, code.len)) number = 0;
    const reseal__error_row *row;
    reseal__verdict one = reseal__judge(provider, answer->method->name, number, none, text, &row);
    add_error(answer, number, code, text, row);
    merge(&all, &one, first);
    first = false;
  }
  if (first) add_error(answer, 0, none, none, NULL);
  return reseal__provider_refusal(answer, &all);
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
      if (fields[i].made == made && !reseal__is_nothing(text))
        reseal__name_made(answer, fields[i].name, text, made != RESEAL__MADE_PAYMENT);
    }
  }
}

/* Whether a result says nothing but that it succeeded; `said`: whether it says anything. What is not "true" is no success. */
static bool is_successful(const reseal__xml *xml, size_t result, const char *name, bool *said) {
  bool yes = true;
  *said = false;
  for (size_t at = result + 1; name && at < xml->nodes[result].next; at = xml->nodes[at].next) {
    reseal__span own = reseal__node_name(xml, at), text = reseal__node_text(xml, at);
    if (!reseal__same_any_case(own.text, own.len, name)) continue;
    text = reseal__trim(text.text, text.len);
    yes = yes && reseal__same_any_case(text.text, text.len, "true");
    *said = true;
  }
  return yes;
}

/* The same of one result: what it has of `made`, and, of a call that failed, that it says the contrary. */
static void look_at_result(reseal__answer *answer, const reseal__xml *xml, size_t result, reseal__made made,
                           bool failed) {
  const char *success = answer->account->provider->xml->success;
  bool said;
  find_made(answer, xml, result, answer->method->result.items, answer->method->result.count, made);
  if (made == RESEAL__MADE_PAYMENT && failed && is_successful(xml, result, success, &said) && said)
    reseal__name_made(answer, success, (reseal__span){"true", 4}, false);
}

/* A response holds a result, or is it. */
static void look_in(reseal__answer *answer, const reseal__xml *xml, size_t response, reseal__made made, bool failed) {
  if (!answer->method->elements) look_at_result(answer, xml, response, made, failed);
  for (size_t at = response + 1; answer->method->elements && at < xml->nodes[response].next; at = xml->nodes[at].next)
    if (xml->nodes[at].type == RESEAL__NODE_ELEMENT) look_at_result(answer, xml, at, made, failed);
}

/*
 * Failures have results too, filled with zeros, or with the id that was asked. One that names what the call makes, or that says
 * it succeeded, was carried out, whatever stands beside it.
 */
static void look_for_made(reseal__answer *answer, const reseal__xml *xml, bool failed) {
  const reseal__xml_envelope *envelope = answer->account->provider->xml;
  if (answer->method->effect == RESEAL_EFFECT_READ) return;
  for (int made = RESEAL__MADE_CERTIFICATE; made <= RESEAL__MADE_PAYMENT; made++) {
    if (!envelope->response) look_in(answer, xml, 0, (reseal__made)made, failed);
    for (size_t in = 1; envelope->response && in < xml->nodes[0].next; in = xml->nodes[in].next) {
      reseal__span name = reseal__node_name(xml, in);
      if (reseal__same_any_case(name.text, name.len, envelope->response))
        look_in(answer, xml, in, (reseal__made)made, failed);
    }
  }
}

static size_t count_children(const reseal__xml *xml, size_t node, const char *name) {
  size_t count = 0, len = name ? strlen(name) : 0;
  for (size_t at = node + 1; name && at < xml->nodes[node].next; at = xml->nodes[at].next) {
    if (xml->nodes[at].name_len != len) continue;
    count += reseal__same_any_case(reseal__node_name(xml, at).text, len, name);
  }
  return count;
}

/* The result element; 0: there is none. `twice` gets its name when there are several. */
static size_t find_result(const reseal__answer *answer, const reseal__xml *xml, size_t response, const char **twice) {
  size_t found = 0, count = 0;
  for (const char *const *name = answer->method->elements; *name; name++) {
    count += count_children(xml, response, *name);
    if (!found) found = reseal__node_child(xml, response, *name);
    if (count > 1 && !*twice) *twice = *name;
  }
  return found;
}

/* Two of one name are two readings of the answer, and none is the right one. */
static int refuse_twice(reseal__answer *answer, const char *name) {
  return reseal__protocol(answer, "malformed", "the answer has two readings of ", name);
}

static int decode_result(reseal__answer *answer, reseal__xml *xml) {
  const reseal__xml_envelope *envelope = answer->account->provider->xml;
  size_t response = reseal__node_child(xml, 0, envelope->response), result = response;
  const char *const *elements = answer->method->elements;
  const char *twice = NULL;
  if (envelope->response && !response)
    return reseal__protocol(answer, "incomplete", "the answer lacks ", elements ? elements[0] : envelope->response);
  if (elements) result = find_result(answer, xml, response, &twice);
  if (elements && !result) return reseal__protocol(answer, "incomplete", "the answer lacks ", elements[0]);
  if (twice) return refuse_twice(answer, twice);
  if (answer->method->effect != RESEAL_EFFECT_READ && reseal__handle_value(answer).len &&
      !reseal__handle_id(answer).len)
    return reseal__protocol(answer, "mismatch", "the answer names an order by what is no id", "");
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
  /* What stands beside the result element (paging) belongs to the result. */
  use_child(&s, response, envelope->repeats);
  use_envelope(answer, &s);
  shape_members(&s, &(object){.node = result,
                              .beside = result == response ? 0 : response,
                              .fields = answer->method->result.items,
                              .count = answer->method->result.count});
  if (result != response) shape_stray(&s, response);
  bool one_order = reseal__add_handle(answer);
  shape_meta(answer, &s);
  reseal__tree_close(tree);
  if (s.twice) return refuse_twice(answer, s.twice);
  if (s.misfit) return reseal__misfit(answer, xml->nodes[s.misfit_node].at, s.misfit->name, s.misfit->type);
  if (s.missing) return reseal__protocol(answer, "incomplete", "the answer lacks ", s.missing);
  if (!one_order) return reseal__protocol(answer, "mismatch", "the answer names two orders", "");
  return reseal__deliver(answer);
}

/* Too many requests are refused by a status, with a page or nothing. What may be an answer, or a part of one, is none of these. */
static bool is_throttled(const reseal__answer *answer) {
  const reseal__provider *provider = answer->account->provider;
  const char *root = provider->xml->root ? provider->xml->root : "<?xml";
  return provider->throttle.status && answer->status == provider->throttle.status &&
         !memchr(answer->body, '\0', answer->body_len) && !reseal__contains(answer->body, answer->body_len, root);
}

/* A body that is no answer of the provider. */
static int refuse_body(reseal__answer *answer, int64_t offset, const char *code, const char *why) {
  const reseal__error_row *row = NULL;
  if (is_throttled(answer)) row = reseal__find_status_row(answer->account->provider, answer->status);
  if (row) return reseal__status_refusal(answer, row);
  if (reseal__is_success(answer->status)) return reseal__protocol_at(answer, offset, code, why, "");
  reseal__buffer digits = reseal__buffer_of(&answer->account->memory, false);
  reseal__put_integer(&digits, answer->status);
  int end = reseal__protocol(answer, "http_status", "the answer has no error of the provider, only HTTP status ",
                             digits.data ? digits.data : "");
  reseal__buffer_free(&digits);
  return end;
}

int reseal__decode_xml(reseal__answer *answer) {
  reseal_account *account = answer->account;
  const reseal__xml_envelope *envelope = account->provider->xml;
  if (!envelope) return reseal__protocol(answer, "malformed", "the provider's answers have no described envelope", "");
  if (reseal__trim(answer->body, answer->body_len).len == 0)
    return refuse_body(answer, RESEAL__NO_OFFSET, "empty", "the answer has no body");
  if (reseal__is_html(answer->body, answer->body_len))
    return refuse_body(answer, RESEAL__NO_OFFSET, "html",
                       "the answer is an HTML page instead of XML, as the provider sends when it is overloaded");
  if (!account->xml) account->xml = reseal__xml_new(&account->memory);
  if (!account->xml) return reseal__answer_no_memory(answer);
  reseal__xml *xml = account->xml;
  if (!reseal__xml_parse(xml, answer->body, answer->body_len, account->limits[RESEAL_LIMIT_DEPTH],
                         account->limits[RESEAL_LIMIT_ITEMS])) {
    if (xml->no_memory) return reseal__answer_no_memory(answer);
    return refuse_body(answer, xml->fault_at, xml->fault_code, xml->fault);
  }
  reseal__span root = reseal__node_name(xml, 0);
  if (envelope->root && !reseal__same(root.text, root.len, envelope->root))
    return refuse_body(answer, RESEAL__NO_OFFSET, "malformed", "the answer is XML, but none of this provider");

  const char *const once[] = {envelope->status, envelope->errors, envelope->response};
  for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
    if (count_children(xml, 0, once[i]) > 1) return refuse_twice(answer, once[i]);
  size_t errors = reseal__node_child(xml, 0, envelope->errors);
  bool has_error = errors && has_elements(xml, errors);
  reseal__span status = child_text(xml, 0, envelope->status);
  bool is_ok = !envelope->status || (envelope->ok && reseal__same_any_case(status.text, status.len, envelope->ok));
  look_for_made(answer, xml, has_error || !is_ok);
  if (has_error || !is_ok) return decode_errors(answer, xml, errors);
  if (!reseal__is_success(answer->status)) return refuse_body(answer, RESEAL__NO_OFFSET, "http_status", "");
  return decode_result(answer, xml);
}
