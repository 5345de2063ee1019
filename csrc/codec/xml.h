/* Reads one XML document with libxml2's SAX2 push parser into a flat list of nodes. */
#ifndef RESEAL_CODEC_XML_H
#define RESEAL_CODEC_XML_H

#include "codec/memory.h"
#include "codec/text.h"

/* Larger documents libxml2 refuses half-way; smaller ones it takes whole, whatever is in them. */
#define RESEAL__XML_MOST_BYTES 10000000
/* In one tag, and namespaces in force at one place: libxml2 compares each with all others. */
#define RESEAL__XML_MOST_ATTRIBUTES 256

typedef enum { RESEAL__NODE_ELEMENT, RESEAL__NODE_ATTRIBUTE } reseal__node_type;

/* Attributes stand before the child elements. Offsets are into `bytes`; names and texts are NUL-terminated there. */
typedef struct reseal__node {
  uint32_t name, name_len, text, text_len;
  uint32_t next; /* the node after this one and its children */
  uint32_t at;   /* where the tag that it stands in begins in the text */
  uint8_t type;  /* reseal__node_type */
  bool used;     /* for whoever reads the document: already taken over */
} reseal__node;

/* Character data that came in one piece, or in several with nothing between them. */
typedef struct reseal__piece {
  uint32_t at, len;
} reseal__piece;

typedef struct reseal__open_element {
  uint32_t node;
  uint32_t pieces;     /* how many there were before its own */
  uint32_t namespaces; /* that it declares */
} reseal__open_element;

struct reseal__xml {
  reseal__memory memory;
  void *parser; /* xmlParserCtxtPtr, reused */
  reseal__node *nodes;
  size_t count, capacity;
  reseal__buffer bytes;
  reseal__open_element *open; /* the elements around the next node */
  size_t depth, open_capacity;
  reseal__piece *pieces; /* of their texts, the innermost element's last */
  size_t piece_count, piece_capacity;
  size_t namespaces; /* in force here */
  size_t most_depth, most_nodes;
  const char *fault; /* why the document is refused; NULL: it isn't */
  const char *fault_code;
  int64_t fault_at;      /* where in the text; -1: nowhere in particular */
  reseal__span document; /* within the text */
  size_t lead;           /* what stands before it there */
  int64_t error_at;      /* where libxml2 reported the first error; -1: it didn't */
  bool no_memory;
  bool broken; /* libxml2 reported more than a warning */
};

typedef struct reseal__xml reseal__xml;

reseal__xml *reseal__xml_new(const reseal__memory *memory);
void reseal__xml_free(reseal__xml *xml);
/* Reads a whole document; false: see `fault` and `no_memory`. Nodes live until the next call. */
bool reseal__xml_parse(reseal__xml *xml, const char *text, size_t len, size_t most_depth, size_t most_nodes);

reseal__span reseal__node_name(const reseal__xml *xml, size_t node);
/* The value of an attribute; the character data of an element without its children's. */
reseal__span reseal__node_text(const reseal__xml *xml, size_t node);
/* The first child (of either type) with that name; 0: none. Letter case counts only when no child has the exact name. */
size_t reseal__node_child(const reseal__xml *xml, size_t node, const char *name);

#endif
