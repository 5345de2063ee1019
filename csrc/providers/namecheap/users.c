/* Namecheap, `namecheap.users.*`: what has to be known before something is bought. */
#include "providers/namecheap/provider.h"

/* getPricing */

static const char *const product_types[] = {"SSLCERTIFICATE", "DOMAIN"};
static const reseal__values product_type_values = {RESEAL__LIST(product_types), .open = true, .any_case = true};
static const char *const actions[] = {"PURCHASE", "RENEW"};
static const reseal__values action_values = {RESEAL__LIST(actions), .open = true, .any_case = true};

static const reseal__param get_pricing_params[] = {
    {.name = "ProductType",
     .type = RESEAL__STRING,
     .required = true,
     .max = 20,
     .values = &product_type_values,
     .doc = "SSLCERTIFICATE for certificates."},
    {.name = "ProductCategory", .type = RESEAL__STRING, .max = 20, .doc = "For certificates COMODO; all if absent."},
    {.name = "PromotionCode", .type = RESEAL__STRING, .max = 20, .doc = "Promotional (coupon) code."},
    {.name = "ActionName", .type = RESEAL__STRING, .max = 20, .values = &action_values, .doc = "All if absent."},
    {.name = "ProductName", .type = RESEAL__STRING, .max = 20, .doc = "Such as INSTANTSSL; all if absent."},
};
static const reseal__field prices[] = {
    {.name = "Duration", .type = RESEAL__WHOLE, .doc = "How many of DurationType the price is for."},
    {.name = "DurationType", .type = RESEAL__TEXT, .doc = "Such as YEAR."},
    {.name = "Price", .type = RESEAL__MONEY, .doc = "The final price; for the whole duration."},
    {.name = "PricingType", .type = RESEAL__TEXT, .doc = "Such as ABSOLUTE, or MULTIPLE: by the year."},
    {.name = "AdditionalCost", .type = RESEAL__MONEY, .doc = "Fees on top of it."},
    {.name = "RegularPrice", .type = RESEAL__MONEY, .doc = "What everybody pays."},
    {.name = "YourPrice", .type = RESEAL__MONEY, .doc = "What this account pays, without fees."},
    {.name = "YourPriceType", .type = RESEAL__TEXT, .doc = "As PricingType."},
    {.name = "YourAdditonalCost", .type = RESEAL__MONEY, .doc = "Fees on top of YourPrice; the service spells it so."},
    {.name = "YourAdditonalCostType", .type = RESEAL__TEXT, .doc = "As PricingType."},
    {.name = "CouponPrice", .type = RESEAL__MONEY, .doc = "With the promotion code; may be empty."},
    {.name = "Currency", .type = RESEAL__TEXT, .doc = "Such as USD; sometimes missing."},
};
static const reseal__field products[] = {
    {.name = "Name",
     .type = RESEAL__TEXT,
     .doc = "The product, in lower case and with hyphens for blanks, such as positivessl-wildcard."},
    {.name = "Price", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(prices)}, .doc = "One for each duration."},
};
static const reseal__field categories[] = {
    {.name = "Name", .type = RESEAL__TEXT, .doc = "The action, such as purchase or renew, in any letter case."},
    {.name = "Product", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(products)}, .doc = "Its products."},
};
static const reseal__field types[] = {
    {.name = "Name", .type = RESEAL__TEXT, .doc = "The product type, not always spelt as in the request."},
    {.name = "ProductCategory",
     .type = RESEAL__RECORDS,
     .fields = {RESEAL__LIST(categories)},
     .doc = "One for each action."},
};
static const reseal__field get_pricing_result[] = {
    {.name = "ProductType", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(types)}, .doc = "Product types."},
};
static const char *const get_pricing_elements[] = {"UserGetPricingResult", NULL};
const reseal__method reseal__namecheap_get_pricing = {
    .name = "getPricing",
    .command = "namecheap.users.getPricing",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .doc =
        "Tells prices. What is charged is YourPrice and its fees (inferred). The page asks to keep the answer a while.",
    .source = "https://www.namecheap.com/support/api/methods/users/get-pricing/ (types of prices and fees: observed)",
    .checked = "2026-11-25",
    .elements = get_pricing_elements,
    .params = {RESEAL__LIST(get_pricing_params)},
    .result = {RESEAL__LIST(get_pricing_result)},
};

/* getBalances */

static const reseal__field get_balances_result[] = {
    {.name = "Currency", .type = RESEAL__TEXT, .role = RESEAL__ROLE_CURRENCY, .doc = "Such as USD."},
    {.name = "AvailableBalance",
     .type = RESEAL__MONEY,
     .role = RESEAL__ROLE_BALANCE,
     .required = true,
     .doc = "What can be spent: purchases through the API are paid from it alone."},
    {.name = "AccountBalance", .type = RESEAL__MONEY, .doc = "What the account holds."},
    {.name = "EarnedAmount", .type = RESEAL__MONEY, .doc = "Earned."},
    {.name = "WithdrawableAmount", .type = RESEAL__MONEY, .doc = "What can be paid out."},
    {.name = "FundsRequiredForAutoRenew", .type = RESEAL__MONEY, .doc = "What automatic renewals will take."},
};
static const char *const get_balances_elements[] = {"UserGetBalancesResult", NULL};
const reseal__method reseal__namecheap_get_balances = {
    .name = "getBalances",
    .command = "namecheap.users.getBalances",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Tells the account's balance.",
    .source = "https://www.namecheap.com/support/api/methods/users/get-balances/",
    .checked = "2026-11-25",
    .elements = get_balances_elements,
    .result = {RESEAL__LIST(get_balances_result)},
};
