#include "codec/xml.h"

#include <libxml/parser.h>
#include <string.h>

static void stop(reseal__xml *xml, const char *code, const char *fault) {
  if (!xml->fault) {
    xml->fault_code = code;
    xml->fault = fault;
  }
  xmlStopParser(xml->parser);
}

static void stop_no_memory(reseal__xml *xml) {
  xml->no_memory = true;
  stop(xml, "no_memory", "out of memory");
}

static size_t store(reseal__xml *xml, const char *text, size_t len) {
  size_t at = xml->bytes.len;
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
  if (xml->count == xml->capacity) {
    size_t capacity = xml->capacity ? xml->capacity * 2 : 64;
    reseal__node *nodes = reseal__resize_array(&xml->memory, xml->nodes, xml->capacity, capacity, sizeof *nodes);
    if (!nodes) {
      stop_no_memory(xml);
      return NULL;
    }
    xml->nodes = nodes;
    xml->capacity = capacity;
  }
  size_t len = strlen((const char *)name);
  reseal__node *node = &xml->nodes[xml->count];
  *node = (reseal__node){.type = type, .name_len = len, .next = xml->count + 1};
  node->name = store(xml, (const char *)name, len);
  xml->count++;
  return node;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                     const xmlChar **namespace, int attributes, int defaulted, const xmlChar **attribute) {
  (void)prefix, (void)uri, (void)namespaces, (void)namespace, (void)defaulted;
  reseal__xml *xml = context;
  if (xml->depth >= xml->most_depth) {
    stop(xml, "too_deep", "the answer is nested too deeply");
    return;
  }
  if (xml->depth == xml->open_capacity) {
    size_t capacity = xml->open_capacity ? xml->open_capacity * 2 : 32;
    size_t *open = reseal__resize_array(&xml->memory, xml->open, xml->open_capacity, capacity, sizeof *open);
    if (!open) {
      stop_no_memory(xml);
      return;
    }
    xml->open = open;
    xml->open_capacity = capacity;
  }
  xml->after_cr = false;
  if (!add_node(xml, RESEAL__NODE_ELEMENT, name)) return;
  xml->open[xml->depth++] = xml->count - 1;
  for (int i = 0; i < attributes; i++) {
    /* local name, prefix, URI, start and end of the value */
    const xmlChar **one = attribute + (size_t)i * 5;
    reseal__node *node = add_node(xml, RESEAL__NODE_ATTRIBUTE, one[0]);
    if (!node) return;
    node->text_len = (size_t)(one[4] - one[3]);
    node->text = store(xml, (const char *)one[3], node->text_len);
  }
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)name, (void)prefix, (void)uri;
  reseal__xml *xml = context;
  if (xml->fault || xml->depth == 0) return;
  xml->nodes[xml->open[--xml->depth]].next = xml->count;
}

/* Character data arrives in pieces. They lie one behind the other unless child elements stand between them. */
static void on_text(void *context, const xmlChar *text, int len) {
  reseal__xml *xml = context;
  if (xml->fault || xml->depth == 0) return;
  reseal__node *node = &xml->nodes[xml->open[xml->depth - 1]];
  reseal__span before = {node->text_len ? xml->bytes.data + node->text : "", node->text_len};
  if (node->text_len && node->text + node->text_len + 1 == xml->bytes.len) {
    reseal__buffer_cut(&xml->bytes, xml->bytes.len - 1);
  } else {
    /* What stood before the children moves along, unless it was but indentation. */
    size_t kept = reseal__trim(before.text, before.len).len ? before.len : 0;
    size_t from = node->text;
    node->text = xml->bytes.len;
    node->text_len = kept;
    if (reseal__buffer_reserve(&xml->bytes, kept)) reseal__put(&xml->bytes, xml->bytes.data + from, kept);
  }
  reseal__put(&xml->bytes, (const char *)text, (size_t)len);
  reseal__put_byte(&xml->bytes, '\0');
  node->text_len += (size_t)len;
  if (xml->bytes.failed) stop_no_memory(xml);
}

