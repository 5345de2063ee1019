/* Reads one XML document with libxml2's SAX2 push parser into a flat list of nodes. */
#ifndef RESEAL_CODEC_XML_H
#define RESEAL_CODEC_XML_H

#include "codec/memory.h"
#include "codec/text.h"

typedef enum { RESEAL__NODE_ELEMENT, RESEAL__NODE_ATTRIBUTE } reseal__node_type;

/* Attributes stand before the child elements. Offsets are into `bytes`; names and texts are NUL-terminated there. */
typedef struct reseal__node {
  reseal__node_type type;
  size_t name, name_len, text, text_len;
  size_t next; /* the node after this one and its children */
  bool used;   /* for whoever reads the document: already taken over */
} reseal__node;

struct reseal__xml {
  reseal__memory memory;
  void *parser; /* xmlParserCtxtPtr, reused */
  reseal__node *nodes;
  size_t count, capacity;
  reseal__buffer bytes;
  size_t *open; /* the elements around the next node */
  size_t depth, open_capacity;
  size_t most_depth, most_nodes;
  const char *fault; /* why the document is refused; NULL: it isn't */
  const char *fault_code;
  bool no_memory;
  bool after_cr; /* the last piece of CDATA ended in a CR */
};

typedef struct reseal__xml reseal__xml;

reseal__xml *reseal__xml_new(const reseal__memory *memory);
void reseal__xml_free(reseal__xml *xml);
/* Reads a whole document; false: see `fault` and `no_memory`. Nodes live until the next call. */
bool reseal__xml_parse(reseal__xml *xml, const char *text, size_t len, size_t most_depth, size_t most_nodes);

reseal__span reseal__node_name(const reseal__xml *xml, size_t node);
reseal__span reseal__node_text(const reseal__xml *xml, size_t node);
/* The first child (of either type) with that name; 0: none. Letter case counts only when no child has the exact name. */
size_t reseal__node_child(const reseal__xml *xml, size_t node, const char *name);

#endif
