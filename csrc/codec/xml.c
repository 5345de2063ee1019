#include "codec/xml.h"

#include <libxml/parser.h>
#include <string.h>

static bool refuse(reseal__xml *xml, int64_t at, const char *code, const char *fault) {
  if (!xml->fault) {
    xml->fault_code = code;
    xml->fault = fault;
    xml->fault_at = at;
  }
  return false;
}

/* How far libxml2 has read the text. The document is UTF-8, so what it reads are the bytes of the text; its own function for this
 * would convert all that is left back. */
static int64_t place(const reseal__xml *xml) {
  xmlParserCtxtPtr parser = xml->parser;
  if (!parser || !parser->input) return -1;
  return (int64_t)(xml->lead + parser->input->consumed + (size_t)(parser->input->cur - parser->input->base));
}

static void stop(reseal__xml *xml, const char *code, const char *fault) {
  refuse(xml, place(xml), code, fault);
  xmlStopParser(xml->parser);
}

static void stop_no_memory(reseal__xml *xml) {
  xml->no_memory = true;
  stop(xml, "no_memory", "out of memory");
}

/* Room for one more in an array; false without memory. */
static bool grow(reseal__xml *xml, void *array, size_t count, size_t *capacity, size_t item) {
  if (count < *capacity) return true;
  size_t wanted = *capacity ? *capacity * 2 : 64;
  void *old, *new;
  memcpy(&old, array, sizeof old);
  new = reseal__resize_array(&xml->memory, old, *capacity, wanted, item);
  if (!new) {
    stop_no_memory(xml);
    return false;
  }
  memcpy(array, &new, sizeof new);
  *capacity = wanted;
  return true;
}

static uint32_t store(reseal__xml *xml, const char *text, size_t len) {
  uint32_t at = (uint32_t)xml->bytes.len;
  reseal__put(&xml->bytes, text, len);
  reseal__put_byte(&xml->bytes, '\0');
  return at;
}

static reseal__node *add_node(reseal__xml *xml, reseal__node_type type, const xmlChar *name) {
  if (xml->fault) return NULL;
  if (xml->count >= xml->most_nodes) {
    stop(xml, "too_large", "the answer has too many elements");
    return NULL;
  }
  if (!grow(xml, &xml->nodes, xml->count, &xml->capacity, sizeof *xml->nodes)) return NULL;
  size_t len = strlen((const char *)name);
  reseal__node *node = &xml->nodes[xml->count];
  *node = (reseal__node){.type = (uint8_t)type, .name_len = (uint32_t)len, .next = (uint32_t)xml->count + 1};
  node->name = store(xml, (const char *)name, len);
  xml->count++;
  return node;
}

/* Where the tag begins at whose end `at` is: no `<` stands within one. */
static uint32_t tag_before(const reseal__xml *xml, int64_t at) {
  size_t lead = xml->lead, tag = at > (int64_t)lead ? (size_t)at - lead : 0;
  if (tag >= xml->document.len) tag = xml->document.len - 1;
  while (tag > 0 && xml->document.text[tag] != '<') tag--;
  return (uint32_t)(lead + tag);
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                     const xmlChar **namespace, int attributes, int defaulted, const xmlChar **attribute) {
  (void)prefix, (void)uri, (void)namespace, (void)defaulted;
  reseal__xml *xml = context;
  if (xml->depth >= xml->most_depth) {
    stop(xml, "too_deep", "the answer is nested too deeply");
    return;
  }
  if (!grow(xml, &xml->open, xml->depth, &xml->open_capacity, sizeof *xml->open)) return;
  reseal__node *element = add_node(xml, RESEAL__NODE_ELEMENT, name);
  if (!element) return;
  uint32_t at = tag_before(xml, place(xml));
  element->at = at;
  xml->open[xml->depth++] = (reseal__open_element){
      .node = (uint32_t)xml->count - 1, .pieces = (uint32_t)xml->piece_count, .namespaces = (uint32_t)namespaces};
  xml->namespaces += (size_t)namespaces;
  if (xml->namespaces > RESEAL__XML_MOST_ATTRIBUTES) {
    stop(xml, "too_large", "the answer declares too many namespaces");
    return;
  }
  for (int i = 0; i < attributes; i++) {
    /* local name, prefix, URI, start and end of the value */
    const xmlChar **one = attribute + (size_t)i * 5;
    reseal__node *node = add_node(xml, RESEAL__NODE_ATTRIBUTE, one[0]);
    if (!node) return;
    node->at = at;
    node->text_len = (uint32_t)(one[4] - one[3]);
    node->text = store(xml, (const char *)one[3], node->text_len);
  }
}

