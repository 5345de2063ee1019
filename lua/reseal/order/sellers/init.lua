--- What the sellers' calls mean for an order: the same questions, asked in each one's words.
---
--- Only these modules know a seller's methods. They keep nothing, decide nothing about money and write nothing down:
--- they ask, read **all** pages before they say that there is none, and give every id that they read.
---
---   look(client, managed, id, is_held)  -> reseal.order.Info        the newest certificate in the place of `id`;
---                                          without `is_held` (from a plan) any
---   successor(client, managed, info, is_held)  -> id | false        what was bought already in the place of `info`;
---                                          where several could be, a failure with the code `ambiguous`
---   price(client, managed, kind, order) -> {amount, currency, source}    what a purchase costs
---   balance(client)                     -> {amount, currency} | false    false: this seller doesn't tell
---   clock(client)                       -> epoch seconds of the seller's clock, by one cheap read
---   before(client, managed, order)      -> ids      what is there already and could be taken for the order's own
---   place(client, managed, order, kind) -> {bought = id, charged} | {order = {id, kind}, challenges, charged}
---   find(client, managed, order, intent, is_held) -> {found = as place} | {absent = true} | {unclear = words}
---   recognise(client, managed, order, intent, id, is_order) -> as place: what a person says that an intent has made;
---                                          a failure with the code `not_it` where that can't be. `is_order`: the id is
---                                          the seller's order's. Without a client nothing is asked
---   challenge(client, managed, order)   -> challenges      what is to be published; empty: nothing (yet)
---   nudge(client, managed, order)       -> true            asks the seller to look (again)
---   collect(client, managed, order)     -> {pending = words} | {failed = words} | {doubt = words}
---                                          | {issued = {id, certificate, chain}}
---   under_way(client)                   -> {[id] = words}: orders that the seller's lists show as being worked at. One
---                                          that is not there may be, too
---   sweep(client)                       -> rows of the whole account: reseal.order.Seen
---
--- Each fails with nil and a reseal.Failure; only `place` sends what costs money, and its failure's `outcome` and
--- `handle` say what is known; `exists`: the seller says that it has been done already. Ids are text.
--- `is_held(id, kind)` tells what another order or managed certificate of ours has: that is not free to take; `kind` is
--- "certificate" (when left out) or "order". An order's kind: "certificate" or "process".
---
--- Beside the functions there are `METHODS`, the seller's method for each kind of call (create, activate, renew,
--- reissue); `OWN`, the parameters of those that follow from the order, and so can't be configured; `CALLS`, how many
--- calls each function makes, as a rule; `QUOTES`, whether a price takes a signing request.

---@class reseal.order.Info
---@field id string
---@field status string|nil as `reseal.status` has it
---@field word string|nil the seller's own word
---@field product string|nil
---@field names string[] lower case; all of them where the certificate or its request is in the answer
---@field starts integer|nil epoch seconds: of the certificate itself
---@field ends integer|nil epoch seconds: of the certificate itself
---@field order_ends integer|nil epoch seconds: of what is paid for
---@field created integer|nil epoch seconds: when it was bought
---@field activate_by integer|nil epoch seconds
---@field replaced_by string|nil the id of its successor, where the seller tells it or only one can be
---@field csr string|nil PEM
---@field certificate string|nil PEM
---@field renewal_days integer|nil how long before `order_ends` renewals are sold, where the product tells it

---@class reseal.order.Challenge
---@field name string the name of which control is proved
---@field method "http"|"dns"|"email"
---@field file string|nil http: its name under /.well-known/pki-validation/
---@field content string|nil http: to the byte
---@field record string|nil dns: the full name of the record, without a dot at its end
---@field type string|nil dns: CNAME or TXT
---@field target string|nil dns: what the record holds
---@field address string|nil email: where the mail goes
---@field status string|nil the seller's word

---@class reseal.order.Seen
---@field id string
---@field names string[]
---@field product string|nil
---@field status string|nil
---@field word string|nil
---@field ends integer|nil epoch seconds: of the certificate itself, where the list tells it
---@field order_ends integer|nil epoch seconds
---@field created integer|nil epoch seconds

local sellers = {}

--- The one for a provider.
---@param provider string
---@return table|nil
---@return string|nil err
function sellers.of(provider)
  local found, seller = pcall(require, "reseal.order.sellers." .. provider)
  if not found then
    return nil, "orders of " .. provider .. " are not known: " .. tostring(seller):match "^[^\n]*"
  end
  return seller
end

return sellers
