#include "providers/quirks.h"

/*
 * Namecheap, DCV blocks. Today `HttpDCValidation` and `DNSDCValidation` hold one `DNS domain="…"` per name; answers of 2014
 * to 2017 (and editDCVMethod still) have `FileName` and `FileContent` directly inside. Both arrive as one list.
 * Source: https://www.namecheap.com/support/api/methods/ssl/activate/ and the older ssl.activate and ssl.reissue pages.
 */
bool reseal__quirk_unwrapped(const reseal__method *method, const reseal__xml *xml, size_t node,
                             const reseal__field *field) {
  if (!(method->quirks & RESEAL__QUIRK_UNWRAPPED_DCV)) return false;
  for (size_t i = 0; i < field->fields.count; i++) {
    size_t at = reseal__node_child(xml, node, field->fields.items[i].name);
    if (at && xml->nodes[at].type == RESEAL__NODE_ELEMENT) return true;
  }
  return false;
}
