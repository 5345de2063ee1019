rockspec_format = "3.0"
package = "reseal"
version = "0.1.0-1"

-- The release archive, which `make dist` writes; it is looked for in the current folder. A checkout needs none: luarocks make.
source = {
  url = "file://reseal-0.1.0.tar.gz",
}

description = {
  summary = "Renew and reissue the TLS certificates that one buys",
  license = "none granted",
  detailed = [[
    Renews and reissues bought TLS certificates through their sellers' APIs: Namecheap (XML) and Realtime Register
    (REST). All parameters are checked before anything is sent, and after a failure it is said whether the order may
    have been carried out. With a sandbox that imitates both sellers.
  ]],
}

dependencies = {
  "lua >= 5.1, < 5.6",
  "lua-cjson >= 2.1.0",
  "luaossl >= 20200709",
  "argparse >= 0.7.0",
}

external_dependencies = {
  LIBXML2 = { header = "libxml2/libxml/parser.h", library = "xml2" },
  -- The compiler finds its header where Debian has it (a folder for the machine's kind); LuaRocks would not.
  CURL = { library = "curl" },
  SQLITE = { library = "sqlite3" },
}

local codec = {
  "csrc/codec/check.c",
  "csrc/codec/codec.c",
  "csrc/codec/convert.c",
  "csrc/codec/date.c",
  "csrc/codec/decode.c",
  "csrc/codec/decode_json.c",
  "csrc/codec/decode_xml.c",
  "csrc/codec/der.c",
  "csrc/codec/describe.c",
  "csrc/codec/encode.c",
  "csrc/codec/error.c",
  "csrc/codec/formats.c",
  "csrc/codec/idn.c",
  "csrc/codec/json.c",
  "csrc/codec/mask.c",
  "csrc/codec/memory.c",
  "csrc/codec/names.c",
  "csrc/codec/number.c",
  "csrc/codec/pem.c",
  "csrc/codec/roles.c",
  "csrc/codec/text.c",
  "csrc/codec/tree.c",
  "csrc/codec/url.c",
  "csrc/codec/verdict.c",
  "csrc/codec/xml.c",
  "csrc/providers/namecheap/buy.c",
  "csrc/providers/namecheap/classic.c",
  "csrc/providers/namecheap/errors.c",
  "csrc/providers/namecheap/issue.c",
  "csrc/providers/namecheap/provider.c",
  "csrc/providers/namecheap/read.c",
  "csrc/providers/namecheap/users.c",
  "csrc/providers/providers.c",
  "csrc/providers/quirks.c",
  "csrc/providers/realtimeregister/acme.c",
  "csrc/providers/realtimeregister/certificates.c",
  "csrc/providers/realtimeregister/errors.c",
  "csrc/providers/realtimeregister/prepare.c",
  "csrc/providers/realtimeregister/processes.c",
  "csrc/providers/realtimeregister/provider.c",
}

local function with_codec(source)
  local sources = { source }
  for i = 1, #codec do
    sources[i + 1] = codec[i]
  end
  return sources
end

local codec_incdirs = { "csrc", "csrc/include", "$(LIBXML2_INCDIR)/libxml2" }
local posix = { "_POSIX_C_SOURCE=200809L" }

build = {
  type = "builtin",
  modules = {
    ["reseal.core.native"] = {
      sources = with_codec("csrc/lua/core.c"),
      defines = posix,
      incdirs = codec_incdirs,
      libdirs = { "$(LIBXML2_LIBDIR)" },
      libraries = { "xml2" },
    },
    ["reseal.curl"] = {
      sources = {
        "csrc/lua/curl.c",
        "csrc/codec/url.c",
        "csrc/curl/sigpipe.c",
        "csrc/curl/transport.c",
        "csrc/curl/trust.c",
      },
      defines = posix,
      incdirs = { "csrc", "csrc/include", "$(CURL_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)" },
      libraries = { "curl", "pthread" },
    },
    ["reseal.system"] = {
      sources = {
        "csrc/lua/system.c",
        "csrc/system/durable.c",
        "csrc/system/run.c",
        "csrc/system/signals.c",
        "csrc/system/system.c",
      },
      defines = posix,
      incdirs = { "csrc", "csrc/include" },
    },
    -- reseal.postgres is not here, as LuaRocks has no dependency that may be missing: `make` builds it where libpq is.
    ["reseal.sqlite"] = {
      sources = {
        "csrc/lua/sqlite.c",
        "csrc/sql/sql.c",
        "csrc/sql/sqlite.c",
      },
      defines = posix,
      incdirs = { "csrc", "$(SQLITE_INCDIR)" },
      libdirs = { "$(SQLITE_LIBDIR)" },
      libraries = { "sqlite3" },
    },
    -- Not a Lua module: the library for LuaJIT's FFI, which looks for it along package.cpath.
    libreseal = {
      sources = codec,
      incdirs = codec_incdirs,
      libdirs = { "$(LIBXML2_LIBDIR)" },
      libraries = { "xml2" },
    },
    -- Lua modules
    ["reseal"] = "lua/reseal.lua",
    ["reseal.account"] = "lua/reseal/account.lua",
    ["reseal.answer"] = "lua/reseal/answer.lua",
    ["reseal.api"] = "lua/reseal/api.lua",
    ["reseal.cli.arguments"] = "lua/reseal/cli/arguments.lua",
    ["reseal.cli.call"] = "lua/reseal/cli/call.lua",
    ["reseal.cli.completion"] = "lua/reseal/cli/completion.lua",
    ["reseal.cli.config"] = "lua/reseal/cli/config.lua",
    ["reseal.cli.confirm"] = "lua/reseal/cli/confirm.lua",
    ["reseal.cli.csv"] = "lua/reseal/cli/csv.lua",
    ["reseal.cli.fields"] = "lua/reseal/cli/fields.lua",
    ["reseal.cli.journal"] = "lua/reseal/cli/journal.lua",
    ["reseal.cli.json"] = "lua/reseal/cli/json.lua",
    ["reseal.cli.list"] = "lua/reseal/cli/list.lua",
    ["reseal.cli.look"] = "lua/reseal/cli/look.lua",
    ["reseal.cli.main"] = "lua/reseal/cli/main.lua",
    ["reseal.cli.manual"] = "lua/reseal/cli/manual.lua",
    ["reseal.cli.output"] = "lua/reseal/cli/output.lua",
    ["reseal.cli.parameters"] = "lua/reseal/cli/parameters.lua",
    ["reseal.cli.parser"] = "lua/reseal/cli/parser.lua",
    ["reseal.cli.precheck"] = "lua/reseal/cli/precheck.lua",
    ["reseal.cli.query"] = "lua/reseal/cli/query.lua",
    ["reseal.cli.text"] = "lua/reseal/cli/text.lua",
    ["reseal.cli.trace"] = "lua/reseal/cli/trace.lua",
    ["reseal.client"] = "lua/reseal/client.lua",
    ["reseal.core.cdef"] = "lua/reseal/core/cdef.lua",
    ["reseal.core.ffi"] = "lua/reseal/core/ffi.lua",
    ["reseal.core"] = "lua/reseal/core/init.lua",
    ["reseal.dates"] = "lua/reseal/dates.lua",
    ["reseal.failure"] = "lua/reseal/failure.lua",
    ["reseal.guard"] = "lua/reseal/guard.lua",
    ["reseal.hosts"] = "lua/reseal/hosts.lua",
    ["reseal.inventory"] = "lua/reseal/inventory.lua",
    ["reseal.limits"] = "lua/reseal/limits.lua",
    ["reseal.listing"] = "lua/reseal/listing.lua",
    ["reseal.nearest"] = "lua/reseal/nearest.lua",
    ["reseal.nginx.access"] = "lua/reseal/nginx/access.lua",
    ["reseal.nginx.certificate"] = "lua/reseal/nginx/certificate.lua",
    ["reseal.nginx.dcv"] = "lua/reseal/nginx/dcv.lua",
    ["reseal.nginx.directory"] = "lua/reseal/nginx/directory.lua",
    ["reseal.nginx"] = "lua/reseal/nginx/init.lua",
    ["reseal.nginx.keys"] = "lua/reseal/nginx/keys.lua",
    ["reseal.nginx.metrics"] = "lua/reseal/nginx/metrics.lua",
    ["reseal.nginx.pair"] = "lua/reseal/nginx/pair.lua",
    ["reseal.nginx.round"] = "lua/reseal/nginx/round.lua",
    ["reseal.nginx.sellers"] = "lua/reseal/nginx/sellers.lua",
    ["reseal.nginx.status"] = "lua/reseal/nginx/status.lua",
    ["reseal.nginx.steps"] = "lua/reseal/nginx/steps.lua",
    ["reseal.nginx.store"] = "lua/reseal/nginx/store.lua",
    ["reseal.options"] = "lua/reseal/options.lua",
    ["reseal.order.budget"] = "lua/reseal/order/budget.lua",
    ["reseal.order.journal"] = "lua/reseal/order/journal.lua",
    ["reseal.order.journal.accounts"] = "lua/reseal/order/journal/accounts.lua",
    ["reseal.order.journal.audit"] = "lua/reseal/order/journal/audit.lua",
    ["reseal.order.journal.changes"] = "lua/reseal/order/journal/changes.lua",
    ["reseal.order.journal.claims"] = "lua/reseal/order/journal/claims.lua",
    ["reseal.order.journal.core"] = "lua/reseal/order/journal/core.lua",
    ["reseal.order.journal.events"] = "lua/reseal/order/journal/events.lua",
    ["reseal.order.journal.pieces"] = "lua/reseal/order/journal/pieces.lua",
    ["reseal.order.journal.records"] = "lua/reseal/order/journal/records.lua",
    ["reseal.order.journal.rows"] = "lua/reseal/order/journal/rows.lua",
    ["reseal.order.journal.schema"] = "lua/reseal/order/journal/schema.lua",
    ["reseal.order.json"] = "lua/reseal/order/json.lua",
    ["reseal.order.keys"] = "lua/reseal/order/keys.lua",
    ["reseal.order.money"] = "lua/reseal/order/money.lua",
    ["reseal.pause"] = "lua/reseal/pause.lua",
    ["reseal.precheck"] = "lua/reseal/precheck.lua",
    ["reseal.realtimeregister.webhook"] = "lua/reseal/realtimeregister/webhook.lua",
    ["reseal.roles"] = "lua/reseal/roles.lua",
    ["reseal.sandbox.ca"] = "lua/reseal/sandbox/ca.lua",
    ["reseal.sandbox.checks"] = "lua/reseal/sandbox/checks.lua",
    ["reseal.sandbox.config"] = "lua/reseal/sandbox/config.lua",
    ["reseal.sandbox.control"] = "lua/reseal/sandbox/control.lua",
    ["reseal.sandbox.dcv"] = "lua/reseal/sandbox/dcv.lua",
    ["reseal.sandbox.fault"] = "lua/reseal/sandbox/fault.lua",
    ["reseal.sandbox"] = "lua/reseal/sandbox/init.lua",
    ["reseal.sandbox.json"] = "lua/reseal/sandbox/json.lua",
    ["reseal.sandbox.namecheap.account"] = "lua/reseal/sandbox/namecheap/account.lua",
    ["reseal.sandbox.namecheap.buy"] = "lua/reseal/sandbox/namecheap/buy.lua",
    ["reseal.sandbox.namecheap"] = "lua/reseal/sandbox/namecheap/init.lua",
    ["reseal.sandbox.namecheap.issue"] = "lua/reseal/sandbox/namecheap/issue.lua",
    ["reseal.sandbox.namecheap.names"] = "lua/reseal/sandbox/namecheap/names.lua",
    ["reseal.sandbox.namecheap.parameters"] = "lua/reseal/sandbox/namecheap/parameters.lua",
    ["reseal.sandbox.namecheap.show"] = "lua/reseal/sandbox/namecheap/show.lua",
    ["reseal.sandbox.products"] = "lua/reseal/sandbox/products.lua",
    ["reseal.sandbox.realtimeregister.acme"] = "lua/reseal/sandbox/realtimeregister/acme.lua",
    ["reseal.sandbox.realtimeregister.answer"] = "lua/reseal/sandbox/realtimeregister/answer.lua",
    ["reseal.sandbox.realtimeregister.body"] = "lua/reseal/sandbox/realtimeregister/body.lua",
    ["reseal.sandbox.realtimeregister.certificates"] = "lua/reseal/sandbox/realtimeregister/certificates.lua",
    ["reseal.sandbox.realtimeregister"] = "lua/reseal/sandbox/realtimeregister/init.lua",
    ["reseal.sandbox.realtimeregister.list"] = "lua/reseal/sandbox/realtimeregister/list.lua",
    ["reseal.sandbox.realtimeregister.names"] = "lua/reseal/sandbox/realtimeregister/names.lua",
    ["reseal.sandbox.realtimeregister.notices"] = "lua/reseal/sandbox/realtimeregister/notices.lua",
    ["reseal.sandbox.realtimeregister.orders"] = "lua/reseal/sandbox/realtimeregister/orders.lua",
    ["reseal.sandbox.realtimeregister.processes"] = "lua/reseal/sandbox/realtimeregister/processes.lua",
    ["reseal.sandbox.realtimeregister.products"] = "lua/reseal/sandbox/realtimeregister/products.lua",
    ["reseal.sandbox.realtimeregister.tools"] = "lua/reseal/sandbox/realtimeregister/tools.lua",
    ["reseal.sandbox.realtimeregister.validation"] = "lua/reseal/sandbox/realtimeregister/validation.lua",
    ["reseal.sandbox.request"] = "lua/reseal/sandbox/request.lua",
    ["reseal.sandbox.routes"] = "lua/reseal/sandbox/routes.lua",
    ["reseal.sandbox.server"] = "lua/reseal/sandbox/server.lua",
    ["reseal.sandbox.state"] = "lua/reseal/sandbox/state.lua",
    ["reseal.sandbox.throttle"] = "lua/reseal/sandbox/throttle.lua",
    ["reseal.sandbox.xml"] = "lua/reseal/sandbox/xml.lua",
    ["reseal.sandbox.zip"] = "lua/reseal/sandbox/zip.lua",
    ["reseal.sql"] = "lua/reseal/sql.lua",
    ["reseal.status"] = "lua/reseal/status.lua",
    ["reseal.transport.cosocket"] = "lua/reseal/transport/cosocket.lua",
    ["reseal.transport.curl"] = "lua/reseal/transport/curl.lua",
    ["reseal.transport.http1"] = "lua/reseal/transport/http1.lua",
    ["reseal.types"] = "lua/reseal/types.lua",
    ["reseal.x509"] = "lua/reseal/x509.lua",
    ["resty.reseal"] = "lua/resty/reseal.lua",
  },
  install = {
    bin = { reseal = "bin/reseal" },
  },
}