/* The pieces of an element's text become one; each is copied once at most. */
static void join(reseal__xml *xml, reseal__node *node, const reseal__piece *pieces, size_t count) {
  if (count == 0) return;
  node->text = pieces[0].at;
  for (size_t i = 0; i < count; i++) node->text_len += pieces[i].len;
  if (count == 1) return;
  /* In two steps: what is copied lies in the buffer that may move to make room. */
  if (reseal__buffer_reserve(&xml->bytes, (size_t)node->text_len + 1)) {
    node->text = (uint32_t)xml->bytes.len;
    for (size_t i = 0; i < count; i++) reseal__put(&xml->bytes, xml->bytes.data + pieces[i].at, pieces[i].len);
    reseal__put_byte(&xml->bytes, '\0');
  }
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)name, (void)prefix, (void)uri;
  reseal__xml *xml = context;
  if (xml->fault || xml->depth == 0) return;
  const reseal__open_element *open = &xml->open[--xml->depth];
  reseal__node *node = &xml->nodes[open->node];
  node->next = (uint32_t)xml->count;
  join(xml, node, xml->pieces + open->pieces, xml->piece_count - open->pieces);
  xml->piece_count = open->pieces;
  xml->namespaces -= open->namespaces;
  if (xml->bytes.failed) stop_no_memory(xml);
}

/* Character data arrives in pieces: one behind the other, unless child elements stand between them. */
static void on_text(void *context, const xmlChar *text, int len) {
  reseal__xml *xml = context;
  if (xml->fault || xml->depth == 0) return;
  size_t own = xml->piece_count - xml->open[xml->depth - 1].pieces;
  /* White space before everything else is indentation: whoever reads an element's text trims it. */
  if (!own && !reseal__trim((const char *)text, (size_t)len).len) return;
  reseal__piece *last = own ? &xml->pieces[xml->piece_count - 1] : NULL;
  if (last && (size_t)last->at + last->len + 1 == xml->bytes.len) {
    reseal__buffer_cut(&xml->bytes, xml->bytes.len - 1);
  } else {
    if (!grow(xml, &xml->pieces, xml->piece_count, &xml->piece_capacity, sizeof *xml->pieces)) return;
    last = &xml->pieces[xml->piece_count++];
    *last = (reseal__piece){.at = (uint32_t)xml->bytes.len};
  }
  store(xml, (const char *)text, (size_t)len);
  last->len += (uint32_t)len;
  if (xml->bytes.failed) stop_no_memory(xml);
}

/*
 * In CDATA the push parser leaves line ends as they came; XML 1.0, 2.11 wants one LF for each CR LF or CR. A section comes in
 * one piece, as the document does, so that no line end lies across two calls.
 */
static void on_cdata(void *context, const xmlChar *text, int len) {
  int start = 0;
  for (int i = 0; i < len; i++) {
    if (text[i] != '\r') continue;
    if (i > start) on_text(context, text + start, i - start);
    on_text(context, (const xmlChar *)"\n", 1);
    if (i + 1 < len && text[i + 1] == '\n') i++;
    start = i + 1;
  }
  if (len > start) on_text(context, text + start, len - start);
}

/* No document of the provider has a DOCTYPE: with one come entities, and what they can do. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
  (void)name, (void)external, (void)system;
  stop(context, "malformed", "the answer is refused for having a DOCTYPE");
}

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_of_libxml2;
#else
typedef xmlErrorPtr error_of_libxml2;
#endif

/* A namespace's name is compared and never followed: it need not be a URI, or an absolute one. */
static bool is_harmless(int level, int code) {
  return level <= XML_ERR_WARNING || code == XML_WAR_NS_URI;
}

/* libxml2 would print errors otherwise. The context remembers the last one only. */
static void on_error(void *context, error_of_libxml2 error) {
  reseal__xml *xml = context;
  if (!is_harmless(error->level, error->code)) {
    if (!xml->broken) xml->error_at = place(xml);
    xml->broken = true;
  }
  if (error->code == XML_ERR_NAME_TOO_LONG) refuse(xml, place(xml), "too_large", "the answer has too long a name");
}

/* Before any thread of the process can be the first to use libxml2, which in 2.9 is a race between two of them. */
__attribute__((constructor)) static void start_libxml2(void) {
  xmlInitParser();
}