/* In CDATA the push parser leaves line ends as they came; XML 1.0, 2.11 wants one LF for each CR LF or CR. */
static void on_cdata(void *context, const xmlChar *text, int len) {
  reseal__xml *xml = context;
  int start = 0;
  if (len && xml->after_cr && text[0] == '\n') start = 1;
  xml->after_cr = len && text[len - 1] == '\r';
  for (int i = start; i < len; i++) {
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
  stop(context, "malformed", "the answer has a DOCTYPE, which is refused");
}

/* Errors are read from the context afterwards; libxml2 would otherwise print them. */
static void on_error(void *context, xmlErrorPtr error) {
  (void)context, (void)error;
}

reseal__xml *reseal__xml_new(const reseal__memory *memory) {
  reseal__xml *xml = reseal__resize(memory, NULL, 0, sizeof *xml);
  if (!xml) return NULL;
  *xml = (reseal__xml){.memory = *memory, .bytes = reseal__buffer_of(memory, false)};
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
  xml->parser = xmlCreatePushParserCtxt(&handler, xml, NULL, 0, NULL);
  if (!xml->parser) {
    reseal__xml_free(xml);
    return NULL;
  }
  return xml;
}

void reseal__xml_free(reseal__xml *xml) {
  if (!xml) return;
  reseal__memory memory = xml->memory;
  xmlParserCtxtPtr parser = xml->parser;
  if (parser) {
    if (parser->myDoc) xmlFreeDoc(parser->myDoc);
    xmlFreeParserCtxt(parser);
  }
  reseal__resize(&memory, xml->nodes, xml->capacity * sizeof *xml->nodes, 0);
  reseal__resize(&memory, xml->open, xml->open_capacity * sizeof *xml->open, 0);
  reseal__buffer_free(&xml->bytes);
  reseal__resize(&memory, xml, sizeof *xml, 0);
}

/* Whether the XML declaration, if there is one, names no other encoding than UTF-8. libxml2 would decode UTF-7 and Latin-1 too. */
static bool is_utf8_declared(const char *text, size_t len) {
  if (len >= 4 && (memchr(text, '\0', 4) || memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
    return false;
  if (len < 6 || memcmp(text, "<?xml", 5) != 0 || !reseal__is_space(text[5])) return true;
  size_t end = 0;
  while (end + 1 < len && memcmp(text + end, "?>", 2) != 0) end++;
  for (size_t i = 5; i + 8 < end; i++) {
    if (memcmp(text + i, "encoding", 8) != 0) continue;
    i += 8;
    while (i < end && (reseal__is_space(text[i]) || text[i] == '=')) i++;
    if (i >= end) return false;
    const char *close = memchr(text + i + 1, text[i], end - i - 1);
    return close && reseal__same_any_case(text + i + 1, (size_t)(close - text - i) - 1, "utf-8");
  }
  return true;
}

bool reseal__xml_parse(reseal__xml *xml, const char *text, size_t len, size_t most_depth, size_t most_nodes) {
  xmlParserCtxtPtr parser = xml->parser;
  reseal__buffer_clear(&xml->bytes);
  xml->count = xml->depth = 0;
  xml->after_cr = false;
  xml->most_depth = most_depth;
  xml->most_nodes = most_nodes;
  xml->fault = xml->fault_code = NULL;
  xml->no_memory = false;

  if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, len -= 3;
  /* Some samples have blank lines before the declaration, which XML forbids there. */
  reseal__span document = reseal__trim(text, len);
  if (!is_utf8_declared(document.text, document.len)) {
    xml->fault_code = "malformed";
    xml->fault = "the answer is not in UTF-8";
    return false;
  }
  if (xmlCtxtResetPush(parser, NULL, 0, NULL, "UTF-8") != 0) {
    xml->no_memory = true;
    xml->fault_code = "no_memory";
    xml->fault = "out of memory";
    return false;
  }
  /* NOENT is harmless here: no entity can be declared, and without it `&amp;` in an attribute arrives as `&#38;`. */
  xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOENT);
  xmlParseChunk(parser, document.text, (int)document.len, 1);
  if (parser->myDoc) {
    xmlFreeDoc(parser->myDoc);
    parser->myDoc = NULL;
  }
  if (!xml->fault && parser->lastError.code == XML_ERR_NO_MEMORY) stop_no_memory(xml);
  /* All three: after a failed allocation libxml2 can call a document well-formed with text missing. */
  if (!xml->fault && !(parser->wellFormed && parser->errNo == XML_ERR_OK && parser->lastError.code == XML_ERR_OK)) {
    xml->fault_code = "malformed";
    xml->fault = "the answer is not well-formed XML, or was cut off";
  }
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
  size_t similar = 0;
  for (size_t at = node + 1; at < xml->nodes[node].next; at = xml->nodes[at].next) {
    reseal__span own = reseal__node_name(xml, at);
    if (reseal__same(own.text, own.len, name)) return at;
    if (!similar && reseal__same_any_case(own.text, own.len, name)) similar = at;
  }
  return similar;
}
