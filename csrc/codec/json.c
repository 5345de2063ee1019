#include "codec/json.h"

#include <string.h>

#include "codec/convert.h"
#include "codec/names.h"
#include "codec/number.h"
#include "codec/text.h"

/* What is described of a value; type 0: nothing. */
typedef struct shape {
  reseal__result_type type;
  const reseal__field *items; /* of an object, or of the objects in a list */
  size_t count;
} shape;

typedef struct reader {
  const char *start, *at, *end;
  const char *value; /* the value that was begun last */
  reseal__tree *tree;
  reseal__buffer name, text; /* scratch: decoded strings */
  /* The names of all objects around this place, one behind the other, and where each of them lies. */
  reseal__buffer names, spans;
  const char *fault;
  const char *fault_code;
  const char *fault_at;
  bool lenient; /* leave out what is not of its type */
  /* Where a value is not of its type, and what it should have been; the path grows while the reader comes back from there. */
  reseal__result_type misfit;
  char path[RESEAL__MOST_PATH];
} reader;

static bool refuse(reader *r, const char *why) {
  if (!r->fault) {
    r->fault_code = "malformed";
    r->fault = why;
    r->fault_at = r->at;
  }
  return false;
}

static void skip_space(reader *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

static int hex_digit(char c) {
  if (reseal__is_digit(c)) return c - '0';
  c = reseal__lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_unit(reader *r, unsigned *unit) {
  if (r->end - r->at < 4) return refuse(r, "a \\u escape is cut short");
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(*r->at);
    if (digit < 0) return refuse(r, "a \\u escape has other than hex digits");
    *unit = *unit * 16 + (unsigned)digit;
    r->at++;
  }
  return true;
}

static void put_code_point(reseal__buffer *out, unsigned point) {
  char bytes[4];
  size_t len;
  if (point < 0x80) {
    bytes[0] = (char)point;
    len = 1;
  } else if (point < 0x800) {
    bytes[0] = (char)(0xC0 | point >> 6);
    bytes[1] = (char)(0x80 | (point & 0x3F));
    len = 2;
  } else if (point < 0x10000) {
    bytes[0] = (char)(0xE0 | point >> 12);
    bytes[1] = (char)(0x80 | (point >> 6 & 0x3F));
    bytes[2] = (char)(0x80 | (point & 0x3F));
    len = 3;
  } else {
    bytes[0] = (char)(0xF0 | point >> 18);
    bytes[1] = (char)(0x80 | (point >> 12 & 0x3F));
    bytes[2] = (char)(0x80 | (point >> 6 & 0x3F));
    bytes[3] = (char)(0x80 | (point & 0x3F));
    len = 4;
  }
  reseal__put(out, bytes, len);
}

static bool read_escape(reader *r, reseal__buffer *out) {
  if (r->at == r->end) return refuse(r, "a string is not closed");
  char c = *r->at;
  const char *letters = "\"\\/bfnrt", *bytes = "\"\\/\b\f\n\r\t";
  const char *letter = c ? strchr(letters, c) : NULL;
  if (!letter && c != 'u') return refuse(r, "a string has an unknown escape");
  r->at++;
  if (letter) {
    reseal__put_byte(out, bytes[letter - letters]);
    return true;
  }
  unsigned unit, low;
  if (!read_unit(r, &unit)) return false;
  if (unit >= 0xDC00 && unit <= 0xDFFF) return refuse(r, "a string has half a surrogate pair");
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
      return refuse(r, "a string has half a surrogate pair");
    r->at += 2;
    if (!read_unit(r, &low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return refuse(r, "a string has half a surrogate pair");
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  put_code_point(out, unit);
  return true;
}

/* At the opening quote. */
static bool read_string(reader *r, reseal__buffer *out) {
  reseal__buffer_cut(out, 0);
  r->at++;
  const char *run = r->at;
  for (;;) {
    if (r->at == r->end) return refuse(r, "a string is not closed");
    unsigned char c = (unsigned char)*r->at;
    if (c < 0x20) return refuse(r, "a string has a bare control character");
    if (c != '"' && c != '\\') {
      r->at++;
      continue;
    }
    reseal__put(out, run, (size_t)(r->at - run));
    r->at++;
    if (c == '"') return true;
    if (!read_escape(r, out)) return false;
    run = r->at;
  }
}

static bool read_digits(reader *r) {
  const char *from = r->at;
  while (r->at < r->end && reseal__is_digit(*r->at)) r->at++;
  return r->at > from;
}

static bool refuse_type(reader *r, shape described) {
  if (r->lenient) return true;
  r->misfit = described.type;
  r->at = r->value;
  return refuse(r, "a value is not of its type");
}

/* Adds `what` in front of the path of a value that is not of its type; what doesn't fit is left out. */
static bool lead(reader *r, const char *what, size_t len) {
  size_t old = strlen(r->path);
  if (r->misfit && len < sizeof r->path - old) {
    memmove(r->path + len, r->path, old + 1);
    memcpy(r->path, what, len);
  }
  return false;
}

/* A value that is no list and no object. */
static bool add_scalar(reader *r, const char *name, size_t name_len, shape described, int kind, const char *text,
                       size_t len) {
  return reseal__convert(r->tree, name, name_len, described.type, kind, text, len) || refuse_type(r, described);
}

/* Whole numbers stay exact. Others keep their text; those that no double stands for are handed on as strings. */
static bool read_number(reader *r, const char *name, size_t name_len, shape described) {
  const char *from = r->at;
  if (*r->at == '-') r->at++;
  const char *digits = r->at;
  if (!read_digits(r)) return refuse(r, "a value is none of the kinds that JSON has");
  if (digits[0] == '0' && r->at - digits > 1) {
    r->at = digits;
    return refuse(r, "a number starts with 0");
  }
  bool whole = true;
  if (r->at < r->end && *r->at == '.') {
    whole = false;
    r->at++;
    if (!read_digits(r)) return refuse(r, "a number has no digits after its point");
  }
  if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
    whole = false;
    r->at++;
    if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
    if (!read_digits(r)) return refuse(r, "a number has no digits in its exponent");
  }
  size_t len = (size_t)(r->at - from);
  if (described.type) return add_scalar(r, name, name_len, described, RESEAL_ITEM_NUMBER, from, len);
  if (whole)
    reseal__tree_digits(r->tree, name, name_len, from, len);
  else
    reseal__tree_text(r->tree, name, name_len, reseal__is_double(from, len) ? RESEAL_ITEM_NUMBER : RESEAL_ITEM_STRING,
                      from, len);
  return true;
}

static bool read_word(reader *r, const char *word) {
  size_t len = strlen(word);
  if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
    return refuse(r, "a value is none of the kinds that JSON has");
  r->at += len;
  return true;
}

static bool read_value(reader *r, const char *name, size_t name_len, shape described);

/* Two members of one name are two readings of one document. NULL: there are none; else the later one. */
static const reseal__name *find_duplicate(const char *bytes, reseal__name *names, size_t count) {
  enum { FEW = 16 };
  if (count > FEW) reseal__sort_names(bytes, names, count);
  for (size_t i = 1; i < count; i++)
    for (size_t other = count > FEW ? i - 1 : 0; other < i; other++)
      if (reseal__same_name(bytes, &names[i], &names[other])) return &names[i];
  return NULL;
}

/* One `"name": value`; the name stays in `names` until the object ends. */
static bool read_member(reader *r, shape around) {
  skip_space(r);
  if (r->at == r->end || *r->at != '"') return refuse(r, "a member of an object has no name");
  uint32_t place = (uint32_t)(r->at - r->start);
  if (!read_string(r, &r->name)) return false;
  /* Bodies are smaller than 4 GiB: see the limits of a handle. */
  reseal__name name = {(uint32_t)r->names.len, (uint32_t)r->name.len, place};
  reseal__put(&r->names, r->name.data, name.len);
  reseal__put(&r->spans, (const char *)&name, sizeof name);
  if (r->names.failed || r->spans.failed) return false;
  skip_space(r);
  if (r->at == r->end || *r->at != ':') return refuse(r, "a member of an object has no value");
  r->at++;
  shape described = {0};
  for (size_t i = 0; i < around.count && !described.type; i++) {
    const reseal__field *field = &around.items[i];
    if (reseal__same(r->name.data, name.len, field->name))
      described = (shape){.type = field->type, .items = field->fields.items, .count = field->fields.count};
  }
  if (read_value(r, r->names.data + name.at, name.len, described)) return true;
  if (r->path[0] && r->path[0] != '[') lead(r, ".", 1);
  return lead(r, r->names.data + name.at, name.len);
}

/* The members of an object, after its brace. */
static bool read_members(reader *r, shape described) {
  size_t names = r->names.len, spans = r->spans.len;
  skip_space(r);
  if (r->at < r->end && *r->at == '}') {
    r->at++;
    return true;
  }
  for (;;) {
    if (!read_member(r, described)) return false;
    skip_space(r);
    if (r->at == r->end || (*r->at != ',' && *r->at != '}')) return refuse(r, "an object is not closed");
    if (*r->at++ == '}') break;
  }
  reseal__name *list = (reseal__name *)(void *)(r->spans.data + spans);
  const reseal__name *twice = find_duplicate(r->names.data, list, (r->spans.len - spans) / sizeof *list);
  if (twice) {
    r->at = r->start + twice->number;
    return refuse(r, "an object has two members of one name");
  }
  reseal__buffer_cut(&r->names, names);
  reseal__buffer_cut(&r->spans, spans);
  return true;
}

/* What is described of a list's elements. */
static shape element_of(shape list) {
  switch (list.type) {
    case RESEAL__RECORDS:
      return (shape){.type = RESEAL__RECORD, .items = list.items, .count = list.count};
    case RESEAL__TEXTS:
      return (shape){.type = RESEAL__TEXT};
    case RESEAL__WHOLES:
      return (shape){.type = RESEAL__WHOLE};
    default:
      return (shape){0};
  }
}

/* A list's null keeps its place, so that what follows keeps its own. */
static bool read_null(reader *r, shape described) {
  r->value = r->at;
  if (!read_word(r, "null")) return false;
  if (described.type && !r->lenient) return refuse_type(r, described);
  reseal__tree_text(r->tree, NULL, 0, RESEAL_ITEM_NULL, "", 0);
  return true;
}

static bool read_elements(reader *r, shape list) {
  shape described = element_of(list);
  skip_space(r);
  if (r->at < r->end && *r->at == ']') {
    r->at++;
    return true;
  }
  for (size_t number = 1;; number++) {
    skip_space(r);
    bool is_null = r->at < r->end && *r->at == 'n';
    if (is_null ? !read_null(r, described) : !read_value(r, NULL, 0, described)) {
      char place[24];
      size_t at = sizeof place;
      place[--at] = ']';
      for (size_t rest = number; rest; rest /= 10) place[--at] = (char)('0' + rest % 10);
      place[--at] = '[';
      if (r->path[0] && r->path[0] != '[') lead(r, ".", 1);
      return lead(r, place + at, sizeof place - at);
    }
    skip_space(r);
    if (r->at == r->end || (*r->at != ',' && *r->at != ']')) return refuse(r, "a list is not closed");
    if (*r->at++ == ']') return true;
  }
}

/* A list or an object. Where it is lenient, one in the place of something else is read and dropped. */
static bool read_container(reader *r, const char *name, size_t name_len, shape described) {
  bool list = *r->at++ == '[';
  bool is_list =
      described.type == RESEAL__RECORDS || described.type == RESEAL__TEXTS || described.type == RESEAL__WHOLES;
  bool fits = !described.type || (list ? is_list : described.type == RESEAL__RECORD);
  if (!fits && !refuse_type(r, described)) return false;
  size_t item = r->tree->count;
  reseal__tree_open(r->tree, name, name_len, list ? RESEAL_ITEM_LIST : RESEAL_ITEM_OBJECT);
  if (r->tree->failure) return false;
  shape inside = fits ? described : (shape){0};
  if (list ? !read_elements(r, inside) : !read_members(r, inside)) return false;
  reseal__tree_close(r->tree);
  if (!fits) reseal__tree_drop(r->tree, item);
  return true;
}

static bool read_value(reader *r, const char *name, size_t name_len, shape described) {
  skip_space(r);
  if (r->at == r->end) return refuse(r, "the document ends too early");
  if (r->tree->failure) return false;
  r->value = r->at;
  switch (*r->at) {
    case '{':
    case '[':
      return read_container(r, name, name_len, described);
    case '"':
      if (!read_string(r, &r->text)) return false;
      if (described.type)
        return add_scalar(r, name, name_len, described, RESEAL_ITEM_STRING, r->text.data, r->text.len);
      reseal__tree_text(r->tree, name, name_len, RESEAL_ITEM_STRING, r->text.data, r->text.len);
      return true;
    case 't':
    case 'f': {
      bool yes = *r->at == 't';
      const char *word = yes ? "true" : "false";
      if (!read_word(r, word)) return false;
      if (described.type) return add_scalar(r, name, name_len, described, RESEAL_ITEM_BOOLEAN, word, strlen(word));
      reseal__tree_boolean(r->tree, name, name_len, yes);
      return true;
    }
    case 'n':
      return read_word(r, "null");
    default:
      return read_number(r, name, name_len, described);
  }
}

static bool read_document(reader *r, shape described) {
  size_t len = (size_t)(r->end - r->at), good = reseal__utf8_len(r->at, len);
  if (good < len) {
    r->at += good;
    return refuse(r, "it is not valid UTF-8");
  }
  skip_space(r);
  if (r->at < r->end && *r->at == '{') {
    r->at++;
    reseal__tree_open(r->tree, NULL, 0, RESEAL_ITEM_OBJECT);
    if (r->tree->failure || !read_members(r, described)) return false;
  } else if (!read_value(r, NULL, 0, described)) {
    return false;
  }
  skip_space(r);
  return r->at == r->end || refuse(r, "something follows the document");
}

bool reseal__json_read(reseal__tree *tree, const char *text, size_t len, const reseal__json_shape *described,
                       reseal__json_fault *fault) {
  const char *start = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
  reader r = {
      .start = start, .at = start, .end = text + len, .value = start, .tree = tree, .lenient = described->lenient};
  r.name = reseal__buffer_of(&tree->memory, false);
  r.text = reseal__buffer_of(&tree->memory, false);
  r.names = reseal__buffer_of(&tree->memory, false);
  r.spans = reseal__buffer_of(&tree->memory, false);
  /* So that empty strings have a place too. */
  reseal__put(&r.name, "", 0);
  reseal__put(&r.text, "", 0);
  bool fine = read_document(
      &r, (shape){.type = described->texts ? RESEAL__TEXTS : 0, .items = described->fields, .count = described->count});
  if (r.name.failed || r.text.failed || r.names.failed || r.spans.failed) tree->failure = RESEAL__TREE_NO_MEMORY;
  if (tree->failure == RESEAL__TREE_TOO_DEEP)
    r.fault_code = "too_deep", r.fault = "it is nested too deeply";
  else if (tree->failure == RESEAL__TREE_TOO_MANY)
    r.fault_code = "too_large", r.fault = "it has too many values";
  else if (tree->failure)
    r.fault_code = r.fault = NULL;
  /* What did not fit into the tree is the value that was begun last. */
  if (tree->failure) r.fault_at = r.value;
  *fault = (reseal__json_fault){.code = r.fault_code, .text = r.fault, .type = tree->failure ? 0 : r.misfit};
  fault->offset = r.fault_at ? (size_t)(r.fault_at - text) : 0;
  memcpy(fault->path, r.path, sizeof fault->path);
  reseal__buffer_free(&r.name);
  reseal__buffer_free(&r.text);
  reseal__buffer_free(&r.names);
  reseal__buffer_free(&r.spans);
  return fine && !tree->failure;
}