static xmlParserCtxtPtr new_parser(reseal__xml *xml) {
  xmlSAXHandler handler = {
      .initialized = XML_SAX2_MAGIC,
      .startElementNs = on_start,
      .endElementNs = on_end,
      .characters = on_text,
      .ignorableWhitespace = on_text,
      .cdataBlock = on_cdata,
      .internalSubset = on_doctype,
      .serror = on_error,
  };
  return xmlCreatePushParserCtxt(&handler, xml, NULL, 0, NULL);
}

static void free_parser(reseal__xml *xml) {
  xmlParserCtxtPtr parser = xml->parser;
  if (!parser) return;
  if (parser->myDoc) xmlFreeDoc(parser->myDoc);
  xmlFreeParserCtxt(parser);
  xml->parser = NULL;
}

reseal__xml *reseal__xml_new(const reseal__memory *memory) {
  reseal__xml *xml = reseal__resize(memory, NULL, 0, sizeof *xml);
  if (xml) *xml = (reseal__xml){.memory = *memory, .bytes = reseal__buffer_of(memory, false)};
  return xml;
}

void reseal__xml_free(reseal__xml *xml) {
  if (!xml) return;
  reseal__memory memory = xml->memory;
  free_parser(xml);
  reseal__resize(&memory, xml->nodes, xml->capacity * sizeof *xml->nodes, 0);
  reseal__resize(&memory, xml->open, xml->open_capacity * sizeof *xml->open, 0);
  reseal__resize(&memory, xml->pieces, xml->piece_capacity * sizeof *xml->pieces, 0);
  reseal__buffer_free(&xml->bytes);
  reseal__resize(&memory, xml, sizeof *xml, 0);
}

static bool is_ascii(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)text[i] >= 0x80) return false;
  return true;
}

/*
 * Where the document says that it is not UTF-8; NULL: it is, by an XML declaration that names UTF-8, or ASCII and keeps to it, or
 * by none. libxml2 would decode UTF-7 and Latin-1 too.
 */
static const char *find_other_encoding(const char *text, size_t len) {
  if (len >= 4 && (memchr(text, '\0', 4) || memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
    return text;
  if (len < 6 || memcmp(text, "<?xml", 5) != 0 || !reseal__is_space(text[5])) return NULL;
  size_t end = 0;
  while (end + 1 < len && memcmp(text + end, "?>", 2) != 0) end++;
  for (size_t i = 5; i + 8 < end; i++) {
    if (memcmp(text + i, "encoding", 8) != 0) continue;
    i += 8;
    while (i < end && (reseal__is_space(text[i]) || text[i] == '=')) i++;
    if (i >= end) return text + end;
    const char *name = text + i + 1, *close = memchr(name, text[i], end - i - 1);
    if (!close) return name;
    size_t name_len = (size_t)(close - name);
    if (reseal__same_any_case(name, name_len, "utf-8") || reseal__same_any_case(name, name_len, "utf8")) return NULL;
    bool ascii = reseal__same_any_case(name, name_len, "us-ascii") || reseal__same_any_case(name, name_len, "ascii");
    return ascii && is_ascii(text, len) ? NULL : name;
  }
  return NULL;
}

/* Behind the next `mark`; `end` when there is none. */
static const char *behind(const char *at, const char *end, const char *mark) {
  size_t len = strlen(mark);
  while ((size_t)(end - at) >= len) {
    at = memchr(at, mark[0], (size_t)(end - at) - len + 1);
    if (!at) return end;
    if (memcmp(at, mark, len) == 0) return at + len;
    at++;
  }
  return end;
}

static bool starts(const char *at, const char *end, const char *with) {
  size_t len = strlen(with);
  return (size_t)(end - at) >= len && memcmp(at, with, len) == 0;
}

/*
 * The first tag with too many attributes; NULL: none. Asked before libxml2 reads it: its work grows with their square, and it calls nothing
 * of ours before it has them all. This need only be right as far as the document is well-formed, for there libxml2 ends.
 */
static const char *find_crowded_tag(const char *text, size_t len) {
  const char *end = text + len;
  for (const char *at = text; (at = memchr(at, '<', (size_t)(end - at)));) {
    at++;
    if (starts(at, end, "!--")) {
      at = behind(at + 3, end, "-->");
    } else if (starts(at, end, "![CDATA[")) {
      at = behind(at + 8, end, "]]>");
    } else if (starts(at, end, "?")) {
      at = behind(at + 1, end, "?>");
    } else if (starts(at, end, "!")) {
      return NULL; /* a DOCTYPE, which is refused */
    } else {
      const char *tag = at - 1;
      size_t values = 0;
      while (at < end && *at != '>') {
        if (*at++ != '"' && at[-1] != '\'') continue;
        if (++values > RESEAL__XML_MOST_ATTRIBUTES) return tag;
        at = memchr(at, at[-1], (size_t)(end - at));
        if (!at) return NULL;
        at++;
      }
    }
  }
  return NULL;
}

/* Makes all as it was before any document. False without memory. */
static bool reset(reseal__xml *xml, size_t most_depth, size_t most_nodes) {
  reseal__buffer_clear(&xml->bytes);
  xml->count = xml->depth = xml->piece_count = xml->namespaces = 0;
  xml->most_depth = most_depth;
  xml->most_nodes = most_nodes;
  xml->fault = xml->fault_code = NULL;
  xml->fault_at = xml->error_at = -1;
  xml->no_memory = xml->broken = false;
  /* The parser keeps each name that it ever met, up to a bound that ends all its work. */
  enum { MOST_NAMES = 1 << 20 };
  if (xml->parser && xmlDictGetUsage(((xmlParserCtxtPtr)xml->parser)->dict) > MOST_NAMES) free_parser(xml);
  if (!xml->parser) xml->parser = new_parser(xml);
  return xml->parser && xmlCtxtResetPush(xml->parser, NULL, 0, NULL, "UTF-8") == 0;
}

#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

bool reseal__xml_parse(reseal__xml *xml, const char *text, size_t len, size_t most_depth, size_t most_nodes) {
  if (!reset(xml, most_depth, most_nodes)) {
    xml->no_memory = true;
    return refuse(xml, -1, "no_memory", "out of memory");
  }
  const char *start = text;
  if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, len -= 3;
  /* Some samples have blank lines before the declaration, which XML forbids there. */
  reseal__span document = reseal__trim(text, len);
  xml->document = document;
  xml->lead = (size_t)(document.text - start);
  if (document.len > RESEAL__XML_MOST_BYTES)
    return refuse(xml, -1, "too_large",
                  "the answer is larger than " TEXT_OF(RESEAL__XML_MOST_BYTES) " bytes, the most that is read of XML");
  const char *other = find_other_encoding(document.text, document.len);
  if (other) return refuse(xml, other - start, "malformed", "the answer is not in UTF-8");
  const char *crowded = find_crowded_tag(document.text, document.len);
  if (crowded)
    return refuse(xml, crowded - start, "too_large",
                  "the answer has a tag with more than " TEXT_OF(RESEAL__XML_MOST_ATTRIBUTES) " attributes");

  xmlParserCtxtPtr parser = xml->parser;
  /*
   * NOENT is harmless here: no entity can be declared, and without it `&amp;` in an attribute arrives as `&#38;`. The encoding
   * is settled above.
   */
  xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
  xmlParseChunk(parser, document.text, (int)document.len, 1);
  if (parser->myDoc) {
    xmlFreeDoc(parser->myDoc);
    parser->myDoc = NULL;
  }
  int error = parser->errNo;
  if (!xml->fault && (parser->lastError.code == XML_ERR_NO_MEMORY || error == XML_ERR_NO_MEMORY)) stop_no_memory(xml);
  /* All of them: after a failed allocation libxml2 can call a document well-formed with text missing. */
  bool fine = parser->wellFormed && !xml->broken && (error == XML_ERR_OK || error == XML_WAR_NS_URI) &&
              is_harmless(parser->lastError.level, parser->lastError.code);
  if (!xml->fault && !fine)
    refuse(xml, xml->error_at, "malformed", "the answer was cut off, or is not well-formed XML");
  if (xml->bytes.failed) xml->no_memory = true;
  return !xml->fault && !xml->no_memory && xml->count > 0;
}

reseal__span reseal__node_name(const reseal__xml *xml, size_t node) {
  return (reseal__span){xml->bytes.data + xml->nodes[node].name, xml->nodes[node].name_len};
}

reseal__span reseal__node_text(const reseal__xml *xml, size_t node) {
  if (!xml->nodes[node].text_len) return (reseal__span){"", 0};
  return (reseal__span){xml->bytes.data + xml->nodes[node].text, xml->nodes[node].text_len};
}

size_t reseal__node_child(const reseal__xml *xml, size_t node, const char *name) {
  if (!name) return 0;
  size_t similar = 0, len = strlen(name);
  for (size_t at = node + 1; at < xml->nodes[node].next; at = xml->nodes[at].next) {
    if (xml->nodes[at].name_len != len) continue;
    reseal__span own = reseal__node_name(xml, at);
    if (reseal__same(own.text, own.len, name)) return at;
    if (!similar && reseal__same_any_case(own.text, own.len, name)) similar = at;
  }
  return similar;
}
